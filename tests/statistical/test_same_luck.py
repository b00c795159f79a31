"""Given the same random numbers, the columns and plain Mesa agree firm by firm."""

import numpy as np
import pytest

from benchmarks import plain_c
from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.plain import ACCEPTS
from benchmarks.plain_mesa import Firm, PlainMesa
from divide.model import DigitalDivideModel, Scenario
from divide.model.processes import firms
from divide.model.streams import bits

SEED, STEPS = 3, 12


class Number(float):
    """One uniform number for all states: it is compared with the product of what it is held to."""

    def __new__(cls, u: float) -> "Number":
        number = super().__new__(cls, u)
        number.upto, number.before = 1.0, 1.0
        return number

    def __ge__(self, p: object) -> bool:
        self.before, self.upto = self.upto, self.upto * p
        return float(self) >= self.upto

    def rest(self, states: int) -> float:
        """Uniform again, given that a firm with so many states keeps just these."""
        top, below = (self.upto, 0.0) if states == 4 else (self.before, self.upto)
        return (float(self) - below) / (top - below)


class Dealt:
    """Stands in for `model.random` and hands out the numbers it was dealt, the last for ever."""

    def __init__(self) -> None:
        self.hand: list[float] = []

    def random(self) -> float:
        return self.hand.pop(0) if len(self.hand) > 1 else self.hand[0]


def luck(step: int, ident: int) -> tuple[float, float, float]:
    """The three numbers that the columns draw for a firm: for its states, market and rail."""
    shared, single = firms.keys(SEED, step)
    byte = int(bits(shared, ident >> 3)) >> 8 * (ident & 7) & 0xFF
    own = int(bits(single, ident))
    return (byte << 16 | own & 0xFFFF) / 2**24, (own >> 40) / 2**24, (own >> 16 & 0xFFFFFF) / 2**24


def act(firm: Firm, ident: int, step: int) -> None:
    """`Firm.step` on the numbers that the columns draw for it."""
    u, market, rail = luck(step, ident)
    dealt, number, before = firm.model.random, Number(u), firm.states
    dealt.hand = [number]
    firm.change_states()
    stays = firm.states == before
    reviews = [number.rest(before)] * (stays and before >= ACCEPTS)
    looks = bool(reviews) and reviews[0] < firm.model.churn
    chooses = [market] * (firm.states >= 3 and (looks or firm.marketplace is None))
    chooses += [rail] * (firm.states >= 2 and (looks or firm.rail is None))
    dealt.hand = [*reviews, *chooses, -1.0]
    firm.choose_platforms(stays)
    assert dealt.hand == [-1.0], "all that was dealt is used"
    firm.report()


def test_columns_equal_plain_mesa_firm_by_firm():
    conditions = Conditions.of(DigitalDivideModel(Scenario(firms=4_000)))
    columns, plain = ColumnFirms(conditions, SEED), PlainMesa(conditions, SEED)
    plain.random = Dealt()
    idents = dict(zip(plain.agents, conditions.firms.ident.tolist(), strict=True))
    start = columns.ladder()
    for step in range(STEPS):
        # The step of the plain model, but each firm is dealt its numbers first.
        plain.agents.do = lambda _, step=step: [act(f, i, step) for f, i in idents.items()]
        plain.step()
        columns.step()
        assert np.array_equal(plain.ladder(), columns.ladder())
        assert all(map(np.array_equal, plain.choices(), columns.choices()))
        assert plain.users == columns.users.tolist()
    assert (columns.ladder() != start).any()
    # The columns round productivity down to a 256th of the mean firm's.
    capacity = columns.capacity / 256
    np.testing.assert_allclose(capacity, plain.capacity, rtol=0.05)


def test_columns_equal_the_model():
    """`ColumnFirms` moves firms as the model itself does, while country conditions hold."""
    m = DigitalDivideModel(Scenario(firms=1_000, seed=SEED))
    columns = ColumnFirms(Conditions.of(m), SEED)
    columns.done = m.state.step
    columns.step()
    firms.step(m)
    assert np.array_equal(columns.firms.state & 15, m.firms.state & 15)
    assert np.array_equal(columns.firms.marketplace, m.firms.marketplace)
    assert np.array_equal(columns.firms.rail, m.firms.rail)
    assert np.array_equal(columns.share, m.state.firm_share)


@pytest.mark.skipif(plain_c.compiler() is None, reason="no C compiler")
def test_columns_equal_the_c_program_bit_for_bit():
    conditions = Conditions.of(DigitalDivideModel(Scenario(firms=6_000)))
    columns, compiled = ColumnFirms(conditions, SEED), plain_c.PlainC(conditions, SEED)
    for _ in range(STEPS):
        columns.step()
        compiled.step()
        for name in ("state", "marketplace", "rail"):
            ours, theirs = (x.firms.stored(name, slice(None)) for x in (columns, compiled))
            np.testing.assert_array_equal(ours, theirs)
        assert all(map(np.array_equal, columns.sums, compiled.sums))
