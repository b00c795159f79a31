"""Traits, storage and identity of firms."""

import copy
import pickle
import time
from collections.abc import Callable

import mesa
import numpy as np
import pytest

from divide.model.agents.columns import declared
from divide.model.agents.firm import (
    ACCEPTS,
    CONNECTED,
    FIRST_UNIQUE_ID,
    STORED,
    Firm,
    FirmPopulation,
)
from divide.model.agents.layout import MAX_PER_CELL

ONE_CELL = np.zeros((1, 16), dtype=np.int64)
ONE_CELL[0, 0] = 200_000


@pytest.mark.parametrize(
    ("shape", "cap"), [(1.06, 20.0), (1.0, 20.0), (0.8, 50.0), (2.5, 50.0), (3, 4)]
)
def test_productivity_is_a_capped_pareto_of_mean_one(
    make: Callable[..., FirmPopulation], shape: float, cap: float
) -> None:
    firms = make(ONE_CELL, productivity_shape=shape, productivity_cap=cap)
    drawn = firms.productivity.astype(np.float64)
    error = drawn.std() / np.sqrt(drawn.size)
    assert abs(drawn.mean() - 1) < 4 * error
    assert drawn.max() <= np.float32(cap)
    # The maximum-likelihood exponent of a Pareto sample censored at the cap: exceedances below
    # the cap, over the sum of log ratios to the smallest possible value.
    low = drawn.min()
    below = drawn < cap * (1 - 1e-6)
    estimate = below.sum() / np.log(drawn / low).sum()
    assert estimate == pytest.approx(shape, abs=4 * shape / np.sqrt(below.sum()))


def test_productivity_needs_its_cap_to_reach_the_mean(make: Callable[..., FirmPopulation]) -> None:
    """At shape 1.06 the uncapped mean is carried by firms too rare to be drawn."""
    firms = make(ONE_CELL, productivity_shape=1.06, productivity_cap=1000.0)
    assert (firms.productivity == 1000.0).any()


def test_skill_has_the_mean_and_spread_asked_for(make: Callable[..., FirmPopulation]) -> None:
    counts = np.zeros((3, 16), dtype=np.int64)
    counts[:, 3] = 50_000
    firms = make(counts, skill_mean=[0.02, 0.4, 1.0], skill_spread=0.1)
    by_country = firms.groupby("country")
    means = by_country.agg("skill", np.mean)
    spreads = by_country.agg("skill", np.std)
    assert [means[c] for c in range(3)] == pytest.approx([0.02, 0.4, 1.0], abs=0.002)
    # Narrowed near the ends of [0, 1] so that the mean holds.
    assert [spreads[c] for c in range(3)] == pytest.approx([0.02 / 6**0.5, 0.1, 0], abs=0.002)


def test_productivity_and_skill_are_drawn_apart(make: Callable[..., FirmPopulation]) -> None:
    firms = make(ONE_CELL)
    ranks = [np.argsort(np.argsort(column)) for column in (firms.productivity, firms.skill)]
    assert abs(np.corrcoef(ranks)[0, 1]) < 4 / np.sqrt(len(firms))
    halves = np.log(firms.productivity.astype(np.float64)).reshape(2, -1)
    assert abs(np.corrcoef(halves)[0, 1]) < 4 / np.sqrt(halves.shape[1])


def test_firms_are_sorted_and_named_by_their_cell(firms: FirmPopulation) -> None:
    assert (np.diff(firms.ident.astype(np.int64)) > 0).all()
    assert np.array_equal(firms.ident >> 24, firms.country)
    assert np.array_equal((firms.ident >> 20) & 15, firms.kind)
    assert firms.groupby("kind").count()[5] == 5 + 0 + 2


def test_a_firm_keeps_its_traits_whatever_else_is_built(
    make: Callable[..., FirmPopulation],
) -> None:
    few = np.full((4, 16), 3)
    many = np.full((4, 16), 3)
    many[0] = 40
    many[2, 7] = 9
    small, large = make(few).to_frame(), make(many).to_frame()
    shared = ["country", "kind", "productivity", "skill"]
    assert small[shared].equals(large.loc[small.index, shared])


def test_seeds_differ_and_repeat(make: Callable[..., FirmPopulation]) -> None:
    counts = np.full((2, 16), 5)
    one, again, other = make(counts, 1), make(counts, 1), make(counts, 2)
    assert np.array_equal(one.productivity, again.productivity)
    assert not np.array_equal(one.productivity, other.productivity)


