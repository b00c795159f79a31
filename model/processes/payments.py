"""Digital payments: people open accounts where merchants accept them, and the reverse.

Each cell's share of account holders moves toward a target whose log odds have shifted from their
starting value by what has changed since: acceptance, internet use, wallets, interoperability,
trust, and a trend (two-sided markets after Rochet and Tirole 2003; form and sizes assumed unless
the parameter says otherwise). The merchants' side is the firms': see `firms.py`.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]


def drivers(m: "DigitalDivideModel") -> Array:
    """What draws people to digital payment, in log odds, (n, 10)."""
    c, p = m.state.countries, m.values.payments
    national = (
        p.from_merchants * c.acceptance
        + p.from_wallets * c.wallet_support
        + p.from_interoperability * c.interoperability
        + p.from_trust * c.trust
        + p.trend * m.state.elapsed
    )
    return national[:, None] + p.from_internet * c.online


def step(m: "DigitalDivideModel") -> None:
    """Programmes act; account holding moves toward its target."""
    c, p, dt = m.state.countries, m.values.payments, m.dt
    c.wallet_support = m.programme("wallet_support", "mobile_wallet")
    c.interoperability = m.programme("interoperability", "payment_interoperability")
    c.bridge = m.programme("bridge", "cbdc_corridor")
    shift = np.exp(drivers(m) - m.state.payment_drivers)
    odds = m.state.account_odds * shift
    target = odds / (1 + odds)
    c.accounts = c.accounts + (1 - np.exp(-p.speed * dt)) * (target - c.accounts)
