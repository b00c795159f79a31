"""The same run in another world or with less of the model: what ablations and checks compare.

Nothing here is a switch in the model: processes are left out of the step, figures of the start are
replaced before a run begins, and what the start makes of them is levelled once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.frozen import frozen
from divide.model.model import PROCESSES, Process
from divide.model.processes import firms, infrastructure, platforms
from divide.model.run import Run
from divide.model.world import World, load_world
from divide.model.world.fields import QUINTILES

Array = NDArray[np.float64]

#: Account holders are told by rich and poor, women and men.
_ACCOUNTS = ("accounts_poorest40", "accounts_richest60", "accounts_women", "accounts_men")


def with_values(world: World, values: Mapping[str, Array]) -> World:
    """The world with other figures in some fields, (n,) each; everything else is its own."""
    own = {name: frozen(np.array(array)) for name, array in values.items()}
    return replace(world, values=MappingProxyType({**world.values, **own}))


def scaled(world: World, field: str, factor: float) -> World:
    """The world with a field multiplied in every country."""
    return with_values(world, {field: world.values[field] * factor})


def odds_scaled(world: World, field: str, factor: float) -> World:
    """The world with the odds of a share multiplied in every country; 0 and 1 stay."""
    share = world.values[field]
    return with_values(world, {field: share * factor / (1 - share + share * factor)})


def one_cell(world: World) -> World:
    """The world without differences inside countries: of income, of place, of sex."""
    n, v = len(world.iso3), world.values
    equal = dict.fromkeys(QUINTILES, np.full(n, 0.2))
    accounts = dict.fromkeys(_ACCOUNTS, v["accounts"])
    return with_values(
        world, {**equal, **accounts, "urban": np.zeros(n), "women_per_man": np.ones(n)}
    )


def pooled(world: World) -> World:
    """The world with the same figures everywhere: means over people, so far and at the start.

    People keep their number, growing alike, and countries the area that makes all as dense.
    """
    people = world.values["population"]
    weight = people / people.sum()
    values = {
        name: np.full(len(people), weight @ array)
        for name, array in world.values.items()
        if name != "population"
    }
    history = {name: _mean_path(*world._history[name], weight) for name in world._history}
    years, inhabitants = world._history["population"]
    history["population"] = years, frozen(_shared(inhabitants, weight))
    facts = {**world._facts, "area_km2": frozen(weight * world.fact("area_km2").sum())}
    altered = with_values(world, values)
    return replace(altered, _history=MappingProxyType(history), _facts=MappingProxyType(facts))


def _mean_path(
    years: NDArray[np.int64], values: Array, weight: Array
) -> tuple[NDArray[np.int64], Array]:
    """The mean over people of a series, in every country; gaps between figures are bridged."""
    full = pd.DataFrame(values, index=years).interpolate(method="index", limit_area="inside")
    known = full.ffill().to_numpy()
    seen = np.isfinite(known)
    total = (seen * weight).sum(axis=1, keepdims=True)
    mean = np.divide(
        (np.where(seen, known, 0.0) * weight).sum(axis=1, keepdims=True), total,
        out=np.full_like(total, np.nan), where=total > 0,
    )  # fmt: skip
    return years, frozen(np.repeat(mean, values.shape[1], axis=1))


def _shared(inhabitants: Array, weight: Array) -> Array:
    """The world's people of each year by the shares of the start, (T, n)."""
    return np.nansum(inhabitants, axis=1)[:, None] * weight


@dataclass(frozen=True)
class Ablation:
    """The model with a part left out.

    Attributes:
        name: Short name; title and what: what is left out, for people.
        without: Processes that are left out of the step.
        instead: Processes in whose place another runs.
        parameters: Values that switch a mechanism off, by full name.
        world: What is made of the figures of the start.
        levelled: Whether what a cell is at the start is that of its country.
    """

    name: str
    title: str
    what: str
    without: tuple[Process, ...] = ()
    instead: Mapping[Process, Process] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    world: Callable[[World], World] = lambda world: world
    levelled: bool = False

    def model(self, plan: Scenario) -> DigitalDivideModel:
        """A run of a scenario without the part, at its start."""
        whole = load_world(plan.start, draw=plan.draw)
        plan = replace(plan, parameters={**plan.parameters, **self.parameters})
        kept = tuple(self.instead.get(p, p) for p in PROCESSES if p not in self.without)
        made = DigitalDivideModel(plan, kept, self.world(whole))
        if self.levelled:
            _level(made, DigitalDivideModel(plan, kept, whole))
        return made


def _level(made: DigitalDivideModel, whole: DigitalDivideModel) -> None:
    """Give all cells of a country its skills, and its networks the costs that they have."""
    c = made.state.countries
    c.skills[:] = whole.national(whole.state.countries.skills)[:, None]
    made.state.base["skills"] = c.skills.copy()
    c.remoteness[:] = whole.state.countries.remoteness
    infrastructure.begin(made)


def free_choice(m: Run) -> None:
    """Platforms as they are, but nobody stays with one because it was there before."""
    platforms.step(m)
    if m.first_step_of_year:
        platforms.compete(m, 0.0)


#: The whole model, then what agents add to it and is left out.
OF_AGENTS = (
    Ablation("whole", "The whole model", "nothing is left out"),
    Ablation(
        "no_competition",
        "Competition off",
        "platforms stay where and as they are: none enters or leaves a country, changes its fee or "
        "opens up, and users stay where they are at the start",
        without=(platforms.step,),
    ),
    Ablation(
        "no_lock_in",
        "Lock-in off",
        "every year all users choose their platforms anew",
        instead={platforms.step: free_choice},
    ),
    Ablation(
        "no_cascades",
        "Cascades off",
        "nobody adopts because others have: firms do not follow their peers, people not the "
        "merchants who accept payment, nor merchants and users the platforms where sellers are",
        parameters={
            "firms.peers": 0.0,
            "adoption.merchants": 0.0,
            "payments.from_merchants": 0.0,
            "platforms.network": 0.0,
        },
    ),
)

#: The whole model, then what is left out.
ABLATIONS = (
    Ablation("whole", "The whole model", "nothing is left out"),
    Ablation(
        "no_firms",
        "Firms and platforms off",
        "firms and platforms stay as they are at the start: no firm changes state or platform, no "
        "platform enters, leaves or reprices, and acceptance by merchants and the choice of "
        "marketplaces move nothing; trade goes on from the supply of the start",
        without=(firms.step, platforms.step),
    ),
    Ablation(
        "one_cell",
        "Cells off",
        "each country is one cell: no differences of income, place or sex inside it, and no "
        "cities that are covered first (a smart city serves nobody)",
        world=one_cell,
        levelled=True,
    ),
    Ablation(
        "pooled",
        "Countries off",
        "every country has the world's mean figures and past; distances, blocs and membership stay",
        world=pooled,
    ),
)