def test_order_of_storage_changes_nothing_but_order(firms: FirmPopulation) -> None:
    order = np.random.default_rng(3).permutation(len(firms))
    other = firms.permuted(order)
    frame, shuffled = firms.to_frame(), other.to_frame()
    assert shuffled.index.to_list() == frame.index[order].to_list()
    assert shuffled.loc[frame.index].equals(frame)
    for by in ("country", "size", "sector", "kind"):
        assert other.groupby(by).count() == firms.groupby(by).count()
    with pytest.raises(ValueError, match="each of the 141 rows once"):
        firms.permuted([0, 0, 1])


def test_a_copy_is_independent(firms: FirmPopulation) -> None:
    other = firms.copy()
    other.set("connected", True).set("productivity", 3.0)
    other.weight[:] = 0
    assert not firms.connected.all()
    assert firms.get("productivity").max() != 3.0
    assert firms.weights.min() > 0
    with pytest.raises(RuntimeError, match=r"firms\.bind\(model\)"):
        other[0]


def test_a_firm_takes_10_bytes(make: Callable[..., FirmPopulation]) -> None:
    assert sum(np.dtype(dtype).itemsize for dtype in STORED.values()) == 10
    firms = make(np.full((100, 16), 50))
    assert firms.bytes_per_firm == 10
    assert firms.nbytes == 10 * 80_000
    assert all(getattr(firms, name).dtype == dtype for name, dtype in STORED.items())
    # Nothing else grows with the firms: what is pickled is the columns and some tables by cell.
    assert len(pickle.dumps(firms)) < 10 * 80_000 + 1_600 * 40


def test_firms_are_where_their_cell_says(make: Callable[..., FirmPopulation]) -> None:
    counts = np.arange(48).reshape(3, 16) % 5
    firms = make(counts, order=[2, 0, 1])
    expected = [(c, k) for c in (2, 0, 1) for k in range(16) for _ in range(counts[c, k])]
    assert list(zip(firms.country.tolist(), firms.kind.tolist(), strict=True)) == expected
    assert firms.ident[0] >> 24 == 0, "the first country in the order is numbered 0"
    for rows in (slice(3, 40, 2), np.array([5, 0, 90])):
        for name in ("country", "kind", "ident"):
            whole = getattr(firms, name)
            np.testing.assert_array_equal(firms.stored(name, rows), whole[rows])
            assert firms.stored(name, 7) == whole[7]
    with pytest.raises(ValueError, match="each of the 3 countries once"):
        make(counts, order=[0, 0, 1])


def test_a_million_firms_are_built_well_within_a_second(
    make: Callable[..., FirmPopulation],
) -> None:
    make(np.full((1, 16), 1))
    start = time.perf_counter()
    firms = make(np.full((250, 16), 250))
    assert time.perf_counter() - start < 1
    assert len(firms) == 1_000_000
    assert np.unique(firms.ident).size == 1_000_000


def test_no_firms_at_all(make: Callable[..., FirmPopulation], model: mesa.Model) -> None:
    firms = make(np.zeros((2, 16), dtype=np.int64)).bind(model)
    assert (len(firms), firms.nbytes, list(firms), firms.groupby("size").count()) == (0, 0, [], {})
    assert len(firms.select(size="micro").to_frame()) == 0


def test_building_refuses_what_it_cannot_hold(make: Callable[..., FirmPopulation]) -> None:
    ok = np.full((2, 16), 1)
    with pytest.raises(ValueError, match="at most 256 countries have firms, got 257"):
        make(np.zeros((257, 16), dtype=np.int64))
    with pytest.raises(ValueError, match="holds 0 to 1048576 firms, got 1 to 1048577"):
        make(np.where(np.arange(32).reshape(2, 16) == 5, MAX_PER_CELL + 1, 1))
    with pytest.raises(ValueError, match="0 to 1048576 firms, got -1 to -1"):
        make(-ok)
    with pytest.raises(ValueError, match=r"whole numbers of shape \(countries, 16\)"):
        make(np.ones((2, 16)))
    with pytest.raises(ValueError, match=r"whole numbers of shape \(countries, 16\)"):
        make(np.ones((2, 4), dtype=np.int64))
    with pytest.raises(ValueError, match=r"shape of productivity is a number from 0.5 up, got nan"):
        make(ok, productivity_shape=float("nan"))
    with pytest.raises(ValueError, match="cap of productivity is above 1, its mean"):
        make(ok, productivity_cap=1.0)
    with pytest.raises(ValueError, match=r"shares from 0 to 1 of shape \(2,\)"):
        make(ok, skill_mean=[0.5, 1.5])
    with pytest.raises(ValueError, match=r"shares from 0 to 1 of shape \(2,\)"):
        make(ok, skill_mean=[0.5, np.nan])
    with pytest.raises(ValueError, match="spread of skill is 0 or more, got -1"):
        make(ok, skill_spread=-1)
    with pytest.raises(ValueError, match=r"finite, not negative and of shape \(2, 16\)"):
        FirmPopulation.build(
            ok,
            np.full((2, 16), np.nan),
            1,
            productivity_shape=2,
            productivity_cap=9,
            skill_mean=[0, 0],
            skill_spread=0,
        )


