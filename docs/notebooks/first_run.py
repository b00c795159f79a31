# %% [markdown]
# # A first run
#
# What the model is asked, what it answers, and how sure it is. Sizes are small, so that every
# notebook runs in seconds: leave out `firms` and `platforms` for the default, and let `until` be
# 2040.

# %%
import divide
from divide import Policy, Scenario

SMALL = {"until": 2026, "firms": 1_000, "platforms": 40}
base = divide.run(Scenario(**SMALL))
base

# %% [markdown]
# `base` holds tables: `model` for the world, `country`, `group`, `platform` and `spend`. Shares
# are between 0 and 1.

# %%
base.model.loc[base.model["quarter"] == 4, ["year", "usage_mean", "usage_gini", "people_offline"]]

# %% [markdown]
# A policy meets the same random numbers, so that a difference is the policy's and not luck's.

# %%
balanced = divide.run(Scenario(policy="balanced", **SMALL))
gain = balanced.country.set_index(["iso3", "year", "quarter"])["internet_users"].sub(
    base.country.set_index(["iso3", "year", "quarter"])["internet_users"]
)
(100 * gain.xs((2026, 4), level=["year", "quarter"])).nlargest(5).round(2).rename(
    "points"
).to_frame()

# %% [markdown]
# ## How sure is it?
#
# One run is one future. `compare` puts both policies into draws of all that is uncertain: the
# fitted parameters, what was imputed, what will happen, and chance. Four draws show how; 32 are
# the default of the command, and findings need more.

# %%
found = divide.compare(
    [Policy.load("status_quo"), Policy.load("balanced")], Scenario(**SMALL), draws=4
)
outcomes = found.differences().set_index("outcome")
outcomes.loc[["usage_mean", "usage_gini", "people_offline"], ["difference", "lo90", "hi90"]]

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3))
for title, results in {"status quo": base, "balanced": balanced}.items():
    time = results.model["year"] + results.model["quarter"] / 4
    axes.plot(time, results.model["people_offline"] / 1e9, label=title)
axes.set(xlabel="year", ylabel="people offline, billion")
axes.legend()

# %% [markdown]
# The same from the command line, with tables and a page of charts in a folder:

# %%
# !divide run --until 2024 --firms 1000 --replicates 1 --threads --out runs/first
