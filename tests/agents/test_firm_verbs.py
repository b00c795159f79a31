"""The verbs of a population give what Mesa gives for the same firms registered as agents."""

from typing import Any

import mesa
import numpy as np
import pytest

from divide.model.agents.firm import ATTRIBUTES, Firm, FirmPopulation, FirmSelection

NAMES = [name for name in ATTRIBUTES if name != "iso3"]


@pytest.fixture
def plain(firms: FirmPopulation) -> Any:
    """The same firms as a Mesa AgentSet."""
    return firms.register()


def ids(firms: Any) -> list[int]:
    return [int(number) for number in firms.get("unique_id")]


def test_get(firms: FirmPopulation, plain: Any) -> None:
    for name in NAMES:
        assert firms.get(name).tolist() == plain.get(name)
    wanted = ["size", "skill", "connected", "rail"]
    assert [list(record) for record in firms.get(wanted).tolist()] == plain.get(wanted)
    assert firms.get(wanted)["skill"].tolist() == plain.get("skill")
    with pytest.raises(AttributeError, match="a firm has no 'colour'; it has country, iso3, kind"):
        firms.get("colour")


def test_get_is_a_copy(firms: FirmPopulation) -> None:
    for name in NAMES:
        column = firms.get(name)
        column[:] = column[::-1].copy()
    assert np.array_equal(firms.get("ident"), firms.ident)
    assert firms.get("productivity")[0] == firms.productivity[0]


@pytest.mark.parametrize(
    ("conditions", "same"),
    [
        ({"size": "micro"}, lambda f: f.size == "micro"),
        ({"size": ("small", "large")}, lambda f: f.size in ("small", "large")),
        ({"sector": "agri_food", "connected": True}, lambda f: f.sector[0] == "a" and f.connected),
        ({"country": [0, 2], "accepts": False}, lambda f: f.country != 1 and not f.accepts),
        ({"kind": range(4)}, lambda f: f.kind < 4),
        ({"rail": -1, "exports_online": 1}, lambda f: f.rail == -1 and f.exports_online),
    ],
)
def test_select_by_conditions(
    firms: FirmPopulation, plain: Any, conditions: dict[str, Any], same: Any
) -> None:
    chosen = firms.select(**conditions)
    assert 0 < len(chosen) < len(firms)
    assert ids(chosen) == ids(plain.select(same))
    assert ids(firms.select(same)) == ids(chosen)
    assert ids(firms.select(np.array([same(f) for f in firms]))) == ids(chosen)


@pytest.mark.parametrize("at_most", [0, 1, 7, 10_000, 0.0, 0.25, 1.0, float("inf")])
def test_select_at_most(firms: FirmPopulation, plain: Any, at_most: float) -> None:
    assert ids(firms.select(at_most=at_most)) == ids(plain.select(at_most=at_most))
    connected = firms.select(connected=True, at_most=at_most)
    assert ids(connected) == ids(plain.select(lambda f: f.connected, at_most=at_most))


def test_select_all_filters_at_once_and_again(firms: FirmPopulation) -> None:
    once = firms.select(firms.get("skill") > 0.5, size="micro", connected=True)
    twice = firms.select(size="micro").select(lambda f: f.skill > 0.5).select(connected=True)
    assert ids(once) == ids(twice)
    assert isinstance(twice, FirmSelection)
    assert repr(twice) == f"FirmSelection({len(twice)} of 141 firms)"


def test_select_refuses_what_no_firm_could_be(firms: FirmPopulation) -> None:
    with pytest.raises(ValueError, match="size is one of micro, small, medium, large; got 'tiny'"):
        firms.select(size="tiny")
    with pytest.raises(ValueError, match="connected is a number or a truth value, got 'yes'"):
        firms.select(connected="yes")
    with pytest.raises(AttributeError, match="a firm has no 'inplace'"):
        firms.select(inplace=True)
    with pytest.raises(TypeError, match="a function or an array of booleans, not int64"):
        firms.select(np.array([0, 1]))
    with pytest.raises(ValueError, match=r"mask has shape \(2,\), the firms are 141"):
        firms.select(np.array([True, False]))
    with pytest.raises(ValueError, match="at_most is a number of firms or a share"):
        firms.select(at_most=-1)


def test_set(firms: FirmPopulation, plain: Any) -> None:
    some = firms.select(size="small")
    assert some.set("connected", False) is some
    assert not any(plain.select(lambda f: f.size == "small").get("connected"))
    assert plain.select(lambda f: f.size == "micro").agg("connected", any)
    some.set("rail", np.arange(len(some)))
    assert plain.select(lambda f: f.size == "small").get("rail") == list(range(len(some)))
    plain.set("marketplace", 3)
    assert (firms.marketplace == 3).all()
    with pytest.raises(ValueError, match=r"shape \(2,\) for 141 firms"):
        firms.set("skill", [0.1, 0.2])
    with pytest.raises(AttributeError, match="a firm has no 'conected'"):
        firms.set("conected", True)