# Views -------------------------------------------------------------------------------------------


def test_a_view_reads_and_writes_its_row(firms: FirmPopulation, model: mesa.Model) -> None:
    firm = firms[10]
    assert isinstance(firm, mesa.Agent)
    assert firm.model is model
    firm.connected, firm.accepts, firm.exports_online = True, True, False
    assert firms.state[10] & (CONNECTED | ACCEPTS) == 3
    firm.accepts = 0
    assert (firm.connected, firm.accepts) == (True, False)
    firm.marketplace, firm.skill, firm.productivity = 4, 0.5, 2.0
    assert (firms.marketplace[10], firms.skill[10], firms.productivity[10]) == (4, 128, 2.0)
    assert firm.skill == pytest.approx(0.5, abs=0.5 / 255)
    assert (firm.size, firm.sector) == ("small", "light_manufacture") and firm.kind == 5
    assert firm.weight == firms.weight[0, firm.kind]
    assert firm.country == 0
    assert repr(firm) == f"Firm(country 0, small, light_manufacture, {firm.unique_id})"
    assert {type(firm.connected), type(firm.skill), type(firm.rail)} == {bool, float, int}


def test_a_view_changes_neither_the_others_nor_other_columns(firms: FirmPopulation) -> None:
    before = firms.to_frame()
    firms[20].sells_online = not firms[20].sells_online
    changed = firms.to_frame().ne(before)
    assert changed.sum().sum() == 1
    assert changed.loc[firms[20].unique_id, "sells_online"]


def test_views_leave_no_trace_in_the_model(firms: FirmPopulation, model: mesa.Model) -> None:
    draws = (model.random.getstate(), model.rng.bit_generator.state, model.agent_id_counter)
    views = firms.to_list()
    views[0].remove()
    assert len(model.agents) == 0
    assert draws == (model.random.getstate(), model.rng.bit_generator.state, model.agent_id_counter)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("connected", "yes", "connected is True or False, got 'yes'"),
        ("accepts", 2, "accepts is True or False, got 2"),
        ("skill", 1.01, "skill is a number from 0 to 1, got 1.01"),
        ("skill", np.nan, "skill is a number from 0 to 1, got nan"),
        ("productivity", -1, "productivity is a number from 0 to 1e.06, got -1.0"),
        ("rail", 40_000, "rail is a whole number from -1 to 32767, got 40000"),
        ("rail", 0.5, "rail is a whole number from -1 to 32767, got 0.5"),
    ],
)
def test_values_out_of_bounds_are_refused(
    firms: FirmPopulation, name: str, value: object, message: str
) -> None:
    before = firms.to_frame()
    with pytest.raises(ValueError, match=message):
        setattr(firms[0], name, value)
    with pytest.raises(ValueError, match=message):
        firms.set(name, value)
    assert firms.to_frame().equals(before)


@pytest.mark.parametrize("name", ["size", "sector", "country", "kind", "weight", "ident", "iso3"])
def test_what_a_firm_is_cannot_be_set(firms: FirmPopulation, name: str) -> None:
    with pytest.raises(AttributeError, match=f"{name} of a firm is fixed; .* connected, accepts"):
        setattr(firms[0], name, 1)
    with pytest.raises(AttributeError, match=f"{name} of a firm is fixed"):
        firms.set(name, 1)


def test_every_attribute_is_declared_with_unit_and_meaning() -> None:
    assert all(column.unit and column.doc for column in declared(Firm).values())
    assert set(STORED) - {"state"} <= set(declared(Firm))


@pytest.mark.parametrize("name", list(STORED))
def test_whoever_gets_hold_of_a_stored_array_makes_the_sums_doubtful(
    firms: FirmPopulation, name: str
) -> None:
    with firms.in_place():
        pass
    assert not firms.stale
    _ = firms.to_frame(), firms.get("skill"), firms.connected, firms.copy(), firms[3].rail
    assert not firms.stale, "reading copies is harmless"
    getattr(firms, name)
    assert firms.stale and firms.copy().stale


