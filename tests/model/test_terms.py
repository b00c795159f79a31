"""Why a country gained: parts of recorded runs, exact and each of its own driver."""

from dataclasses import replace

import numpy as np
import pytest

from divide.model import terms
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import LeverUse, Policy
from divide.model.recorded import Path, record
from divide.model.scenario import Scenario

BASE = Scenario(start=2021, until=2025, firms=400)

#: So large that no lever takes money from another.
BUDGET = 900_000


def run(**levers: float) -> Path:
    uses = {name: LeverUse(strength) for name, strength in levers.items()}
    return record(replace(BASE, policy=Policy("made", budget=BUDGET, levers=uses)))


@pytest.fixture(scope="module")
def reference() -> Path:
    return run()


@pytest.fixture(scope="module")
def policy() -> Path:
    return run(electricity=2000.0, skills_training=2e7, handset_help=0.5)


def test_parts_add_up_to_what_the_model_finds(reference: Path, policy: Path) -> None:
    found = terms.parts(reference, policy)
    plain = DigitalDivideModel(policy.model.plan).run().country
    ends = plain[(plain["year"] == 2025) & (plain["quarter"] == 4)]["internet_users"]
    np.testing.assert_allclose(found.policy[-1], ends, rtol=0, atol=1e-15)
    whole = found.policy - found.reference
    assert whole[-1].max() > 0.005
    np.testing.assert_allclose(sum(found.terms.values()), whole, rtol=0, atol=1e-9)
    assert np.abs(found.terms["other"]).max() < 1e-9  # the kernels are the model's own
    for name in ("powered", "skills", "handset"):
        assert found.terms[name][-1].max() > 1e-4, name
    assert not found.terms["trend"].any()


def test_parts_are_those_of_all_orders(reference: Path, policy: Path) -> None:
    """Two groups of drivers, exchanged in both orders by hand."""
    changed = replace(reference, power=policy.power, skills=policy.skills)
    skilled = replace(reference, skills=policy.skills)
    powered = replace(reference, power=policy.power)

    def online(path: Path) -> np.ndarray:
        return terms._replayed(frozenset(), path, path)

    none, both, skills, power = map(online, (reference, changed, skilled, powered))
    found = terms.parts(reference, changed).terms
    np.testing.assert_allclose(
        found["skills"], ((skills - none) + (both - power)) / 2, rtol=0, atol=1e-14
    )
    np.testing.assert_allclose(
        found["powered"], ((power - none) + (both - skills)) / 2, rtol=0, atol=1e-14
    )


@pytest.mark.parametrize(
    ("field", "term"), [("power", "powered"), ("skills", "skills"), ("broad", "covered")]
)
def test_one_driver_has_one_term(reference: Path, policy: Path, field: str, term: str) -> None:
    moved = getattr(policy, field) if field != "broad" else 0.9 * reference.broad
    found = terms.parts(reference, replace(reference, **{field: moved})).terms
    assert np.abs(found[term]).max() > 1e-4
    assert not any(part.any() for name, part in found.items() if name not in (term, "other"))


def test_a_lever_taken_out_takes_its_term_along(reference: Path, policy: Path) -> None:
    without = run(electricity=2000.0, skills_training=2e7)
    found, before = terms.parts(reference, without).terms, terms.parts(reference, policy).terms
    assert before["handset"].any()
    assert not found["handset"].any()
    gone = before["powered"][-1] - found["powered"][-1]
    assert np.abs(gone).max() < 0.2 * before["powered"][-1].max()


def test_runs_of_other_periods_are_refused(reference: Path) -> None:
    with pytest.raises(ValueError, match="same countries, period"):
        terms.parts(reference, record(replace(BASE, until=2022)))
