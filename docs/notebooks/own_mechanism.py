# %% [markdown]
# # A mechanism of your own
#
# An extension is one Python file that declares what it adds: parameters, columns, levers,
# processes and outcomes. The command line, sweeps, reports and the workshop page know it from
# then on. Here people who are offline are brought online by *community centres* in their country.
# Every number is assumed: it shows how to build, not what is true. All that can be declared is in
# [Extending the model](../extending.md).

# %%
from pathlib import Path

Path("centres.py").write_text(
    '''"""Community centres, whose visitors learn. Every number is assumed."""

import numpy as np

from divide import Extension

centres = Extension("centres", "Community centres")
centres.parameter("visitors", 2_000.0, unit="people/year", bounds=(0, 10_000), source="assumed")
centres.parameter("learning", 0.3, unit="share", bounds=(0, 1), source="assumed")
centres.column("centres", "Community centres that are open", "centres", "higher")
centres.lever(
    "community_centres",
    label="Community centres",
    group="soft",
    kind="amount",
    unit="centres/year",
    bounds=(0, 100_000),
    usd_per_unit=50_000.0,
    lag_years=0.5,
    outcome="centres_per_million",
    direction="up",
    help="Rooms with computers, a connection and somebody who helps.",
)


@centres.process(after="skills")
def teach(m):
    """A part of the visitors learns; nobody learns twice."""
    extra, c, p = m.state.extra, m.state.countries, m.values.centres
    extra["centres"] = extra["centres"] + m.in_force("community_centres")
    reached = np.minimum(extra["centres"] * p.visitors / c.population, 1.0)
    c.skills = c.skills + (p.learning * reached * m.dt)[:, None] * (1 - c.skills)


@centres.outcome("Community centres per million people", "centres", "higher")
def centres_per_million(paths):
    """In the world."""
    return paths.total("centres") / paths.total("population") * 1e6
''',
    encoding="utf-8",
)
# %% [markdown]
# The declaration is checked when it is loaded, and `divide levers --with FILE` lists it.

# %%
import divide
from divide import Extension, LeverUse, Policy, Scenario

loaded = Extension.load("centres.py")
SMALL = {"until": 2025, "firms": 1_000, "platforms": 40, "extensions": (loaded,)}
policy = Policy(
    "centres",
    budget=1_000,
    levers={"community_centres": LeverUse(20_000, target="least_connected")},
)
base, done = divide.run(Scenario(**SMALL)), divide.run(Scenario(policy=policy, **SMALL))
last = done.country.query("year == 2025 and quarter == 4").set_index("iso3")
last["centres"].nlargest(3).to_frame()

# %% [markdown]
# At zero strength a lever must change nothing, to the last bit: that is the first test of a
# mechanism.

# %%
nothing = Policy("nothing", levers={"community_centres": LeverUse(0.0)})
assert divide.run(Scenario(policy=nothing, **SMALL)).model.equals(base.model)
change = done.model.iloc[-1] - base.model.iloc[-1]
print(change[["skills_mean", "usage_mean", "centres_per_million"]])

# %% [markdown]
# ## How much hangs on what was assumed
#
# A parameter of the extension is one like any other: here it runs over its bounds.

# %%
for learning in (0.0, 0.3, 1.0):
    found = divide.evaluate(policy, parameters={"centres.learning": learning}, **SMALL)
    print(learning, round(100 * (found["skills_mean"] - base.model["skills_mean"].iloc[-1]), 4))
