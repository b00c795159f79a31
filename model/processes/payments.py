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

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.frozen import frozen
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]


#: Year of the first round of the survey, from which on the push fades.
FIRST_ROUND = 2011


def push(year: float, fading: float) -> float:
    """Years' worth of undiminished push from the first round of the survey to the end of `year`."""
    since = year - FIRST_ROUND
    return float(-np.expm1(-fading * since) / fading) if fading * since > 0 else since


def push_now(year: float, fading: float) -> float:
    """Strength of the push at the end of `year`, 1 up to the first round of the survey."""
    return float(np.exp(-fading * max(year - FIRST_ROUND, 0.0)))


def drivers(m: Run) -> Array:
    """What draws people to digital payment, in log odds, (n, cells)."""
    c, p = m.state.countries, m.values.payments
    national = (
        p.from_merchants * c.acceptance
        + p.from_wallets * c.wallet_support
        + p.from_interoperability * c.interoperability
        + p.from_trust * c.trust
        + p.trend * push(m.plan.start + m.state.elapsed, p.trend_fading)
    )
    return national[:, None] + p.from_internet * c.online


def step(m: Run) -> None:
    """Programmes act; account holding moves toward its target."""
    c, p, dt = m.state.countries, m.values.payments, m.dt
    c.wallet_support = m.programme("wallet_support", "mobile_wallet")
    c.interoperability = m.programme("interoperability", "payment_interoperability")
    c.bridge = m.programme("bridge", "cbdc_corridor")
    c.payment_relief = m.in_force("payment_relief")
    c.usual_relief = c.usual_relief + (1 - np.exp(-p.levy_fading * dt)) * (
        c.payment_relief - c.usual_relief
    )
    lead = p.trend * push_now(m.plan.start, p.trend_fading) / p.speed
    shift = np.exp(lead + drivers(m) - m.state.payment_drivers)
    odds = m.state.account_odds * shift
    target = odds / (1 + odds)
    c.accounts = c.accounts + (1 - np.exp(-p.speed * dt)) * (target - c.accounts)


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