@pytest.mark.parametrize("name", ["accepts", "marketplace", "productivity", "skill"])
def test_setting_an_attribute_makes_the_sums_doubtful(firms: FirmPopulation, name: str) -> None:
    with firms.in_place():
        pass
    setattr(firms[2], name, 1)
    assert firms.stale


def test_kernels_see_other_orders_sorted(firms: FirmPopulation) -> None:
    other = firms.permuted(np.random.default_rng(3).permutation(len(firms)))
    with other.in_place() as (_, columns):
        np.testing.assert_array_equal(columns["state"], firms.state)
        columns["rail"][:] = np.arange(len(firms))
    np.testing.assert_array_equal(np.argsort(other.ident), np.argsort(other.rail))


# Registration ------------------------------------------------------------------------------------


class Country(mesa.Agent):
    """What a firm needs of a country."""

    def __init__(self, model: mesa.Model, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.iso3 = ("AAA", "BBB", "CCC")[row]


def test_registration_makes_plain_agents_with_ids_of_their_own(
    firms: FirmPopulation, model: mesa.Model
) -> None:
    countries = [Country(model, row) for row in range(3)]
    loose = firms[5].unique_id
    registered = firms.register(model)
    later = Country(model, 0)
    assert len(registered) == len(firms) and len(model.agents) == len(firms) + 4
    ids = model.agents.get("unique_id")
    assert len(set(ids)) == len(ids)
    assert max(c.unique_id for c in [*countries, later]) < FIRST_UNIQUE_ID
    assert firms.get("unique_id").min() == FIRST_UNIQUE_ID + int(firms.ident[0])
    assert firms[5].unique_id == loose
    assert firms[5] is firms[5] and firms[5] in model.agents
    counter = model.agent_id_counter
    assert firms.register() is registered and len(registered) == len(firms)
    assert model.agent_id_counter == counter
    firms[5].remove()
    assert firms[5] not in model.agents
    assert len(firms.register()) == len(firms)


def test_registration_draws_no_random_numbers(firms: FirmPopulation, model: mesa.Model) -> None:
    draws = (model.random.getstate(), model.rng.bit_generator.state)
    firms.register()
    assert draws == (model.random.getstate(), model.rng.bit_generator.state)


def test_firms_belong_to_one_model(firms: FirmPopulation, model: mesa.Model) -> None:
    other = mesa.Model(rng=1)
    with pytest.raises(ValueError, match="another model: bind a copy"):
        firms.register(other)
    assert firms.copy().bind(other)[0].model is other
    assert firms.bind(model).model is model


def test_a_firm_knows_its_country(firms: FirmPopulation) -> None:
    world = mesa.Model(rng=1)
    world.countries = Country.create_agents(world, 3, [0, 1, 2])
    firms = firms.copy().bind(world)
    firm = firms[-1]
    assert firm.country is world.countries.to_list()[2]
    assert (firm.iso3, repr(firm)[:9]) == ("CCC", "Firm(CCC,")
    assert firms.groupby("iso3").count() == {
        "AAA": firms.groupby("country").count()[0],
        "BBB": firms.groupby("country").count()[1],
        "CCC": firms.groupby("country").count()[2],
    }
    chosen = firms.select(iso3=["AAA", "CCC"])
    assert len(chosen) == len(firms.select(country=[0, 2])) > 0
    assert len(firms.select(country=firm.country)) == len(firms.select(iso3="CCC"))
    assert firms.to_frame()["iso3"].to_list() == firms.get("iso3").tolist()
    with pytest.raises(ValueError, match="iso3 is one of AAA, BBB, CCC; got 'XXX'"):
        firms.select(iso3="XXX")


def test_countries_of_the_model_must_match(firms: FirmPopulation) -> None:
    world = mesa.Model(rng=1)
    world.countries = Country.create_agents(world, 2, [0, 1])
    with pytest.raises(ValueError, match="the firms are of 3 countries, the model has 2"):
        firms.copy().bind(world)
    with pytest.raises(AttributeError, match="iso3 needs a model with countries"):
        firms.get("iso3")


def test_a_population_survives_pickling_and_deep_copies(firms: FirmPopulation) -> None:
    alone = firms.copy()
    for other in (pickle.loads(pickle.dumps(alone)), copy.deepcopy(alone)):
        assert other.to_frame().equals(firms.to_frame())
    assert len(pickle.dumps(alone)) < 17 * len(firms) + 2000
