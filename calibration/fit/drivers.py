"""What drove adoption in a run, recorded, and adoption alone run again on it, compiled.

The whole model runs once through each past window; its coverage, prices, skills, services and what
firms and platforms do to relevance are kept. Parameters of adoption are then tried on these
drivers without the rest of the model, hundreds of times a second, by the kernels that the model
itself steps with. What is left out is what adoption gives back to its own drivers within a window
(learning by use, income), which the record holds at the values it was made with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.hindcast import known_start, scenario
from divide.model.compiled import njit
from divide.model.declare.values import Adoption, Values
from divide.model.momentum import Momentum, expected_rise, momentum
from divide.model.processes import adoption, diffusion
from divide.model.processes.diffusion import Rates, move, start
from divide.model.recorded import record as record_run
from divide.model.world import World, load_world
from divide.model.world.impute import expit, logit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recorded:
    """Drivers of a window, from the start to the end of each step.

    Attributes:
        origin: Year at whose end the window starts.
        dt: Length of a step, years.
        level: Share online at the start, (n,).
        past: What the last years say of the rise to come.
        women_per_man: Women online per man online, (n,).
        known: Countries that start at a figure of their own, (n,).
        drivers: What moves the log odds, (steps + 1, n) each.
        pace: Factor of the rate of going online, (steps + 1, n).
        within: Share within reach, (steps + 1, n, cells).
        skills: Share that gained skills since the start, (steps + 1, n, cells).
        income_factor, shares, neighbours: As in `divide.model.run.Run`.
    """

    origin: int
    dt: float
    level: Array
    past: Momentum
    women_per_man: Array
    known: NDArray[np.bool_]
    drivers: adoption.Drivers
    pace: Array
    within: Array
    skills: Array
    income_factor: Array
    shares: Array
    neighbours: Array

    @property
    def years(self) -> int:
        """Length of the window, years."""
        return round((len(self.pace) - 1) * self.dt)


def record(
    origin: int,
    until: int,
    parameters: Mapping[str, float] | None = None,
    world: World | None = None,
    draw: int = 0,
) -> Recorded:
    """Run the whole model through a window and keep what drives adoption.

    Args:
        origin: Year at whose end the run starts; nothing later is read.
        until: Year at whose end it stops.
        parameters: Values of parameters, the declared ones if not given.
        world: The countries; those of the origin if not given.
        draw: Predictive draw of the run, 0 for none.
    """
    world = (load_world(origin) if world is None else world).without_later()
    path = record_run(scenario(origin, until, parameters or {}, draw), world)
    m = path.model
    return Recorded(
        origin=origin,
        dt=m.dt,
        level=np.clip(world.values["internet_users"], 1e-3, 0.995),
        past=momentum(world, int(m.values.adoption.momentum_years)),
        women_per_man=world.values["women_per_man"],
        known=known_start(origin, "internet_users"),
        drivers=path.drivers,
        pace=path.pace,
        within=path.within,
        skills=path.skills,
        income_factor=m.income_factor,
        shares=m.cell_shares,
        neighbours=m.neighbours,
    )


class Noise(NamedTuple):
    """Random steps of several predictive draws.

    Attributes:
        effect: Step of each country effect a year, ln odds, (draws, years, n).
        trend: Step of the common trend a year, ln odds, (draws, years).
        rise: Factor of the expected rise, (draws, n).
        level: Error of the share at the start, ln odds, (draws, n).
    """

    effect: Array
    trend: Array
    rise: Array
    level: Array


def run(recorded: Recorded, p: Adoption, noise: Noise | None = None) -> Array:
    """Share online at the end of each year of a window, (draws, years, n).

    Args:
        recorded: The window.
        p: Parameters of adoption.
        noise: Random steps; without them one path and nothing random.
    """
    r = recorded
    n = len(r.level)
    rise = expected_rise(r.past, r.level, p.momentum_weight)
    level = r.level[None]
    if noise is None:
        noise = Noise(np.zeros((1, r.years, n)), np.zeros((1, r.years)), np.ones((1, n)), level)
    else:
        level = expit(logit(level) + noise.level)
    steps = len(r.pace) - 1
    trend = [adoption.trend_step(k * r.dt, p, r.dt) for k in range(steps)]
    return _paths(
        level, rise * noise.rise, r.past.early, r.women_per_man,
        adoption.log_odds(r.drivers, p), r.pace, r.within,
        adoption.odds_by_cell(r.income_factor, p), _by_skills(r, p.skills), r.shares,
        r.neighbours, diffusion.rates(p), np.array(trend), noise.effect, noise.trend,
        p.fading, p.sex_gap_fading, r.dt,
    )  # fmt: skip


@lru_cache(maxsize=32)
def _by_skills(recorded: Recorded, skills: float) -> Array:
    """Factor of the odds by skills, (steps + 1, n, cells)."""
    return np.exp(skills * recorded.skills)


@njit(cache=True, nogil=True)
def _paths(
    level: Array, rise: Array, early: Array, women_per_man: Array,
    fixed: Array, pace: Array, within: Array, cell: Array, skilled: Array, shares: Array,
    neighbours: Array, r: Rates, trend: Array,
    effect_steps: Array, trend_steps: Array, fading: float, gap_fading: float, dt: float,
) -> Array:  # fmt: skip
    """Compiled part of `run`; `fixed` are log odds before effect and trend, (steps + 1, n)."""
    draws, years, n = effect_steps.shape
    per_year = round(1 / dt)
    out = np.empty((draws, years, n))
    keep, gap_keep = np.exp(-fading * dt), np.exp(-gap_fading * dt)
    for d in range(draws):
        total, lift, gap, online, potential = start(
            level[d],
            rise[d],
            early,
            women_per_man,
            within[0],
            cell,
            skilled[0],
            shares,
            neighbours,
            r,
        )
        effect = total - fixed[0]
        seen = (level[d] > 0.01) & (level[d] < 0.9)
        norm = effect[seen].mean() if seen.any() else effect.mean()
        common = 0.0
        for k in range(years * per_year):
            year = k // per_year
            common += trend[k] + dt * trend_steps[d, year]
            effect = norm + (effect - norm) * keep + dt * effect_steps[d, year]
            gap = gap * gap_keep
            move(
                online, potential, fixed[k + 1] + effect + common, gap, lift, pace[k + 1],
                within[k + 1], cell, skilled[k + 1], shares, neighbours, r, dt,
            )  # fmt: skip
            if (k + 1) % per_year == 0:
                for i in range(n):
                    out[d, year, i] = (shares[i] * online[i]).sum()
    return out


def values(parameters: Mapping[str, float]) -> Adoption:
    """Parameters of adoption, those that are not given as declared."""
    return Values(parameters).adoption
