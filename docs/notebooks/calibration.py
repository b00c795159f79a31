# %% [markdown]
# # A calibration on figures of your own
#
# The model starts from a *world*: a folder of tables. Here a country is divided into two regions,
# which get figures of their own, and the model is fitted to them. **The figures of the regions
# are made up** to show the way: put a survey or a regulator's figures in their place.
#
# ## A world with regions
#
# A region is a row like a country's, with a code that is not taken (ISO 3166 leaves those that
# begin with X to users). It takes the figures of its country except where you have better; its
# population is a part.

# %%
import os
import shutil
from pathlib import Path

import pandas as pd

from divide.model.world.loader import TABLES

regions = {
    "XKA": ("Kenya, towns of the coast and the capital", 0.3),
    "XKB": ("Kenya, the rest", 0.7),
}
world = Path(shutil.copytree(TABLES, "base"))
for name in ("countries.csv", "members.csv", "cooperation.csv", "history.csv.gz"):
    table = pd.read_csv(world / name, dtype=str, keep_default_na=False)
    parts = [table[table["iso3"] != "KEN"]]
    for code, (title, share) in regions.items():
        part = table[table["iso3"] == "KEN"].assign(iso3=code)
        for column in {"name", "country"} & set(part.columns):
            part[column] = title
        if name == "history.csv.gz":
            people = part["indicator"] == "population"
            years = part.columns[2:]
            part.loc[people, years] = part.loc[people, years].map(
                lambda x, share=share: f"{float(x) * share:.0f}" if x else ""
            )
        parts.append(part)
    pd.concat(parts).to_csv(world / name, index=False)

# %% [markdown]
# ## Figures of your own
#
# One file with the columns `iso3`, `year`, `indicator` and `value` holds what you know. `divide
# data add` checks every cell, says which series are used, and writes a new world.

# %%
made_up = {
    "XKA": {2014: 26, 2015: 30, 2016: 34, 2017: 39, 2018: 43, 2019: 48},
    "XKB": {2014: 9, 2015: 11, 2016: 12, 2017: 14, 2018: 16, 2019: 18},
}
Path("mine").mkdir()
rows = [
    (code, year, "internet_users_pct", value)
    for code, values in made_up.items()
    for year, value in values.items()
]
frame = pd.DataFrame(rows, columns=["iso3", "year", "indicator", "value"])
frame.to_csv("mine/survey.csv", index=False)
os.environ["DIVIDE_WORLD"] = "base"

# %%
# !divide data add mine --out world

# %% [markdown]
# `DIVIDE_WORLD` names the world that everything reads from then on: runs, sweeps, the page, the
# fit.

# %%
os.environ["DIVIDE_WORLD"] = str(Path("world").resolve())

# %% [markdown]
# ## Fit
#
# `divide calibrate` fits all parameters to all countries, in minutes. For one question a few
# draws are enough, and quick: the whole model records once what drives adoption from 2015 to
# 2019, and adoption alone runs again on the record, hundreds of times a second. Values are drawn
# from the declared priors and weighted by how well they tell the regions' figures, whose error is
# assumed to be 2 points.

# %%
import numpy as np

from divide.calibration.fit import drivers
from divide.model.declare.parameters import parameters
from divide.model.world import load_world

start = load_world(2015)
window = drivers.record(2015, 2019, world=start)
at = [list(start.iso3).index(code) for code in regions]
told = np.array([[made_up[code][year] / 100 for code in regions] for year in range(2016, 2020)])

names = ["adoption.imitation", "adoption.fading", "adoption.trend"]
rng = np.random.default_rng(1)
draws = [
    {name: float(parameters()[name].prior.ppf(rng.random())) for name in names} for _ in range(300)
]
paths = np.array([drivers.run(window, drivers.values(draw))[0][:, at] for draw in draws])
misfit = ((paths - told) ** 2 / 0.02**2).sum(axis=(1, 2))
weight = np.exp(-(misfit - misfit.min()) / 2)
weight /= weight.sum()
print(f"effective draws: {1 / (weight**2).sum():.0f} of {len(draws)}")
table = pd.DataFrame(draws)
pd.DataFrame({"prior mean": table.mean(), "fitted mean": (table.T * weight).T.sum()}).round(4)

# %% [markdown]
# Few effective draws mean that the figures tell much or that the error was set too small; nearly
# all of them, that the figures tell nothing. A parameter whose mean did not move was not told by
# them. The parameters are those of all countries: fitted to two regions, they speak about these
# regions only.

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3))
for k, code in enumerate(regions):
    years = range(2016, 2020)
    (line,) = axes.plot(
        years, 100 * np.tensordot(weight, paths[:, :, k], 1), label=f"{code}, fitted"
    )
    axes.plot(years, 100 * paths[:, :, k].mean(axis=0), ":", color=line.get_color())
    axes.plot(years, 100 * told[:, k], "o", color=line.get_color())
axes.set(xlabel="year", ylabel="people online, %", xticks=list(years))
axes.legend()
# %% [markdown]
# ## Look ahead with it
#
# The fitted values are those of a scenario, and a policy can aim at a region.

# %%
import divide
from divide import LeverUse, Policy, Scenario

fitted = {name: float((table[name] * weight).sum()) for name in names}
policy = Policy("coast", budget=100, levers={"skills_training": LeverUse(500_000, target=("XKB",))})
plan = Scenario(until=2024, firms=1_000, platforms=40, policy=policy, parameters=fitted)
ends = divide.run(plan).country.query("year == 2024 and quarter == 4").set_index("iso3")
ends.loc[list(regions), ["population", "internet_users", "skills"]].round(3)
