"""The columns and a plain Mesa model of the same firms agree in distribution, not only on average.

Random numbers that collide leave means right and dispersion wrong, so variances and whole
distributions are compared over many seeds, and colliding keys must be found out.

Alpha is family-wise: a battery of k tests rejects if one p-value is below `ALPHA` / k
(Bonferroni). Seeds are fixed, so each outcome is too: a sound program passes always.
"""

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.plain_mesa import Firm, PlainMesa
from divide.model import DigitalDivideModel, Scenario
from divide.model.streams import bits, key, uniforms

Array = NDArray[np.float64]
ALPHA = 0.001
FIRMS, STEPS, SEEDS = 1_000, 8, 200
#: Seeds among which a gross fault must show already.
FAULTY = 80


@pytest.fixture(scope="module")
def conditions() -> Conditions:
    return Conditions.of(DigitalDivideModel(Scenario(firms=FIRMS, seed=1)))


def concentration(names: Array) -> float:
    """Herfindahl index of the firms' choices."""
    share = np.unique(names, return_counts=True)[1] / names.size
    return float((share**2).sum())


def summary(world: ColumnFirms | PlainMesa, conditions: Conditions) -> dict[str, float]:
    """Numbers that describe how the firms ended, among them how unequal and how alike."""
    ladder = world.ladder()
    market, rail = world.choices()
    country = conditions.firms.country
    firms = np.bincount(country)
    sells = market >= 0
    pair = market[sells] * conditions.platforms + rail[sells]
    found = {
        "connected": float((ladder >= 1).sum()),
        "accepting": float((ladder >= 2).sum()),
        "sellers": float((ladder >= 3).sum()),
        "exporters": float((ladder >= 4).sum()),
        "marketplace_hhi": concentration(market[sells]),
        "rail_hhi": concentration(rail[rail >= 0]),
        "pair_hhi": concentration(pair),
    }
    for name, rung in (("connected", 1), ("sellers", 3)):
        share = np.bincount(country, weights=ladder >= rung) / firms
        found[f"variance_of_{name}_share"] = float(share.var())
    return found


def replicates(
    make: Callable[[int], ColumnFirms | PlainMesa], conditions: Conditions, seeds: int = SEEDS
) -> dict[str, Array]:
    """The summaries of all seeds, by name."""
    found = []
    for seed in range(seeds):
        world = make(seed)
        for _ in range(STEPS):
            world.step()
        found.append(summary(world, conditions))
    return {name: np.array([one[name] for one in found]) for name in found[0]}


@pytest.fixture(scope="module")
def plain(conditions: Conditions) -> dict[str, Array]:
    return replicates(lambda seed: PlainMesa(conditions, seed), conditions)


def rejected(one: dict[str, Array], other: dict[str, Array]) -> dict[str, float]:
    """Tests of equal mean, variance and distribution that fail at the family-wise alpha."""
    p = {}
    for name in one:
        a, b = one[name], other[name]
        p[f"mean of {name}"] = stats.ttest_ind(a, b, equal_var=False).pvalue
        p[f"variance of {name}"] = stats.levene(a, b, center="median").pvalue
        p[f"distribution of {name}"] = stats.ks_2samp(a, b).pvalue
    return {test: value for test, value in p.items() if value < ALPHA / len(p)}


# The columns and plain Mesa ----------------------------------------------------------------------


def test_columns_and_plain_mesa_have_the_same_distribution(conditions, plain):
    columns = replicates(lambda seed: ColumnFirms(conditions, seed), conditions)
    assert rejected(columns, plain) == {}


def test_replicates_differ(plain):
    assert all(np.unique(values).size > SEEDS / 10 for values in plain.values())


# Faults that leave totals right, put into plain Mesa, must be found out by the same comparison.


class Faulty:
    """Stands in for `model.random`: what it hands out is what a fault would make of it."""

    def __init__(self, seed: int) -> None:
        self.true = random.Random(seed)
        self.random = self.true.random


def test_firms_that_share_luck_are_found_out(conditions, plain):
    """Keys that collide between firms, four to a draw: totals stay right, inequality is wrong."""

    class Colliding(Firm):
        def step(self) -> None:
            place = self.unique_id - 1
            if place % 4 == 0:
                self.model.random.seen = self.model.random.true.getstate()
            self.model.random.true.setstate(self.model.random.seen)
            super().step()

    found = rejected(replicates(with_fault(conditions, Colliding), conditions, FAULTY), plain)
    assert "mean of variance_of_connected_share" in found
    assert "mean of variance_of_sellers_share" in found
    assert not {f"mean of {name}" for name in ("connected", "sellers", "exporters")} & set(found)


def test_one_number_for_state_and_choice_is_found_out(conditions, plain):
    """A choice that repeats the draw of the state goes to the favourite of those who just came."""

    class Repeating(Firm):
        def choose_platforms(self, stays: bool) -> None:
            luck = self.model.random
            luck.random = luck.true.random if stays else lambda: luck.last
            super().choose_platforms(stays)

        def change_states(self) -> None:
            luck = self.model.random

            def noted() -> float:
                u = luck.true.random()
                gained[0], luck.last = luck.last, u
                return u

            gained = [0.0]
            luck.last, luck.random = 0.0, noted
            super().change_states()
            luck.last = min(gained[0], luck.last)

    found = rejected(replicates(with_fault(conditions, Repeating), conditions, FAULTY), plain)
    assert "mean of rail_hhi" in found


