"""What public money does to networks: the compiled rules, on the columns of all countries at once.

`infrastructure` says what they mean and hands in the columns, which change in place.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.processes.coverage import (
    Costs,
    Earnings,
    costs_to_cover,
    coverages_bought,
    frontier,
    revenue,
)

Array = NDArray[np.float64]


class Networks(NamedTuple):
    """Columns of the countries, called as in `CountryColumns`, and what stays fixed, (n,) each.

    Attributes:
        online: By cell, (n, cells).
        vendors: By jurisdiction, (n, 4).
        usual: Users per person covered by any mobile network, at the start.
        interoperability_at_start: As it was.
        pays: What shifts revenue, a factor (see `coverage.local_margin`).
        shares: Share of people in each cell, (n, cells).
        price_level: US$ for an international dollar.
        allowed: Whether a satellite terminal may be used.
    """

    population: Array
    urban: Array
    income: Array
    online: Array
    interoperability: Array
    remoteness: Array
    narrowband: Array
    mobile: Array
    frontier: Array
    subsidised: Array
    upkeep: Array
    satellite: Array
    five_g: Array
    backbone: Array
    routes: Array
    data_centres: Array
    electricity: Array
    vendors: Array
    debt: Array
    arrears: Array
    usual: Array
    interoperability_at_start: Array
    pays: Array
    shares: Array
    price_level: Array
    allowed: NDArray[np.bool_]


class Delivered(NamedTuple):
    """Money that arrives in a step by lever, US$ million, (n,) each; (0,) where a lever is none."""

    rural_coverage: Array
    satellite_connection: Array
    five_g: Array
    fibre_backbone: Array
    submarine_cables: Array
    data_centres: Array
    electricity: Array
    smart_city: Array


class Works(NamedTuple):
    """Parameters of public money and debt; see `parameters/infrastructure.yaml`."""

    delivery: float
    operation: float
    decay: float
    backbone_cost: float
    route_cost: float
    data_centre_cost: float
    electricity_cost: float
    tied_share: float
    interest: float
    tenor: float
    revenue_share: float


class Terminal(NamedTuple):
    """A satellite terminal with its plan.

    Attributes:
        usd: Cost for the years paid, shared, US$ a person; infinite before the service exists.
        years: Years that are paid for.
    """

    usd: float
    years: float


@njit(cache=True, nogil=True, inline="always")
def dearest(at: Networks, usd: float) -> Array:
    """The most that it costs to cover all people, US$, (n,): a terminal of `usd` for each."""
    population, allowed = at.population, at.allowed
    cap = np.empty(population.size)
    for i in range(cap.size):
        cap[i] = (usd if allowed[i] else np.inf) * population[i]
    return cap


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def earnings_of(at: Networks, terms: Earnings) -> Array:
    """What a newly covered person brings in, US$ a year, (n,)."""
    online, shares, interoperability = at.online, at.shares, at.interoperability
    interoperability_at_start, income, narrowband = (
        at.interoperability_at_start,
        at.income,
        at.narrowband,
    )
    usual, pays = at.usual, at.pays
    earned = weighted_sum(online, shares)
    for i in range(earned.size):
        linked = interoperability[i] - interoperability_at_start[i]
        earned[i] = revenue(income[i], earned[i], narrowband[i], usual[i], linked, pays[i], terms)
    return earned


@njit(cache=True, nogil=True, error_model="numpy")
def upkeep(
    mobile: Array,
    subsidised: Array,
    population: Array,
    earned: Array,
    unit: float,
    cap: Array,
    years: float,
    eta: Array,
) -> tuple[Array, Array]:
    """Share covered that revenue does not keep up, and what it lacks, US$ a year, (n,) each.

    Args:
        mobile: Share covered by mobile broadband, (n,).
        subsidised: Share covered by public money, (n,).
        population: Inhabitants, (n,).
        earned: What a covered person brings in, US$ a year, (n,).
        unit: Operation of the first person covered, US$ a year.
        cap: Satellite terminals instead for all, US$, (n,).
        years: Years that these are paid for.
        eta: Exponent of remoteness, (n,).
    """
    n = mobile.size
    lost, due, kept = np.zeros(n), np.zeros(n), np.empty(n)
    first, most = np.empty(n), np.empty(n)
    for i in range(n):
        if subsidised[i] > 0:
            alone = frontier(earned[i], unit, eta[i])
            lost[i] = min(subsidised[i], max(0.0, mobile[i] - alone))
        kept[i] = mobile[i] - lost[i]
        first[i], most[i] = unit * population[i], cap[i] / years
    cost = costs_to_cover(kept, mobile, first, eta, most)
    for i in range(n):
        due[i] = max(0.0, cost[i] - earned[i] * lost[i] * population[i])
    return lost, due


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def upkeep_owed(
    at: Networks, terms: Earnings, costs: Costs, terminal: Terminal, operation: float
) -> tuple[Array, Array, Array]:
    """What `upkeep` finds of the networks as they are, and terminals instead for all, US$, (n,)."""
    cap = dearest(at, terminal.usd)
    lost, due = upkeep(
        at.mobile, at.subsidised, at.population, earnings_of(at, terms),
        operation * costs.mobile, cap, terminal.years, at.remoteness,
    )  # fmt: skip
    return lost, due, cap


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def capitals(population: Array, mobile: Array, five_g: Array, costs: Costs) -> Array:
    """Network capital at today's unit cost, US$, (n,), of shares covered, (n,) each."""
    usd = np.empty(population.size)
    for i in range(usd.size):
        usd[i] = population[i] * (costs.mobile * mobile[i] + costs.five_g * five_g[i]) + 1.0
    return usd


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def decay(mobile: Array, subsidised: Array, five_g: Array, i: int, share: float) -> None:
    """Take coverage of `share` of the people of a country away."""
    mobile[i] -= share
    subsidised[i] = max(0.0, subsidised[i] - share)
    five_g[i] = min(five_g[i], mobile[i])


