# %% [markdown]
# # A sweep and its analysis
#
# An experiment is a short file: what varies, over what, by which design, and what is kept. A
# sweep can be killed at any moment and goes on with the same command to the same tables, to the
# last bit. All keys are in [Sweeps](../sweeps.md).

# %%
from pathlib import Path

Path("phones.yaml").write_text(
    """\
title: Do masts and training need each other?
levers:
  five_g: [0, 4000]
  skills_training: [0, 30000000]
uncertainties:
  adoption.imitation: declared
policies: [balanced]
constants: {until: 2023, firms: 400, platforms: 20}
outcomes: [people_offline, usage_gini]
countries: [internet_users]
design: {kind: sobol, n: 8}
""",
    encoding="utf-8",
)
# %%
# !divide sweep phones.yaml --dry-run

# %%
# !divide sweep phones.yaml --threads --out runs/phones

# %% [markdown]
# ## Ask the folder
#
# `load` reads it. Each policy is compared with the reference at the same point and on the same
# luck.

# %%
import divide
from divide.experiments.read.paired import differences

sweep = divide.load("runs/phones")
differences(sweep, ["people_offline"]).head(4)

# %% [markdown]
# Any question in SQL, over the acknowledged rows only:

# %%
sweep.query(
    "SELECT policy, year, round(avg(people_offline) / 1e6) AS offline_m, count(*) AS runs "
    "FROM model GROUP BY ALL ORDER BY ALL LIMIT 6"
)

# %% [markdown]
# ## What decides the outcome
#
# First-order and total Sobol indices with their intervals. Eight base points show the form only:
# with them the intervals are as wide as the indices, and a study takes hundreds.

# %%
from divide.experiments.read.sensitivity import sobol

sobol(sweep, "people_offline", "balanced - status_quo")

# %%
import matplotlib.pyplot as plt

points = sweep.query(
    "SELECT five_g, skills_training, people_offline FROM model JOIN inputs USING (run) "
    "WHERE policy = 'balanced' AND year = 2023"
)
figure, axes = plt.subplots(figsize=(5, 3))
drawn = axes.scatter(
    points["five_g"], points["skills_training"] / 1e6, c=points["people_offline"] / 1e6, s=18
)
axes.set(xlabel="five_g", ylabel="skills_training, million people a year")
figure.colorbar(drawn, label="people offline, million")

# %% [markdown]
# ## The same bits, tomorrow and elsewhere
#
# `divide verify` checks what is kept; `divide rerun runs/phones` carries the runs out again and
# says "every bit equal", or names the first column, country and quarter that moved.

# %%
# !divide verify runs/phones
