# %% [markdown]
# # A policy of your own
#
# A policy is a budget and levers. An *amount* lever has a quantity a year for all its targets
# together; a *degree* lever has a strength in each of them. `divide levers` lists all of them
# with units, what studies found, and what is only assumed.

# %%
from pathlib import Path

import divide
from divide import LeverUse, Policy, Scenario

SMALL = {"until": 2026, "firms": 1_000, "platforms": 40}
schools = Policy(
    "schools_first",
    title="Schools first",
    budget=3_000,  # US$ million a year
    levers={
        "rural_coverage": LeverUse(1_500, target="least_connected"),
        "skills_training": LeverUse(20_000_000, start=2024, ramp_years=1, target="bri_members"),
        "officials_training": LeverUse(50_000, target=("KEN", "LAO", "PER")),
    },
)

# %% [markdown]
# What is out of bounds is refused before anything runs, and the message says what is allowed.

# %%
try:
    Policy("wrong", levers={"rural_coverage": LeverUse(-1)})
except ValueError as error:
    print(error)

# %% [markdown]
# ## What it does and what it costs
#
# `spend` has a row for each lever, country and quarter in which money was spent.

# %%
base = divide.run(Scenario(**SMALL))
done = divide.run(Scenario(policy=schools, **SMALL))
print(done.spend.groupby("lever")["usd"].sum().div(1e6).round(0).rename("US$ million"))

# %%
ends = {name: r.model.iloc[-1] for name, r in {"status quo": base, "schools first": done}.items()}
for outcome in ("skills_mean", "usage_mean", "usage_gini"):
    before, after = ends["status quo"][outcome], ends["schools first"][outcome]
    print(f"{outcome:12} {before:.4f} -> {after:.4f}")

# %% [markdown]
# ## As a file
#
# The command line, sweeps and the workshop page read the same policy from YAML.

# %%
Path("schools_first.yaml").write_text(
    """\
title: Schools first
purpose: Connect and teach before anything else.
source: Example, intensities assumed
budget_usd_m_per_year: 3000
levers:
  rural_coverage: {intensity: 1500, target: least_connected}
  skills_training: {intensity: 20000000, start: 2024, ramp_years: 1, target: bri_members}
  officials_training: {intensity: 50000, target: [KEN, LAO, PER]}
""",
    encoding="utf-8",
)
same = Policy.load("schools_first.yaml")
assert same.levers == schools.levers

# %%
# !divide check schools_first.yaml

# %% [markdown]
# ## Decide later
#
# A run can be stopped and forked: the branch goes on from the same quarter under another policy,
# and equals, bit for bit, a run of the new scenario from the start. So the new levers must start
# then.

# %%
from dataclasses import replace

trunk = divide.DigitalDivideModel(Scenario(**SMALL))
while trunk.year < 2024:
    trunk.step()
branch = trunk.fork(replace(trunk.plan, policy=schools.starting(2024)))
trunk.run(), branch.run()
late = branch.results().model["people_offline"].iloc[-1]
print(
    f"{(trunk.results().model['people_offline'].iloc[-1] - late) / 1e6:.2f} million fewer offline"
)
