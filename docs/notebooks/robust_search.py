# %% [markdown]
# # A robust search
#
# `divide optimise` searches levers, timing and targets for policies that stand up in many futures.
# All candidates meet the same draws of what is uncertain, in the model as it is and in variants of
# its structure. What is kept is the *front*: policies that no other tried beats in every aim. Here
# the budget is a ceiling and what is spent an aim; with `spend: all` every candidate spends it
# exactly.

# %%
from pathlib import Path

Path("search.yaml").write_text(
    """\
title: Networks or people, and for whom
budget_usd_m_per_year: 4000
spend: planned
levers:
  five_g: [0, 4000]
  skills_training: {intensity: [0, 2.0e+7], target: [all, least_connected]}
  matchmaking: [0, 400]
aims:
- {outcome: years_offline}
- {outcome: years_offline, of: worst_decile}
- {outcome: spend, better: lower}
constants: {until: 2023, firms: 400, platforms: 20}
draws: 2
population: 8
generations: 2
beside: [balanced, soft_first]
""",
    encoding="utf-8",
)
# %% [markdown]
# A search for a study takes a dozen draws, a population of 24 or more, and generations until the
# hypervolume no longer grows: the same command with a larger number goes on.

# %%
# !divide optimise search.yaml --threads --out runs/search

# %% [markdown]
# ## Read the front
#
# `front.html` draws it with the packages that ship; `front.csv` has settings, aims and what was
# spent.

# %%
import pandas as pd

front = pd.read_csv("runs/search/front.csv")
front.round(3)

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(5, 3))
axes.scatter(front["spend"] / 1e9, front["years_offline"] / 1e9)
axes.set(xlabel="spent, US$ billion", ylabel="person-years offline, billion")
# %% [markdown]
# ## Ask the winner hard questions
#
# A policy of the front is a file like any other. Here it meets draws that the search did not see:
# an aim is only kept if it holds there too.

# %%
import divide
from divide import Policy, Scenario

winner = Policy.load(sorted(Path("runs/search/policies").glob("*.yaml"))[0])
unseen = divide.compare(
    [Policy.load("status_quo"), winner, Policy.load("balanced")],
    Scenario(until=2023, firms=400, platforms=20, seed=99),
    draws=3,
)
rows = unseen.differences()
rows.loc[rows["outcome"] == "years_offline", ["policy", "difference", "lo90", "hi90"]]