def test_one_number_for_both_choices_is_found_out(conditions, plain):
    """Each choice alone is right, and the two go together where they should not."""

    class Twice(Firm):
        def choose_platforms(self, stays: bool) -> None:
            luck = self.model.random
            reviews, chooses = luck.true.random(), luck.true.random()
            pays = stays and self.states >= 2
            hand = iter([reviews, chooses, chooses] if pays else [chooses, chooses])
            luck.random = lambda: next(hand)
            super().choose_platforms(stays)
            luck.random = luck.true.random

    found = rejected(replicates(with_fault(conditions, Twice), conditions), plain)
    assert "mean of pair_hhi" in found
    assert "mean of rail_hhi" not in found


def with_fault(conditions: Conditions, kind: type[Firm]) -> Callable[[int], PlainMesa]:
    """Makes plain models of a seed whose firms are of a faulty class."""

    def make(seed: int) -> PlainMesa:
        world = PlainMesa(conditions, seed)
        for firm in world.agents:
            firm.__class__ = kind
        world.random = Faulty(seed)
        return world

    return make


# The keys and the numbers themselves -------------------------------------------------------------

STREAMS = (
    "firms.traits",
    "firms.neighbours",
    "firms.single",
    "firms.start",
    "predictive appeal",
    "security.country",
    "security.platform",
)
DRAWS = 100_000


def test_keys_are_distinct_over_seeds_streams_and_steps():
    seeds = [-1, *range(200), 2**31, 2**63]
    keys = {key(seed, s, step) for seed in seeds for s in STREAMS for step in range(160)}
    assert len(keys) == len(seeds) * len(STREAMS) * 160


def test_draws_are_distinct_over_keys_and_agents():
    """Random 64-bit numbers would give 0.00003 pairs of equals here."""
    ids = range(2_000)
    keys = [key(seed, s, t) for seed in (1, 2) for s in STREAMS for t in range(10)]
    drawn = {int(bits(k, i)) for k in keys for i in ids}
    assert len(drawn) == len(keys) * len(ids)


def related_draws() -> dict[str, Array]:
    """Sequences that differ in the least possible: stream, step, seed, or agent."""
    ids = np.arange(DRAWS)
    found = {s: uniforms(key(1, s, 0), ids) for s in STREAMS}
    for step in (1, 2, 3):
        found[f"step {step}"] = uniforms(key(1, STREAMS[1], step), ids)
    for seed in (0, 2, 3):
        found[f"seed {seed}"] = uniforms(key(seed, STREAMS[1], 0), ids)
    found["next agent"] = uniforms(key(1, STREAMS[1], 0), ids + 1)
    found["sparse agents"] = uniforms(key(1, STREAMS[1], 0), ids << 20)
    return found


def test_sequences_are_uncorrelated():
    draws = related_draws()
    r = np.corrcoef(list(draws.values()))[np.triu_indices(len(draws), 1)]
    # Under independence r sqrt(n) is standard normal.
    assert np.abs(r).max() * np.sqrt(DRAWS) < stats.norm.isf(ALPHA / r.size / 2)


def test_sequences_are_uniform():
    draws = related_draws()
    for name, u in draws.items():
        counts = np.histogram(u, bins=256, range=(0, 1))[0]
        assert stats.chisquare(counts).pvalue > ALPHA / len(draws), name


def test_pairs_of_sequences_fill_the_square_evenly():
    draws = related_draws()
    for (one, u), (other, v) in pairwise(draws.items()):
        counts = np.histogram2d(u, v, bins=16, range=((0, 1), (0, 1)))[0]
        assert stats.chisquare(counts.ravel()).pvalue > ALPHA / len(draws), (one, other)


def test_the_parts_of_a_draw_are_uniform_and_independent():
    """A firm's own bits are luck of the ladder and two choices, those of neighbours bytes."""
    draw = key(1, "firms.single", 0)
    drawn = np.array([bits(draw, i) for i in range(DRAWS)], dtype=np.uint64)
    parts = [drawn & np.uint64(0xFFFF)]
    parts += [drawn >> np.uint64(shift) & np.uint64(0xFFFFFF) for shift in (16, 40)]
    shared = np.array([bits(draw, i) for i in range(DRAWS)], dtype=np.uint64)
    parts += [shared >> np.uint64(8 * lane) & np.uint64(0xFF) for lane in range(8)]
    for one, other in pairwise(parts[:3]):
        counts = np.histogram2d(one, other, bins=16)[0]
        assert stats.chisquare(counts.ravel()).pvalue > ALPHA / 9
    for one, other in pairwise(parts[3:]):
        counts = np.histogram2d(one, other, bins=16, range=((0, 256), (0, 256)))[0]
        assert stats.chisquare(counts.ravel()).pvalue > ALPHA / 9