@njit(cache=True, nogil=True, error_model="numpy")
def build(
    mobile: Array,
    narrowband: Array,
    subsidised: Array,
    frontier: Array,
    usd: Array,
    unit_cost: Array,
    eta: Array,
    cap: Array,
) -> None:
    """Build mobile broadband; upkeep is owed for what operators would not build.

    Args:
        mobile: Share covered by it, (n,), which changes in place, as do the next two.
        narrowband: Share covered by any mobile network, (n,).
        subsidised: Share covered by public money, (n,).
        frontier: Share that operators would cover, (n,).
        usd: Money, US$, (n,).
        unit_cost: Cost of the first person covered times the population, US$, (n,).
        eta: Exponent of remoteness, (n,).
        cap: Satellite terminals instead for all, US$, (n,).
    """
    reached = coverages_bought(mobile, usd, unit_cost, eta, cap)
    for i in range(reached.size):
        before = max(mobile[i], frontier[i])
        mobile[i] = reached[i]
        narrowband[i] = max(narrowband[i], reached[i])
        subsidised[i] += max(0.0, reached[i] - before)


@njit(cache=True, nogil=True, inline="always")
def given(usd_m: Array, i: int) -> float:
    """What a country is given, US$ million; nothing where no lever gives."""
    return usd_m[i] if usd_m.size else 0.0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def rural(
    at: Networks,
    usd_m: Array,
    terms: Earnings,
    costs: Costs,
    terminal: Terminal,
    p: Works,
    dt: float,
) -> None:
    """Rural money pays upkeep first and builds with the rest; what upkeep lacks decays."""
    mobile, frontier, subsidised = at.mobile, at.frontier, at.subsidised
    population, remoteness, kept_up = at.population, at.remoteness, at.upkeep
    five_g, narrowband = at.five_g, at.narrowband
    n, any_subsidised = mobile.size, False
    for i in range(n):  # operators take over what they would have built
        beyond = max(0.0, mobile[i] - frontier[i])
        subsidised[i] = min(subsidised[i], beyond)
        any_subsidised |= subsidised[i] != 0
    if usd_m.size == 0 and not any_subsidised:
        return
    lost, due, cap = upkeep_owed(at, terms, costs, terminal, p.operation)
    left, first = np.zeros(n), np.empty(n)
    for i in range(n):
        usd = given(usd_m, i) * 1e6
        owed = due[i] * dt
        paid = min(usd, owed)
        kept_up[i] = paid / owed if owed > 0 else 1.0
        decay(
            mobile, subsidised, five_g, i, lost[i] * (1 - np.exp(-p.decay * (1 - kept_up[i]) * dt))
        )
        left[i] = p.delivery * (usd - paid)
        first[i] = costs.mobile * population[i]
    build(
        mobile, narrowband, subsidised, frontier, left, first, remoteness, cap
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def satellites(at: Networks, usd_m: Array, terminal: Terminal, p: Works, dt: float) -> None:
    """Terminals connect the last places for the years paid; masts that come later replace none."""
    satellite, allowed, mobile = at.satellite, at.allowed, at.mobile
    population = at.population
    over = np.exp(-dt / terminal.years)
    for i in range(satellite.size):
        satellite[i] *= over
        if usd_m.size:
            usd = terminal.usd if allowed[i] else np.inf
            people = p.delivery * usd_m[i] * 1e6 / usd
            last = max((1 - mobile[i]) * population[i], 1.0)
            satellite[i] = min(1.0, satellite[i] + people / last)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def others(at: Networks, money: Delivered, costs: Costs, p: Works) -> None:
    """5G, backbones, international routes, data centres and electricity that is paid for."""
    population, five_g, remoteness = at.population, at.five_g, at.remoteness
    mobile, backbone, routes = at.mobile, at.backbone, at.routes
    data_centres, electricity = at.data_centres, at.electricity
    n = population.size
    if money.five_g.size:
        usd, first, cap = np.empty(n), np.empty(n), np.empty(n)
        for i in range(n):
            usd[i] = money.five_g[i] * 1e6
            first[i], cap[i] = costs.five_g * population[i], np.inf
        reached = coverages_bought(five_g, usd, first, remoteness, cap)
        for i in range(n):
            five_g[i] = min(reached[i], mobile[i])
    for i in range(n if money.fibre_backbone.size else 0):
        share = money.fibre_backbone[i] * 1e6 / (p.backbone_cost * population[i])
        backbone[i] = min(1.0, backbone[i] + share)
    for i in range(n if money.submarine_cables.size else 0):
        routes[i] += money.submarine_cables[i] * 1e6 / p.route_cost
    for i in range(n if money.data_centres.size else 0):
        watts = money.data_centres[i] * 1e6 / p.data_centre_cost
        data_centres[i] += watts / population[i]
    for i in range(n if money.electricity.size else 0):
        share = money.electricity[i] * 1e6 / (p.electricity_cost * population[i])
        electricity[i] = min(1.0, electricity[i] + share)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def tie(vendors: Array, capital: Array, usd: Array, share: float, hub: int) -> None:
    """Buy for `usd`, in the `share` that is tied, from vendors at home in `hub`.

    Args:
        vendors: Share of network capital by the vendor's jurisdiction, (n, jurisdictions).
        capital: Network capital before, US$, (n,).
        usd: What is bought, US$, (n,).
        share: Share that is tied.
        hub: Column of the funder's jurisdiction.
    """
    for i in range(usd.size):
        new = share * usd[i] / (capital[i] + usd[i])
        for j in range(vendors.shape[1]):
            vendors[i, j] += new * ((1.0 if j == hub else 0.0) - vendors[i, j])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def buy_from_vendors(at: Networks, money: Delivered, costs: Costs, share: float, hub: int) -> None:
    """The vendors' shares move by the network equipment that public money buys."""
    usd = np.empty(at.population.size)
    for i in range(usd.size):
        usd_m = given(money.rural_coverage, i) + given(money.five_g, i)
        usd_m += given(money.fibre_backbone, i) + given(money.submarine_cables, i)
        usd_m += given(money.data_centres, i) + given(money.smart_city, i)
        usd[i] = usd_m * 1e6
    before = capitals(at.population, at.mobile, at.five_g, costs)
    tie(at.vendors, before, usd, share, hub)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def serve_debt(at: Networks, costs: Costs, p: Works, dt: float) -> None:
    """Debt grows by interest and shrinks by service; service beyond revenue leaves upkeep unpaid.

    Network revenue is `revenue_share` of GDP; upkeep is `operation` times the capital at cost.
    """
    population, mobile, five_g = at.population, at.mobile, at.five_g
    debt, income, price_level = at.debt, at.income, at.price_level
    arrears, frontier, urban = at.arrears, at.frontier, at.urban
    subsidised = at.subsidised
    usd = capitals(population, mobile, five_g, costs)
    for i in range(debt.size):
        gdp = income[i] * price_level[i] * population[i]
        service = debt[i] * (p.interest + 1 / p.tenor)
        cost = p.operation * usd[i]
        short = service + cost - p.revenue_share * gdp
        # Only service crowds upkeep out: a gap that exists without debt is in the frontier already.
        arrears[i] = min(max(min(short, service) / cost, 0.0), 1.0)
        debt[i] += (p.interest * debt[i] - service) * dt
        # Operators keep up what pays; what lies beyond their frontier is at risk.
        beyond = max(0.0, mobile[i] - max(frontier[i], urban[i]))
        decay(mobile, subsidised, five_g, i, beyond * (1 - np.exp(-p.decay * arrears[i] * dt)))


@njit(cache=True, nogil=True, error_model="numpy")
def public_money(
    at: Networks,
    money: Delivered,
    terms: Earnings,
    costs: Costs,
    terminal: Terminal,
    p: Works,
    hub: int,
    dt: float,
) -> None:
    """One step of what public money builds and keeps up, and of the debt that it leaves.

    Args:
        at: The networks, which change in place.
        money: What arrives.
        terms: What a covered person brings in.
        costs: Unit costs of networks.
        terminal: A satellite terminal.
        p: Parameters.
        hub: Code of the jurisdiction of the hub.
        dt: Length of the step, years.
    """
    rural(at, money.rural_coverage, terms, costs, terminal, p, dt)
    if money.satellite_connection.size or at.satellite.any():
        satellites(at, money.satellite_connection, terminal, p, dt)
    others(at, money, costs, p)
    bought = (
        money.rural_coverage.size + money.five_g.size + money.fibre_backbone.size
        + money.submarine_cables.size + money.data_centres.size + money.smart_city.size
    )  # fmt: skip
    if bought:
        buy_from_vendors(at, money, costs, p.tied_share, hub)
    if at.debt.any():
        serve_debt(at, costs, p, dt)
