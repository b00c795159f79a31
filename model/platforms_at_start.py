"""The platforms of the start: who is there, at home where, serving whom (structure assumed)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.platform import Kind, PlatformColumns
from divide.model.declare.frozen import frozen
from divide.model.declare.values import Values
from divide.model.predictive import between
from divide.model.world import World


@dataclass(frozen=True)
class LineUp:
    """Platforms by row, marketplaces first; models of one world share the arrays.

    Attributes:
        kind: What each is, see `Kind`, (platforms,).
        home: Row of the country of its home jurisdiction, (platforms,).
        serves: Which platform serves which country, (platforms, n).
        apart: Appeal in the central run, ln, (platforms,).
    """

    names: tuple[str, ...]
    kind: NDArray[np.int8]
    home: NDArray[np.int16]
    serves: NDArray[np.bool_]
    apart: NDArray[np.float64]

    @property
    def marketplaces(self) -> int:
        """How many of them are marketplaces."""
        return int(np.count_nonzero(self.kind == Kind.MARKETPLACE))


@lru_cache(maxsize=64)
def line_up(world: World, platforms: int, marketplaces: int) -> LineUp:
    """The platforms of a world.

    Args:
        world: The countries.
        platforms: How many there are in all.
        marketplaces: How many of them are marketplaces, as far as there are countries for them.
    """
    n, bloc, region = len(world.iso3), world.fact("bloc"), world.fact("region")
    size = np.argsort(-world.values["population"] * world.values["income"], kind="stable")
    everywhere, each = np.ones(n, dtype=bool), np.arange(n)
    rows: list[tuple[str, Kind, int | np.integer, NDArray[np.bool_]]] = []

    def add(kind: Kind, home: int | np.integer, where: NDArray[np.bool_], label: str) -> None:
        rows.append((label, kind, home, where))

    blocs = ("hub", "us", "eu")  # a world of one's own may lack one
    leaders = {b.upper(): next(i for i in size if bloc[i] == b) for b in blocs if b in set(bloc)}
    for letter in "AB":
        for name, home in leaders.items():
            if len(rows) < marketplaces:
                add(Kind.MARKETPLACE, home, everywhere, f"market-{name}-{letter}")
    for name in np.unique(region.astype(str)):
        if len(rows) < marketplaces:
            home = next(i for i in size if region[i] == name)
            add(Kind.MARKETPLACE, home, region == name, f"market-{world.iso3[home]}-regional")
    for home in size[: marketplaces - len(rows)]:
        add(Kind.MARKETPLACE, home, each == home, f"market-{world.iso3[home]}")
    for name, home in leaders.items():
        add(Kind.CORRESPONDENT, home, everywhere, f"correspondent-{name}")
    for label in ("card-US-A", "card-US-B", "card-HUB"):
        if (name := label.split("-")[1]) in leaders:
            add(Kind.CARD, leaders[name], everywhere, label)
    add(Kind.BRIDGE, leaders["HUB"], world.fact("mbridge"), "bridge-HUB")
    wallets = world.values["mobile_money"] * world.values["population"]
    money = np.lexsort((np.array(world.iso3), -wallets))  # many have none: ties go by code
    for home in size[: (platforms - len(rows)) // 4]:
        add(Kind.INSTANT, home, each == home, f"instant-{world.iso3[home]}")
    for home in np.resize(money, platforms - len(rows)):
        add(Kind.WALLET, home, each == home, f"wallet-{world.iso3[home]}-{len(rows)}")
    names, kind, homes, serves = zip(*rows, strict=True)
    return LineUp(
        names,
        frozen(np.array(kind, dtype=np.int8)),
        frozen(np.array(homes, dtype=np.int16)),
        frozen(np.array(serves)),
        frozen(apart(list(zip(kind, homes, strict=True)))),
    )


def apart(alike: list[tuple[Kind, int | np.integer]]) -> NDArray[np.float64]:
    """Appeal of the central run, ln, (platforms,): what a draw has, spread evenly.

    The platforms of a kind at one home, `alike`, lie evenly over the range of a draw, the first of
    the list first. So no home has better ones by luck: their mean is 0 (assumed).
    """
    before = [alike[:p].count(each) for p, each in enumerate(alike)]
    counts = [alike.count(each) for each in alike]
    return 0.5 - (np.array(before) + 0.5) / np.array(counts)


def first_platforms(
    there: LineUp,
    values: Values,
    bloc: NDArray[np.int64],
    ids: NDArray[np.int64],
    draw: int,
) -> PlatformColumns:
    """Columns of the platforms before anyone uses them.

    Args:
        there: Who they are.
        values: Parameter values.
        bloc: Code of each country's bloc, (n,).
        ids: Key of each platform's random numbers, (platforms,).
        draw: The predictive draw, 0 for the central run.
    """
    p, r = values.platforms, values.corridors
    b = PlatformColumns(len(ids))
    b.kind[:], b.home[:] = there.kind, there.home
    b.jurisdiction[:] = bloc[there.home]
    b.appeal[:] = between(draw, "appeal", ids) - 0.5 if draw else there.apart
    fee = {
        Kind.MARKETPLACE: p.marketplace_fee,
        Kind.CORRESPONDENT: r.correspondent_fee,
        Kind.CARD: r.card_fee,
        Kind.WALLET: r.wallet_fee,
        Kind.INSTANT: r.instant_fee,
        Kind.BRIDGE: r.bridge_fee,
    }
    days = {
        Kind.MARKETPLACE: 0.0,
        Kind.CORRESPONDENT: r.correspondent_days,
        Kind.CARD: r.card_days,
        Kind.WALLET: r.wallet_days,
        Kind.INSTANT: r.instant_days,
        Kind.BRIDGE: r.bridge_days,
    }
    b.fee[:] = np.array([fee[kind] for kind in Kind])[b.kind]
    b.settlement_days[:] = np.array([days[kind] for kind in Kind])[b.kind]
    b.marginal_cost[:] = np.where(b.kind == Kind.MARKETPLACE, p.marginal_cost, b.fee)
    return b
