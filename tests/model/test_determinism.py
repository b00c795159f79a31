"""The same scenario gives the same bits: whatever the order, the workers, the stops on the way."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.agents.firm import Firm
from divide.model.declare.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
PLAN = Scenario(policy="balanced", firms=3_000, until=2025)
EARLY = {"skills_training": LeverUse(3e7), "price_subsidy": LeverUse(0.05, target="partners")}
LATER = {
    "added": {"five_g": LeverUse(900.0, start=2026)},
    "first in the alphabet": {"cbdc_corridor": LeverUse(0.5, start=2026)},
    "several": {
        "rural_coverage": LeverUse(2_000.0, start=2026, target="least_connected"),
        "joint_labs": LeverUse(60.0, start=2026),
        "payment_interoperability": LeverUse(0.8, start=2026, end=2027),
    },
    "toward the hub": {"regulatory_alignment": LeverUse(1.0, start=2026)},
    "toward another bloc": {"regulatory_alignment": LeverUse(1.0, start=2026, toward="eu")},
}


def finished(plan: Scenario = PLAN) -> DigitalDivideModel:
    m = DigitalDivideModel(plan)
    m.run()
    return m


@pytest.fixture(scope="module")
def reference() -> DigitalDivideModel:
    """A finished run of `PLAN`; tests must not change it."""
    return finished()


def fingerprint(m: DigitalDivideModel) -> str:
    """SHA-256 of all that a run recorded and of its firms."""
    record, digest = m.state.record, hashlib.sha256()
    for path in record.arrays().values():
        digest.update(np.ascontiguousarray(path).tobytes())
    for step in record.spending:
        for lever in sorted(name for name, usd in step.items() if usd.any()):
            digest.update(lever.encode() + step[lever].tobytes())
    order = np.argsort(m.firms.ident)
    digest.update(m.firms.state[order].tobytes() + m.firms.marketplace[order].tobytes())
    for values in m.results().outcomes.values():
        digest.update(values.tobytes())
    return digest.hexdigest()


def test_the_same_scenario_gives_the_same_bits(reference: DigitalDivideModel) -> None:
    assert fingerprint(finished()) == fingerprint(reference)


def test_another_seed_gives_another_run(reference: DigitalDivideModel) -> None:
    assert fingerprint(finished(replace(PLAN, seed=2))) != fingerprint(reference)


@pytest.mark.parametrize("shuffle", range(2))
def test_the_order_of_firms_changes_nothing(shuffle: int, reference: DigitalDivideModel) -> None:
    m = DigitalDivideModel(PLAN)
    order = np.random.default_rng(shuffle).permutation(len(m.firms))
    m.state.firms = m.firms.permuted(order).bind(m)
    m.run()
    assert not np.array_equal(m.firms.ident, reference.firms.ident)
    assert fingerprint(m) == fingerprint(reference)


def test_registering_the_firms_changes_nothing(reference: DigitalDivideModel) -> None:
    m = DigitalDivideModel(PLAN)
    m.step()
    m.firms.register(m)
    assert len(m.agents_by_type[Firm]) == PLAN.firms
    m.run()
    assert fingerprint(m) == fingerprint(reference)


def test_asking_for_results_on_the_way_changes_nothing(reference: DigitalDivideModel) -> None:
    m = DigitalDivideModel(PLAN)
    while m.state.step < PLAN.steps:
        m.step()
        results = m.results()
        assert len(results.model) == m.state.step + 1
        for table in ("country", "group", "platform", "spend"):
            assert getattr(results, table) is not None
        _ = m.countries.get("income"), m.firms.to_frame(), m.groups, m.over_debt_ceiling()
    assert fingerprint(m) == fingerprint(reference)


def test_recording_only_reads(reference: DigitalDivideModel) -> None:
    m = DigitalDivideModel(PLAN, [*PROCESSES, lambda m: m.state.copy() and None])
    m.run()
    assert fingerprint(m) == fingerprint(reference)


def test_stepping_by_hand_equals_running(reference: DigitalDivideModel) -> None:
    m = DigitalDivideModel(PLAN)
    seen: list[tuple[int, int]] = []
    for _ in range(5):
        m.step()
    m.run(progress=lambda done, of: seen.append((done, of)))
    assert seen == [(step, 12) for step in range(6, 13)]
    assert fingerprint(m) == fingerprint(reference)
    m.run()  # there is nothing left to do
    assert fingerprint(m) == fingerprint(reference)


def test_the_end_of_the_run_changes_no_earlier_step(reference: DigitalDivideModel) -> None:
    longer = finished(replace(PLAN, until=2026))
    for name, path in reference.state.record.arrays().items():
        np.testing.assert_array_equal(longer.state.record.arrays()[name][:13], path)
        assert len(longer.state.record.arrays()[name]) == 17
    m = finished()
    for _ in range(4):  # past the end by hand: nothing more happens
        m.step()
    assert fingerprint(m) == fingerprint(reference)
    assert fingerprint(m.fork(replace(PLAN, until=2026))) == fingerprint(reference)
    on = m.fork(replace(PLAN, until=2026))
    assert on.running
    on.run()
    assert fingerprint(on) == fingerprint(longer)


def test_threads_change_nothing(reference: DigitalDivideModel) -> None:
    other = replace(PLAN, seed=7)
    with ThreadPoolExecutor(2) as pool:
        prints = list(pool.map(lambda plan: fingerprint(finished(plan)), [PLAN, other] * 3))
    assert prints[0::2] == [fingerprint(reference)] * 3
    assert prints[1::2] == [fingerprint(finished(other))] * 3


def test_another_process_changes_nothing(reference: DigitalDivideModel) -> None:
    code = f"""
