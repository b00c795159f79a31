"""Random steps of a predictive draw: what the model does not explain, drawn as the past had it.

A draw is a number above 0 (`Scenario.draw`). Its steps are keyed by the draw, the year and the
country, not by the seed or the policy: two policies on the same draw meet the same future, and the
number of steps a year changes nothing. Draws 2k - 1 and 2k are mirror images of each other
(antithetic), so that means over few draws are steady.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.streams import key, uniforms

Array = NDArray[np.float64]

#: Degrees of freedom of steps with heavy tails (Student's t); its variance is 5/3.
FREEDOM = 5


def _uniforms(draw: int, stream: str, year: int, ids: NDArray[np.int64]) -> Array:
    pair = (draw + 1) // 2
    found = np.clip(uniforms(key(pair, f"predictive {stream}", year), ids), 1e-9, 1 - 1e-9)
    return found if draw % 2 else 1 - found


def between(draw: int, stream: str, ids: NDArray[np.int64]) -> Array:
    """Numbers from 0 to 1, each as likely as any other, (n,)."""
    return _uniforms(draw, stream, 0, ids)


def heavy(draw: int, stream: str, year: int, ids: NDArray[np.int64], sd: float) -> Array:
    """Student's t of 5 degrees of freedom scaled to `sd`, one for each of `ids`, (n,)."""
    from scipy.special import stdtrit  # only predictive draws wait for it

    t = stdtrit(FREEDOM, _uniforms(draw, stream, year, ids))
    return sd * t / np.sqrt(FREEDOM / (FREEDOM - 2))


def country_steps(draw: int, year: int, ids: NDArray[np.int64], sd: float) -> Array:
    """Step of each country effect in a year counted from the start, ln odds, (n,)."""
    return heavy(draw, "effect", year, ids, sd)


def common_step(draw: int, year: int, sd: float) -> float:
    """Step of the common trend in a year counted from the start, ln odds."""
    return float(sd * normal(draw, "trend", year, np.zeros(1, dtype=np.int64))[0])


def normal(draw: int, stream: str, year: int, ids: NDArray[np.int64]) -> Array:
    """Standard normal numbers, one for each of `ids`, (n,)."""
    from scipy.special import ndtri

    return ndtri(_uniforms(draw, stream, year, ids))


def centred(sd: float, normals: Array) -> Array:
    """Log-normal factors of mean 1 and spread `sd` in logs, same shape as `normals`."""
    return np.exp(sd * normals - sd**2 / 2)


def rise_factor(draw: int, ids: NDArray[np.int64], sd: float) -> Array:
    """Factor of the expected rise at the start, of mean 1, (n,)."""
    return centred(sd, normal(draw, "rise", 0, ids))


def observation_error(draw: int, year: int, ids: NDArray[np.int64], sd: float) -> Array:
    """Error of an observed share, ln odds, (n,); year 0 is the start."""
    return heavy(draw, "observation", year, ids, sd)
