"""What is believed of a parameter before any fit: a distribution, truncated to its bounds.

Declared under `prior`; without it a parameter is uniform between its bounds. NumPy and SciPy are
loaded when numbers are asked for, so that what only lists parameters does without.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from divide.model.declare.checks import check_mapping, check_number, unknown
from divide.model.declare.errors import InputError, inside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    type Array = NDArray[np.float64]

#: The ends of a declared range hold 90 % between them.
LOW, HIGH = 0.05, 0.95
_Z = NormalDist().inv_cdf(HIGH)
#: Points by which a standard deviation is worked out.
_POINTS = 100_000


@dataclass(frozen=True)
class Prior(ABC):
    """A distribution, truncated to `bounds` (least and greatest value, in the parameter's unit)."""

    bounds: tuple[float, float]

    @abstractmethod
    def describe(self) -> str:
        """The distribution in words, without its bounds."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any] | None:
        """What is declared under `prior`; None where nothing is."""

    @abstractmethod
    def _quantile(self, u: "Array") -> "Array":
        """The quantile function before truncation."""

    @abstractmethod
    def _probability(self, x: "Array") -> "Array":
        """The distribution function before truncation."""

    def ppf(self, u: "ArrayLike") -> "Array":
        """Values below which shares `u`, 0 to 1, of the prior lie; same shape as `u`."""
        import numpy as np

        low, high = self._probability(np.array(self.bounds))
        # The ends are met exactly, whatever the rounding between them.
        return np.clip(self._quantile(low + np.asarray(u) * (high - low)), *self.bounds)

    def cdf(self, x: "ArrayLike") -> "Array":
        """Share of the prior at or below `x`, from 0 to 1; same shape as `x`."""
        import numpy as np

        low, high = self._probability(np.array(self.bounds))
        inside = np.clip(np.asarray(x, dtype=float), *self.bounds)
        return np.where(
            np.asarray(x) < self.bounds[0], 0.0, (self._probability(inside) - low) / (high - low)
        )

    @cached_property
    def sd(self) -> float:
        """Standard deviation, in the parameter's unit."""
        import numpy as np

        return float(self.ppf((np.arange(_POINTS) + 0.5) / _POINTS).std())

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The middle 90 %, in the parameter's unit."""
        low, high = self.ppf([LOW, HIGH]).tolist()
        return low, high


@dataclass(frozen=True)
class Uniform(Prior):
    """Every value between the bounds alike."""

    def describe(self) -> str:
        """As `Prior.describe`."""
        return "uniform"

    def as_dict(self) -> None:
        """As `Prior.as_dict`."""

    def ppf(self, u: "ArrayLike") -> "Array":
        """As `Prior.ppf`; a constant, whose bounds are one, has a quantile too."""
        import numpy as np

        return np.clip(self._quantile(np.asarray(u)), *self.bounds)

    def _quantile(self, u: "Array") -> "Array":
        low, high = self.bounds
        return low + u * (high - low)

    def _probability(self, x: "Array") -> "Array":
        low, high = self.bounds
        return (x - low) / (high - low)

    @cached_property
    def sd(self) -> float:
        """Standard deviation, in the parameter's unit."""
        low, high = self.bounds
        return (high - low) / sqrt(12)


@dataclass(frozen=True)
class LogNormal(Prior):
    """Log-normal on either side of its median, so that the 5 and 95 % quantiles both hold."""

    median: float
    low: float
    high: float

    def describe(self) -> str:
        """As `Prior.describe`."""
        return f"log-normal, median {self.median:g}, 90 % {self.low:g} to {self.high:g}"

    def as_dict(self) -> dict[str, Any]:
        """As `Prior.as_dict`."""
        return {"lognormal": {"median": self.median, "low": self.low, "high": self.high}}

    @property
    def _widths(self) -> tuple[float, float]:
        """Standard deviation of the logarithm below and above the median."""
        return log(self.median / self.low) / _Z, log(self.high / self.median) / _Z

    def _quantile(self, u: "Array") -> "Array":
        import numpy as np
        from scipy.special import ndtri

        below, above = self._widths
        z = ndtri(u)
        return self.median * np.exp(z * np.where(z < 0, below, above))

    def _probability(self, x: "Array") -> "Array":
        import numpy as np
        from scipy.special import ndtr

        below, above = self._widths
        positive = x > 0
        distance = np.log(np.where(positive, x, 1.0) / self.median)
        return np.where(positive, ndtr(distance / np.where(distance < 0, below, above)), 0.0)


@dataclass(frozen=True)
class Normal(Prior):
    """Normal."""

    mean: float
    width: float

    def describe(self) -> str:
        """As `Prior.describe`."""
        return f"normal, mean {self.mean:g}, sd {self.width:g}"

    def as_dict(self) -> dict[str, Any]:
        """As `Prior.as_dict`."""
        return {"normal": {"mean": self.mean, "sd": self.width}}

    def _quantile(self, u: "Array") -> "Array":
        from scipy.special import ndtri

        return self.mean + self.width * ndtri(u)

    def _probability(self, x: "Array") -> "Array":
        from scipy.special import ndtr

        return ndtr((x - self.mean) / self.width)


@dataclass(frozen=True)
class Beta(Prior):
    """Beta on 0 to 1 with a given mean, as wide as puts 90 % between `low` and `high`."""

    mean: float
    low: float
    high: float

    def describe(self) -> str:
        """As `Prior.describe`."""
        return f"beta, mean {self.mean:g}, 90 % {self.low:g} to {self.high:g}"

    def as_dict(self) -> dict[str, Any]:
        """As `Prior.as_dict`."""
        return {"beta": {"mean": self.mean, "low": self.low, "high": self.high}}

    @cached_property
    def _shape(self) -> tuple[float, float]:
        """The two parameters of the distribution."""
        from scipy.optimize import brentq
        from scipy.special import betainc

        def shape(size: float) -> tuple[float, float]:
            return self.mean * exp(size), (1 - self.mean) * exp(size)

        def excess(size: float) -> float:
            a, b = shape(size)
            return float(betainc(a, b, self.high) - betainc(a, b, self.low)) - (HIGH - LOW)

        return shape(brentq(excess, log(1e-3), log(1e9)))

    def _quantile(self, u: "Array") -> "Array":
        from scipy.special import betaincinv

        return betaincinv(*self._shape, u)

    def _probability(self, x: "Array") -> "Array":
        from scipy.special import betainc

        return betainc(*self._shape, x)


@dataclass(frozen=True)
class Spike(Prior):
    """Zero with some probability, and otherwise as `rest`, which lies above zero."""

    zero: float
    rest: Prior

    def describe(self) -> str:
        """As `Prior.describe`."""
        return f"{100 * self.zero:g} % at 0, else {self.rest.describe()}"

    def as_dict(self) -> dict[str, Any]:
        """As `Prior.as_dict`."""
        return {"spike": {"zero": self.zero, "else": self.rest.as_dict()}}

    def _quantile(self, u: "Array") -> "Array":
        import numpy as np

        above = np.clip((u - self.zero) / (1 - self.zero), 0.0, 1.0)
        return np.where(u <= self.zero, 0.0, self.rest.ppf(above))

    def _probability(self, x: "Array") -> "Array":
        import numpy as np

        return np.where(x < 0, 0.0, self.zero + (1 - self.zero) * self.rest.cdf(x))

    def ppf(self, u: "ArrayLike") -> "Array":
        """As `Prior.ppf`; `rest` is truncated already, and so is zero."""
        import numpy as np

        return self._quantile(np.asarray(u, dtype=float))

    def cdf(self, x: "ArrayLike") -> "Array":
        """As `Prior.cdf`; at zero it holds all that lies there."""
        import numpy as np

        return self._probability(np.asarray(x, dtype=float))


def read_prior(declared: object, bounds: tuple[float, float], unit: str = "") -> Prior:
    """The prior that is declared under `prior`, uniform where nothing is.

    Args:
        declared: {lognormal: {median, low, high}}, {normal: {mean, sd}}, {beta: {mean, low, high}},
            {spike: {zero, else: another of these above zero}}, or None.
        bounds: Least and greatest value of the parameter.
        unit: Its unit, for errors.

    Raises:
        InputError: Another shape, a number is missing or not allowed, or the stated range does not
            lie inside the bounds.
    """
    if declared is None:
        return Uniform(bounds)
    with inside("prior"):
        return _read(declared, bounds, unit, _KINDS)


def _read(
    declared: object, bounds: tuple[float, float], unit: str, kinds: Mapping[str, "_Reader"]
) -> Prior:
    given = check_mapping(declared, "the name of a distribution to its numbers")
    if len(given) != 1:
        raise InputError(f"holds {len(given)} distributions; must be one of {', '.join(kinds)}")
    ((kind, numbers),) = given.items()
    if kind not in kinds:
        raise InputError(unknown("distribution", str(kind)[:80], kinds))
    with inside(kind):
        return kinds[kind](check_mapping(numbers, "names to numbers"), bounds, unit)


def _only(numbers: Mapping[str, Any], *names: str) -> None:
    """Raise InputError unless exactly these keys are given."""
    for name in names:
        if name not in numbers:
            raise InputError(f"{name} is missing; allowed: {', '.join(names)}")
    for name in numbers:
        if name not in names:
            raise InputError(unknown("key", str(name)[:80], dict.fromkeys(names)))


def _range(
    numbers: Mapping[str, Any], middle: str, bounds: tuple[float, float], unit: str
) -> tuple[float, float, float]:
    """The middle, the 5 % and the 95 % quantile, in order and inside the bounds."""
    _only(numbers, middle, "low", "high")
    centre, low, high = (
        check_number(numbers[key], bounds, unit, key) for key in (middle, "low", "high")
    )
    if not low < centre < high:
        raise InputError(f"low {low:g}, {middle} {centre:g}, high {high:g}: must rise")
    return centre, low, high


def _lognormal(numbers: Mapping[str, Any], bounds: tuple[float, float], unit: str) -> Prior:
    median, low, high = _range(numbers, "median", bounds, unit)
    if low <= 0:
        raise InputError(f"{low:g}; a log-normal lies above 0", ("low",))
    return LogNormal(bounds, median, low, high)


def _normal(numbers: Mapping[str, Any], bounds: tuple[float, float], unit: str) -> Prior:
    _only(numbers, "mean", "sd")
    mean = check_number(numbers["mean"], bounds, unit, "mean")
    sd = check_number(numbers["sd"], (0.0, 1e300), unit, "sd")
    if sd == 0:
        raise InputError("0; must be above 0", ("sd",))
    return Normal(bounds, mean, sd)


def _beta(numbers: Mapping[str, Any], bounds: tuple[float, float], unit: str) -> Prior:
    if bounds[0] < 0 or bounds[1] > 1:
        raise InputError(f"lies between 0 and 1; the bounds are {bounds[0]:g} to {bounds[1]:g}")
    mean, low, high = _range(numbers, "mean", bounds, unit)
    if low == 0 or high == 1:
        raise InputError(f"{low:g} to {high:g} leaves nothing beyond; must lie between 0 and 1")
    return Beta(bounds, mean, low, high)


def _spike(numbers: Mapping[str, Any], bounds: tuple[float, float], unit: str) -> Prior:
    _only(numbers, "zero", "else")
    zero = check_number(numbers["zero"], (0.0, 1.0), "share of the prior", "zero")
    if zero in (0.0, 1.0):
        raise InputError(f"{zero:g}; must lie between 0 and 1", ("zero",))
    if not bounds[0] <= 0 < bounds[1]:
        raise InputError(f"0 does not lie inside the bounds {bounds[0]:g} to {bounds[1]:g}")
    above = {kind: _KINDS[kind] for kind in ("lognormal", "beta")}
    with inside("else"):
        return Spike(bounds, zero, _read(numbers["else"], (0.0, bounds[1]), unit, above))


type _Reader = Callable[[Mapping[str, Any], tuple[float, float], str], Prior]
_KINDS: dict[str, _Reader] = {
    "lognormal": _lognormal,
    "normal": _normal,
    "beta": _beta,
    "spike": _spike,
}
