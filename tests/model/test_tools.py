"""Digital tools of firms: who has them, what bears on them, and who gains."""

from dataclasses import replace

import numpy as np
import pytest

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.agents.firm import CONNECTED, USES_TOOLS
from divide.model.processes import firms, tools
from divide.model.streams import bits

PLAN = Scenario(firms=20_000, until=2026)


def finished(plan: Scenario = PLAN) -> DigitalDivideModel:
    m = DigitalDivideModel(plan)
    m.run()
    return m


@pytest.fixture(scope="module")
def end() -> DigitalDivideModel:
    """A finished run, which no test may change."""
    return finished()


def test_only_connected_firms_use_tools_and_they_are_counted() -> None:
    m = DigitalDivideModel(replace(PLAN, firms=4_000))
    while not m.finished:
        f = m.firms.copy()
        uses = f.state & USES_TOOLS != 0
        assert np.all(f.state[uses] & CONNECTED)
        counts = np.zeros((m.n, 16), np.int64)
        np.add.at(counts, (f.country[uses], f.kind[uses]), 1)
        np.testing.assert_array_equal(counts, m.state.firm_tools)
        m.step()


def test_skilled_and_large_firms_lead(end: DigitalDivideModel) -> None:
    f = end.firms.to_frame()
    f = f[f["connected"]]
    able = f["skill"] > f.groupby("iso3", observed=True)["skill"].transform("median")
    assert f.loc[able, "uses_tools"].mean() > 1.2 * f.loc[~able, "uses_tools"].mean()
    by_size = f.groupby("size", observed=True)["uses_tools"].mean()
    assert by_size["micro"] < by_size["small"] < by_size["medium"] < by_size["large"]
    assert end.results().outcomes["tools_gap"][-1] > 0.05


def test_every_step_is_the_one_that_the_rule_gives_firm_by_firm() -> None:
    """The law of one firm, written anew, on the numbers that the kernels draw."""
    m = DigitalDivideModel(replace(PLAN, firms=3_000))
    for _ in range(4):
        m.step()
    m.firms.set("connected", np.arange(len(m.firms)) % 9 > 0)
    firms.sums(m)
    f = m.firms.copy()
    before, factor, speed = f.state.copy(), tools.own_factors(m), np.float32(tools.pace(m))
    odds, keys = tools.odds(m)[f.country, f.kind], tools.keys(m)
    tools.step(m)
    after = m.firms.copy().state
    changed = 0
    for row, ident in enumerate(f.ident.tolist()):
        byte = int(bits(keys[0], ident >> 3)) >> 8 * (ident & 7) & 0xFF
        u = (byte << 16 | int(bits(keys[1], ident)) & 0xFFFF) / 2**24
        o = float(odds[row]) * float(factor[f.skill[row]])
        has = bool(before[row] & USES_TOOLS)
        expected = has != (u < (speed / (1 + o) if has else speed * o / (1 + o)))
        expected &= bool(before[row] & CONNECTED)
        assert bool(after[row] & USES_TOOLS) == expected
        changed += has != expected
    assert changed > 50


def test_tools_begin_in_the_long_run() -> None:
    m = DigitalDivideModel(Scenario(firms=400_000, until=2024))
    people, paths = m.real_firms.sum(axis=1), []
    while not m.finished:
        paths.append([tools.share(m, kinds) @ people / people.sum() for kinds in (
            tools.SMALL, tools.LARGE)])  # fmt: skip
        m.step()
    assert np.abs(np.diff(paths, axis=0)).max() < 0.004


def test_transfer_reaches_whom_it_is_aimed_at(end: DigitalDivideModel) -> None:
    use = LeverUse(1.0, target=("KEN", "IND"), ramp_years=0)
    m = finished(replace(PLAN, policy=Policy(budget=1e6, levers={"technology_transfer": use})))
    rows = [m.row_of["KEN"], m.row_of["IND"]]
    for kinds in (tools.SMALL, tools.LARGE):
        gain = tools.share(m, kinds) - tools.share(end, kinds)
        assert np.all(gain[rows] > 0.002)
    assert m.state.countries.gained[rows].mean() > end.state.countries.gained[rows].mean()
    elsewhere = np.delete(np.arange(m.n), rows)
    others = tools.share(m, tools.SMALL) - tools.share(end, tools.SMALL)
    assert np.abs(others[elsewhere]).max() < 0.02


def test_tools_raise_income_by_the_share_of_those_employed(end: DigitalDivideModel) -> None:
    dear = finished(replace(PLAN, parameters={"growth.from_cloud": 0.0}))
    start = DigitalDivideModel(PLAN)
    gain = end.state.countries.gained - dear.state.countries.gained
    expected = 0.03 * (tools.reach(end) - tools.reach(start))
    np.testing.assert_allclose(gain, expected, atol=3e-4)


def test_data_centres_trust_and_free_data_help() -> None:
    m = DigitalDivideModel(replace(PLAN, firms=2_000))
    was = tools.odds(m)
    for column, change in {
        "data_centres": 0.5,
        "trust": 0.1,
        "five_g": 0.1,
        "localisation": -0.2,
    }.items():
        values = getattr(m.state.countries, column)
        kept = values.copy()
        values += change
        now = tools.odds(m)
        assert np.all(now >= was) and np.mean(now > was) > 0.9, column
        values[:] = kept