import runpy, sys
tests = runpy.run_path({str(Path(__file__))!r})
print(tests["fingerprint"](tests["finished"]()))
"""
    path = os.pathsep.join([str(ROOT), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.strip() == fingerprint(reference)


# Forks -------------------------------------------------------------------------------------------


def forked(base: Scenario, plan: Scenario, steps: int) -> DigitalDivideModel:
    """A run of `base` for some steps, branched to `plan` and finished."""
    trunk = DigitalDivideModel(base)
    for _ in range(steps):
        trunk.step()
    before = fingerprint(trunk)
    branch = trunk.fork(plan)
    branch.run()
    assert fingerprint(trunk) == before, "a fork leaves the trunk as it was"
    return branch


@pytest.mark.parametrize("early", [{}, EARLY], ids=["status quo", "levers at work"])
@pytest.mark.parametrize("steps", [1, 10, 12])
@pytest.mark.parametrize("name", list(LATER))
def test_a_fork_equals_a_run_from_the_start(
    name: str, steps: int, early: dict[str, LeverUse], differing: Callable
) -> None:
    base = Scenario(policy=Policy(levers=early), firms=1_500, until=2027)
    plan = replace(base, policy=Policy(levers={**early, **LATER[name]}), until=2028)
    branch, straight = forked(base, plan, steps), finished(plan)
    assert differing(branch, straight) == []
    assert fingerprint(branch) == fingerprint(straight)


@pytest.mark.parametrize("name", ["balanced", "payments_first", "least_connected_first"])
def test_a_package_that_starts_later_forks_from_the_status_quo(
    name: str, differing: Callable
) -> None:
    policy = Policy.load(name).starting(2025)
    assert all(use.start >= 2025 for use in policy.levers.values())
    base = Scenario(firms=1_500, until=2027)
    branch = forked(base, replace(base, policy=policy), 8)
    assert differing(branch, finished(replace(base, policy=policy))) == []


def test_forks_of_one_trunk_do_not_touch_each_other() -> None:
    base = Scenario(firms=1_500, until=2026)
    trunk = DigitalDivideModel(base)
    for _ in range(4):
        trunk.step()
    plans = [base, *(replace(base, policy=Policy.load(n).starting(2024)) for n in ("balanced",))]
    branches = [trunk.fork(plan) for plan in plans]
    while branches[0].state.step < base.steps:
        for branch in [*branches, trunk]:
            branch.step()
    assert fingerprint(branches[0]) == fingerprint(trunk) == fingerprint(finished(base))
    assert fingerprint(branches[1]) == fingerprint(finished(plans[1]))


def test_a_fork_of_a_fork_equals_a_run_from_the_start() -> None:
    base = Scenario(firms=1_500, until=2027)
    first = replace(base, policy=Policy(levers={"mobile_wallet": LeverUse(0.5, start=2024)}))
    second = replace(
        base, policy=Policy(levers={**first.policy.levers, "five_g": LeverUse(900.0, start=2026)})
    )
    trunk = DigitalDivideModel(base)
    for _ in range(4):
        trunk.step()
    branch = trunk.fork(first)
    for _ in range(8):
        branch.step()
    twig = branch.fork(second)
    twig.run()
    assert fingerprint(twig) == fingerprint(finished(second))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"policy": Policy(levers={"five_g": LeverUse(1.0)})},
            "five_g.start: 2023 is before",
        ),
        (
            {"policy": Policy(levers={"five_g": LeverUse(1.0, start=2024)})},
            "2024 is before the fork",
        ),
        ({"seed": 2}, "seed: must stay 1"),
        ({"firms": 2_000}, "firms: must stay 1500"),
        ({"start": 2021}, "start: must stay 2022"),
        ({"steps_per_year": 8}, "steps_per_year: must stay 4"),
        ({"parameters": {"adoption.leaving": 0.96}}, "parameters: must stay"),
    ],
)
def test_a_fork_that_would_rewrite_the_past_is_refused(
    change: dict[str, object], message: str
) -> None:
    base = Scenario(firms=1_500, until=2027)
    trunk = DigitalDivideModel(base)
    for _ in range(5):
        trunk.step()
    with pytest.raises(InputError, match=message):
        trunk.fork(replace(base, **change))


@pytest.mark.parametrize(
    "levers",
    [
        {},
        {"price_subsidy": EARLY["price_subsidy"], "skills_training": LeverUse(1e7)},
        {**EARLY, "skills_training": LeverUse(3e7, end=2024)},
    ],
    ids=["dropped", "weakened", "ended"],
)
def test_levers_at_work_cannot_be_changed_by_a_fork(levers: dict[str, LeverUse]) -> None:
    base = Scenario(policy=Policy(levers=EARLY), firms=1_500, until=2027)
    trunk = DigitalDivideModel(base)
    trunk.step()
    with pytest.raises(InputError, match="before the fork"):
        trunk.fork(replace(base, policy=Policy(levers=levers)))


def test_the_budget_of_levers_at_work_cannot_be_changed_by_a_fork() -> None:
    base = Scenario(policy=Policy(levers=EARLY), firms=1_500, until=2027)
    trunk = DigitalDivideModel(base)
    trunk.step()
    for policy in (Policy(levers=EARLY, budget=1.0), Policy(levers=EARLY, spend="all")):
        with pytest.raises(InputError, match="before the fork"):
            trunk.fork(replace(base, policy=policy))
