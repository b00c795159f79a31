"""Given the same random numbers, the columns and plain Mesa agree firm by firm."""

import numpy as np

from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.plain_mesa import ACCEPTS, SELLS, Firm, PlainMesa
from divide.model import DigitalDivideModel, Scenario
from divide.model.processes import firms
from divide.model.streams import bits, key

SEED, STEPS = 3, 12


class Dealt:
    """Stands in for `model.random` and hands out the numbers it was dealt."""

    def __init__(self) -> None:
        self.hand: list[float] = []

    def random(self) -> float:
        return self.hand.pop(0)


def halves(stream: str, step: int, index: int) -> list[float]:
    """The two numbers in one draw of the columns."""
    drawn = int(bits(key(SEED, stream, step), index))
    return [(drawn >> 32) / 2**32, (drawn & 0xFFFFFFFF) / 2**32]


def quarters(step: int, index: int) -> list[float]:
    """The two numbers of 24 bits in one draw for the states."""
    drawn = int(bits(key(SEED, "firms.state", step), index))
    return [(drawn >> 40) / 2**24, (drawn >> 8 & 0xFFFFFF) / 2**24]


def act(firm: Firm, ident: int, step: int) -> None:
    """`Firm.step` on the numbers that the columns draw for it."""
    luck = firm.model.random
    luck.hand = quarters(step, 2 * ident) + quarters(step, 2 * ident + 1)
    firm.change_states()
    luck.hand = []
    for stream, needed_from, platform in (
        ("firms.marketplace", SELLS, firm.marketplace),
        ("firms.rail", ACCEPTS, firm.rail),
    ):
        if firm.states >= needed_from:
            reconsiders, chooses = halves(stream, step, ident)
            if platform is None:
                luck.hand += [chooses]
            else:
                luck.hand += [reconsiders] + [chooses] * (reconsiders < firm.model.churn)
    firm.choose_platforms()
    assert luck.hand == []
    firm.report()


def test_columns_equal_plain_mesa_firm_by_firm():
    conditions = Conditions.of(DigitalDivideModel(Scenario(firms=1_000)))
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
    assert np.array_equal(columns.firms.state, m.firms.state)
    assert np.array_equal(columns.firms.marketplace, m.firms.marketplace)
    assert np.array_equal(columns.firms.rail, m.firms.rail)
    assert np.array_equal(columns.share, m.state.firm_share)
