"""Digital payments: people open accounts where merchants accept them, and the reverse.

Each cell's share of account holders moves toward a target whose log odds have shifted from their
starting value by what has changed since: acceptance, internet use, wallets, interoperability,
trust, and a push (two-sided markets after Rochet and Tirole 2003; form and sizes assumed unless
the parameter says otherwise). The merchants' side is the firms': see `firms.py`.

The push stands for what opens accounts everywhere and is not in the model: agents, basic accounts,
wages and benefits paid into them. It fades: those who are easy to serve come first. People were
under way before the run began, so the target leads at the start by what the push moves it while
they follow.

Use is how much holders pay: it falls with a levy on payments, from which it returns as people get
used to it, and follows interoperability. It is measured beside accounts and moves nothing else.
"""

from functools import lru_cache
from math import exp, expm1
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.cells import CELLS
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.run import Run, raised
from divide.model.world import World

Array = NDArray[np.float64]


#: Year of the first round of the survey, from which on the push fades.
FIRST_ROUND = 2011


def push(year: float, fading: float) -> float:
    """Years' worth of undiminished push from the first round of the survey to the end of `year`."""
    since = year - FIRST_ROUND
    return -expm1(-fading * since) / fading if fading * since > 0 else since


def push_now(year: float, fading: float) -> float:
    """Strength of the push at the end of `year`, 1 up to the first round of the survey."""
    return exp(-fading * max(year - FIRST_ROUND, 0.0))


class Terms(NamedTuple):
    """Parameters of account holding; see `parameters/payments.yaml`."""

    from_merchants: float
    from_wallets: float
    from_interoperability: float
    from_trust: float
    from_internet: float
    trend: float
    speed: float
    levy_fading: float


def drawn(
    merchants: Array, wallets: Array, linked: Array, trust: Array, pushed: float, p: Terms
) -> Array:
    """What draws all people of a country to digital payment, in log odds, same shape as given.

    Args:
        merchants: Firms that accept digital payment, share.
        wallets: Strength of the mobile-wallet programme, 0-1.
        linked: Interoperability of domestic rails, 0-1.
        trust: Trust of buyers, 0-1.
        pushed: Years' worth of the push so far (see `push`).
        p: Parameters.
    """
    return (
        p.from_merchants * merchants
        + p.from_wallets * wallets
        + p.from_interoperability * linked
        + p.from_trust * trust
        + p.trend * pushed
    )


def drivers(m: Run) -> Array:
    """What draws people to digital payment, in log odds, (n, cells)."""
    c, p = m.state.countries, m.values.payments.pick(Terms)
    pushed = push(m.plan.start + m.state.elapsed, m.values.payments.trend_fading)
    national = drawn(c.acceptance, c.wallet_support, c.interoperability, c.trust, pushed, p)
    return national[:, None] + p.from_internet * c.online


_drawn = njit(inline="always")(drawn)
_raised = njit(inline="always")(raised)