def test_agg(firms: FirmPopulation, plain: Any) -> None:
    for name in ("productivity", "skill", "weight", "connected"):
        assert firms.agg(name, np.mean) == plain.agg(name, np.mean)
        assert firms.agg(name, [min, max]) == plain.agg(name, [min, max])
        assert firms.agg(name, sum) == pytest.approx(plain.agg(name, sum), rel=1e-12)


@pytest.mark.parametrize(
    "by",
    ["country", "size", "sector", "kind", "connected", "productivity", lambda f: f.skill > 0.5],
)
def test_groupby(firms: FirmPopulation, plain: Any, by: Any) -> None:
    ours, theirs = firms.groupby(by), plain.groupby(by)
    assert list(ours.count().items()) == list(theirs.count().items())
    assert len(ours) == len(theirs)
    assert ours.agg("weight", np.sum) == theirs.agg("weight", np.sum)
    assert {k: ids(group) for k, group in ours} == {k: ids(group) for k, group in theirs}
    assert ours.map(len) == theirs.map(len) == ours.map("__len__")
    assert {type(k) for k in ours.groups} == {type(k) for k in theirs.groups}


def test_groupby_of_a_selection_several_functions_and_do(firms: FirmPopulation) -> None:
    groups = firms.select(country=[1, 2]).groupby("size")
    both = groups.agg({"skill": np.mean, "weight": sum})
    assert both["large"] == {
        "skill": groups.groups["large"].agg("skill", np.mean),
        "weight": groups.groups["large"].agg("weight", sum),
    }
    assert groups.do("set", "connected", True) is groups
    assert firms.select(country=[1, 2]).connected.all()
    assert not firms.select(country=0).connected.all()
    with pytest.raises(TypeError, match="an attribute and a function"):
        groups.agg("skill")


def test_do_and_map(firms: FirmPopulation, plain: Any) -> None:
    def raise_skill(firm: Firm, by: float, *, most: float = 1.0) -> float:
        firm.skill = min(most, firm.skill + by)
        return firm.skill

    micro = firms.select(size="micro")
    others = firms.select(size=("small", "medium", "large")).get("skill")
    before = micro.get("skill")
    assert micro.do(raise_skill, 0.2, most=0.8) is micro
    assert micro.get("skill") == pytest.approx(np.minimum(0.8, before + 0.2), abs=0.5 / 255)
    assert np.array_equal(others, firms.select(size=("small", "medium", "large")).get("skill"))
    assert firms.map(lambda f: f.kind) == plain.map(lambda f: f.kind)
    assert firms.map("__getattribute__", "size") == plain.get("size")
    firms.do("remove")
    assert len(plain) == 0 and len(firms) == 141


def test_sequence(firms: FirmPopulation) -> None:
    part = firms[10:40:3]
    assert ids(part) == ids(firms)[10:40:3]
    assert [f.row for f in part] == list(range(10, 40, 3))
    assert (part[2].row, part[-1].row, firms[-1].row) == (16, 37, 140)
    assert ids(part[1:3]) == [ids(firms)[13], ids(firms)[16]]
    assert firms[13] in part and firms[14] not in part and firms[14] in firms
    assert firms.copy().bind(mesa.Model(rng=1))[13] not in firms
    assert [f.row for f in part.to_list()] == [f.row for f in part]
    for wrong in (141, -142):
        with pytest.raises(IndexError, match="of 141"):
            firms[wrong]
    with pytest.raises(AttributeError):
        part.skil = 0.5  # type: ignore[attr-defined]


def test_columns_by_name(firms: FirmPopulation, plain: Any) -> None:
    part = firms.select(country=1)
    theirs = plain.select(lambda f: f.country == 1)
    for name in ("size", "sector", "connected", "accepts", "sells_online", "exports_online"):
        assert getattr(firms, name).tolist() == plain.get(name)
        assert getattr(part, name).tolist() == theirs.get(name)
    assert part.weights.tolist() == theirs.get("weight")
    with pytest.raises(AttributeError):
        firms.connected = True  # type: ignore[misc]


def test_to_frame(firms: FirmPopulation, plain: Any) -> None:
    frame = firms.select(size="medium").to_frame()
    medium = plain.select(lambda f: f.size == "medium")
    assert frame.index.tolist() == medium.get("unique_id")
    for name in frame.columns:
        assert frame[name].tolist() == medium.get(name)
    assert set(frame.columns) == set(NAMES) - {"unique_id"}
    assert frame["size"].cat.categories.tolist() == ["micro", "small", "medium", "large"]
