"""What runs in many worlds say of a policy: one number an aim, and which policies are beaten."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from divide.experiments.optimise.question import Aim

Array = NDArray[np.float64]
DECILE = 0.1


def figures(aims: Sequence[Aim], outcomes: dict[str, Array], beside: dict[str, Array]) -> Array:
    """The figure of each aim for each policy, in the outcome's unit, (policies, aims).

    Args:
        aims: What is aimed at.
        outcomes: Outcome at the end by name, (policies, worlds).
        beside: The same of the policies that regret is measured against, in the same worlds.
    """
    return np.column_stack(
        [_figure(aim, outcomes[aim.outcome], beside[aim.outcome]) for aim in aims]
    )


def _figure(aim: Aim, ends: Array, beside: Array) -> Array:
    """One aim, (policies,)."""
    sign = 1.0 if aim.better == "lower" else -1.0
    loss = sign * ends
    if aim.of == "mean":
        return ends.mean(axis=1)
    if aim.of == "worst_decile":
        worst = max(1, round(DECILE * ends.shape[1]))
        found: Array = sign * np.sort(loss, axis=1)[:, -worst:].mean(axis=1)
        return found
    regret: Array = (loss - (sign * beside).min(axis=0)).max(axis=1)
    return regret


def losses(aims: Sequence[Aim], found: Array) -> Array:
    """The figures with their signs so turned that less is better, (policies, aims)."""
    turned = [1.0 if aim.of == "regret" or aim.better == "lower" else -1.0 for aim in aims]
    made: Array = found * np.array(turned)
    return made


def unbeaten(loss: Array) -> NDArray[np.int64]:
    """Rows that no other row beats in one aim and equals or beats in all, in order.

    Of equal rows the first stays.
    """
    no_worse = (loss[:, None, :] <= loss[None, :, :]).all(axis=2)
    better = (loss[:, None, :] < loss[None, :, :]).any(axis=2)
    beaten = (no_worse & better).any(axis=0)
    equal = no_worse & no_worse.T
    earlier = np.triu(equal, 1).any(axis=0)
    return np.flatnonzero(~beaten & ~earlier)


def hypervolume(loss: Array, best: Array, worst: Array) -> float:
    """Share of the box between the best and the worst of each aim that the rows beat.

    The box is fixed by the caller, so that the share of a growing set never falls. Kept by pymoo.
    """
    from pymoo.indicators.hv import HV

    span = np.where(worst > best, worst - best, 1.0)
    scaled = (loss - best) / span
    return float(HV(ref_point=np.ones(loss.shape[1]))(np.maximum(scaled, 0.0)))