@njit(cache=True, nogil=True, error_model="numpy")
def open_accounts(
    accounts: Array,
    usual_relief: Array,
    wallet_support: Array,
    interoperability: Array,
    bridge: Array,
    wallets_at_first: Array,
    linked_at_first: Array,
    bridge_at_first: Array,
    for_wallets: Array,
    for_links: Array,
    for_bridge: Array,
    relief: Array,
    acceptance: Array,
    trust: Array,
    online: Array,
    drivers_at_start: Array,
    odds_at_start: Array,
    pushed: float,
    pushed_now: float,
    p: Terms,
    dt: float,
) -> None:
    """One step: programmes act, accounts move toward their target; changes the first five.

    Args:
        accounts: Share of adults with an account, (n, cells).
        usual_relief: Relief that people have got used to, (n,), like all before `online`.
        wallet_support: Strength of the mobile-wallet programme, 0-1.
        interoperability: Interoperability of domestic rails, 0-1.
        bridge: Membership of the payment corridor, 0-1.
        wallets_at_first: Wallet support without a policy.
        linked_at_first: Interoperability without a policy.
        bridge_at_first: Membership without a policy.
        for_wallets: Degree of the programme for wallets.
        for_links: Degree of the programme for interoperability.
        for_bridge: Degree of the programme for the corridor.
        relief: Relief on digital payments in this step.
        acceptance: Firms that accept digital payment, share.
        trust: Trust of buyers, 0-1.
        online: Share online, (n, cells).
        drivers_at_start: What `drivers` gave at the start, (n, cells).
        odds_at_start: Odds of account holding at the start, (n, cells).
        pushed: Years' worth of the push so far.
        pushed_now: Strength of the push at the start of the run.
        p: Parameters.
        dt: Length of the step, years.
    """
    n = relief.size
    lead = p.trend * pushed_now / p.speed
    follow, habit = 1 - np.exp(-p.speed * dt), 1 - np.exp(-p.levy_fading * dt)
    # A loop over all cells at once is several times faster than one inside another.
    held, first, shift = accounts.reshape(-1), odds_at_start.reshape(-1), np.empty(n * CELLS)
    drawn_by, drawn_before = online.reshape(-1), drivers_at_start.reshape(-1)
    for i in range(n):
        wallet_support[i] = _raised(wallets_at_first[i], for_wallets[i])
        interoperability[i] = _raised(linked_at_first[i], for_links[i])
        bridge[i] = _raised(bridge_at_first[i], for_bridge[i])
        usual_relief[i] += habit * (relief[i] - usual_relief[i])
        here = lead + _drawn(
            acceptance[i], wallet_support[i], interoperability[i], trust[i], pushed, p
        )
        for j in range(i * CELLS, (i + 1) * CELLS):
            shift[j] = here
    for j in range(shift.size):
        shift[j] += p.from_internet * drawn_by[j] - drawn_before[j]
    vector.exp(shift)
    for j in range(shift.size):
        odds = first[j] * shift[j]
        held[j] += follow * (odds / (1 + odds) - held[j])


def step(m: Run) -> None:
    """Programmes act; account holding moves toward its target."""
    c, p, s = m.state.countries, m.values.payments, m.state
    base, degree, nothing = s.base, s.policy.delivered.get, np.zeros(m.n)
    c.payment_relief = m.in_force("payment_relief")
    start, fading = m.plan.start, p.trend_fading
    open_accounts(
        c.accounts, c.usual_relief, c.wallet_support, c.interoperability, c.bridge,
        base["wallet_support"], base["interoperability"], base["bridge"],
        degree("mobile_wallet", nothing), degree("payment_interoperability", nothing),
        degree("cbdc_corridor", nothing), c.payment_relief, c.acceptance, c.trust, c.online,
        s.payment_drivers, s.account_odds,
        push(start + s.elapsed, fading), push_now(start, fading), p.pick(Terms), m.dt,
    )  # fmt: skip


@lru_cache(maxsize=64)
def wallets_at_start(world: World, lean: float) -> tuple[Array, Array, Array]:
    """Share of adults with an account, with a wallet, and of wallets among new accounts, (n,)."""
    start = world.values
    held = np.clip(start["accounts"], 1e-4, 1 - 1e-4)
    wallets = np.minimum(np.clip(start["mobile_money"], 0, 1), held)
    lean = np.exp(lean)
    of_new = lean * wallets / (held + (lean - 1) * wallets)
    return frozen(held), frozen(wallets), frozen(of_new)


def wallet_holders(m: Run, accounts: Array) -> Array:
    """Share of adults who hold a mobile wallet where so many hold an account, (n,) each.

    Of the accounts opened since the start, the share that are wallets follows the mix at the
    start, leaning toward wallets by `wallet_lean` in log odds.
    """
    held, wallets, of_new = wallets_at_start(m.world, m.values.payments.wallet_lean)
    return np.maximum(wallets + of_new * (accounts - held), 0.0)


def use(m: Run, accounts: Array | None = None) -> Array:
    """Digital payments of an adult over those of a holder at the start, (n,).

    Args:
        m: The run.
        accounts: Share of adults with an account, (n,), where it is known already.
    """
    c, p = m.state.countries, m.values.payments
    felt = p.levy_response * (c.payment_relief - c.usual_relief)
    linked = p.use_from_interoperability * (c.interoperability - m.state.base["interoperability"])
    held = m.national(c.accounts) if accounts is None else accounts
    return held * np.exp(felt + linked)


def value(m: Run) -> Array:
    """Domestic digital payments, US$ a year, (n,)."""
    return m.values.payments.turnover * use(m) * m.gdp_usd()
