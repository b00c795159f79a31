"""Priors: what is declared is what is drawn, and what cannot be meant is refused with its place."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from divide.model.declare.errors import InputError
from divide.model.declare.parameters import Parameter, parameters, read_parameters
from divide.model.declare.priors import Prior, Uniform, read_prior

LOGNORMAL = {"lognormal": {"median": 0.25, "low": 0.08, "high": 0.6}}
NORMAL = {"normal": {"mean": 0.2, "sd": 0.3}}
BETA = {"beta": {"mean": 0.62, "low": 0.42, "high": 0.82}}
SPIKE = {"spike": {"zero": 0.25, "else": {"lognormal": {"median": 0.1, "low": 0.02, "high": 0.5}}}}
#: Declaration and bounds so wide that they cut off next to nothing.
WIDE: dict[str, tuple[dict[str, Any] | None, tuple[float, float]]] = {
    "uniform": (None, (-2.0, 3.0)),
    "lognormal": (LOGNORMAL, (0.0, 1e6)),
    "normal": (NORMAL, (-9.0, 9.0)),
    "beta": (BETA, (0.0, 1.0)),
    "spike": (SPIKE, (0.0, 1e6)),
}
U = np.linspace(0, 1, 1001)


def wide(kind: str) -> Prior:
    return read_prior(*WIDE[kind])


def test_a_lognormal_has_its_median_and_both_ends() -> None:
    assert wide("lognormal").ppf([0.05, 0.5, 0.95]) == pytest.approx([0.08, 0.25, 0.6])
    even = read_prior({"lognormal": {"median": 2, "low": 1, "high": 4}}, (0, 1e9))
    theirs = stats.lognorm(s=np.log(2) / stats.norm.ppf(0.95), scale=2)
    assert even.ppf(U[1:-1]) == pytest.approx(theirs.ppf(U[1:-1]))
    assert even.sd == pytest.approx(theirs.std(), rel=0.01)


def test_a_normal_is_that_of_scipy() -> None:
    assert wide("normal").ppf(U[1:-1]) == pytest.approx(stats.norm(0.2, 0.3).ppf(U[1:-1]))
    assert wide("normal").sd == pytest.approx(0.3, rel=1e-3)
    assert wide("normal").interval == pytest.approx(stats.norm(0.2, 0.3).interval(0.9))


def test_a_beta_has_its_mean_and_nine_tenths_in_its_range() -> None:
    prior = wide("beta")
    assert prior.cdf(0.82) - prior.cdf(0.42) == pytest.approx(0.9)
    middle = prior.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert middle.mean() == pytest.approx(0.62, abs=1e-4)
    found, _, _, _ = stats.beta.fit(middle, floc=0, fscale=1)
    size = found / 0.62
    assert prior.ppf(U) == pytest.approx(stats.beta(found, size - found).ppf(U), abs=1e-3)


def test_a_spike_is_zero_as_often_as_declared() -> None:
    prior, rest = wide("spike"), read_prior(SPIKE["spike"]["else"], (0, 1e6))
    drawn = prior.ppf(U)
    assert (drawn[U <= 0.25] == 0).all() and (drawn[U > 0.2501] > 0).all()
    assert prior.ppf(0.25 + 0.75 * U) == pytest.approx(rest.ppf(U))
    assert prior.cdf([-0.1, 0.0]).tolist() == [0.0, 0.25]


@pytest.mark.parametrize("kind", WIDE)
def test_sd_and_cdf_agree_with_draws(kind: str) -> None:
    prior = wide(kind)
    drawn = prior.ppf(np.random.default_rng(1).random(400_000))
    assert prior.sd == pytest.approx(drawn.std(), rel=0.02)
    places = np.quantile(drawn, [0.3, 0.6, 0.9])
    assert prior.cdf(places) == pytest.approx([0.3, 0.6, 0.9], abs=5e-3)


@pytest.mark.parametrize(
    ("declared", "bounds"),
    [(LOGNORMAL, (0.07, 0.7)), (NORMAL, (-0.1, 0.4)), (BETA, (0.4, 0.83)), (SPIKE, (0.0, 0.5))],
    ids=["lognormal", "normal", "beta", "spike"],
)
def test_bounds_cut_off_what_lies_beyond(declared: Any, bounds: tuple[float, float]) -> None:
    """A draw is one of the whole distribution, given that it lies inside."""
    prior, whole = read_prior(declared, bounds), wide(next(iter(declared)))
    assert prior.ppf([0, 1]) == pytest.approx(bounds)
    assert (np.diff(prior.ppf(U)) >= 0).all()
    drawn = whole.ppf(np.random.default_rng(2).random(400_000))
    if "spike" in declared:  # zero keeps its share; the rest is cut
        drawn, zero = drawn[drawn > 0], 0.25
    else:
        zero = 0.0
    within = drawn[(drawn >= bounds[0]) & (drawn <= bounds[1])]
    places = prior.ppf([0.3, 0.5, 0.9])
    found = [zero + (1 - zero) * (within <= place).mean() for place in places]
    assert found == pytest.approx([0.3, 0.5, 0.9], abs=5e-3)


@pytest.mark.parametrize("kind", WIDE)
def test_what_is_declared_is_told_and_reads_back(kind: str) -> None:
    declared, bounds = WIDE[kind]
    prior = wide(kind)
    assert prior.as_dict() == declared
    assert read_prior(prior.as_dict(), bounds) == prior
    assert pickle.loads(pickle.dumps(prior)) == prior


def test_a_prior_is_described_by_its_numbers() -> None:
    assert {kind: wide(kind).describe() for kind in WIDE} == {
        "uniform": "uniform",
        "lognormal": "log-normal, median 0.25, 90 % 0.08 to 0.6",
        "normal": "normal, mean 0.2, sd 0.3",
        "beta": "beta, mean 0.62, 90 % 0.42 to 0.82",
        "spike": "25 % at 0, else log-normal, median 0.1, 90 % 0.02 to 0.5",
    }


def test_a_constant_has_one_quantile() -> None:
    prior = read_prior(None, (3.0, 3.0))
    assert prior.ppf([0.0, 0.4, 1.0]).tolist() == [3.0, 3.0, 3.0]
    assert prior.sd == 0


ENTRY = "unit: share, bounds: [0, 1], source: assumed"
BAD = {
    "prior: uniform": (r"prior: .*'uniform'", "uncertainty"),
    "prior: {triangular: {low: 0}}": (r"prior: unknown distribution 'triangular'", "uncertainty"),
    "prior: {}": (r"prior: holds 0 distributions; .*lognormal, normal", "uncertainty"),
    "prior: {normal: {mean: 0.2}}": (r"prior\.normal: sd is missing", "uncertainty"),
    "prior: {normal: {mean: 2, sd: 1}}": (r"prior\.normal\.mean: 2 .*0 to 1 share", "uncertainty"),
    "prior: {normal: {mean: 0.2, sd: 0}}": (r"prior\.normal\.sd: 0", "uncertainty"),
    "prior: {normal: {mean: 0.2, sd: 1, low: 0}}": (r"normal: unknown key 'low'", "uncertainty"),
    "prior: {lognormal: {median: 0.2, low: 0.3, high: 0.4}}": (
        r"prior\.lognormal: low 0\.3, median 0\.2, high 0\.4: must rise",
        "uncertainty",
    ),
    "prior: {lognormal: {median: 0.2, low: 0, high: 0.4}}": (r"lognormal\.low: 0", "uncertainty"),
    "prior: {lognormal: {median: 0.2, low: 0.1, high: 1.4}}": (
        r"lognormal\.high: 1\.4 is out of range",
        "uncertainty",
    ),
    "prior: {beta: {mean: 0.6, low: 0, high: 0.9}}": (r"prior\.beta: 0 to 0\.9", "uncertainty"),
    "prior: {spike: {zero: 1, else: {normal: {mean: 0.5, sd: 1}}}}": (
        r"spike\.zero: 1",
        "uncertainty",
    ),
    "prior: {spike: {zero: 0.2, else: {normal: {mean: 0.5, sd: 1}}}}": (
        r"prior\.spike\.else: unknown distribution 'normal'",
        "uncertainty",
    ),
    "prior: {normal: {mean: 0.5, sd: 1}}": (r"prior: a constant has none", "constant"),
    "cut: true": (r"cut: only what is calibrated", "uncertainty"),
    "cut: 1": (r"cut: 1; allowed: true, false", "calibrated"),
    "prio: 1": (r"unknown key 'prio'; did you mean 'prior'", "calibrated"),
}


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_declaration_is_refused_with_file_line_and_key(text: str, tmp_path: Path) -> None:
    reason, role = BAD[text]
    path = tmp_path / "adoption.yaml"
    path.write_text(f"fine:\n  {{value: 0.5, role: {role}, {ENTRY}}}\nprice:\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"  {{value: 0.5, role: {role}, {ENTRY}, {text}}}\n")
    with pytest.raises(InputError, match=rf"adoption\.yaml, line [34]: price.*{reason}"):
        read_parameters(path)


def test_a_beta_needs_bounds_between_0_and_1() -> None:
    with pytest.raises(InputError, match=r"prior\.beta: lies between 0 and 1"):
        read_prior(BETA, (0, 2))


def test_a_declared_prior_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "adoption.yaml"
    path.write_text(
        "price_slope:\n"
        "  value: 0.25\n  unit: ln odds\n  bounds: [0, 1.5]\n  role: calibrated\n  cut: true\n"
        "  prior: {lognormal: {median: 0.25, low: 0.08, high: 0.6}}\n  source: assumed\n",
        encoding="utf-8",
    )
    (found,) = read_parameters(path).values()
    assert (found.name, found.value, found.bounds) == ("adoption.price_slope", 0.25, (0, 1.5))
    assert found.prior == read_prior(LOGNORMAL, (0, 1.5)) and found.cut
    assert Parameter.from_dict(found.name, found.as_dict()) == found


@pytest.mark.parametrize("name", sorted(parameters()))
def test_the_prior_of_each_parameter_fills_its_bounds_and_reads_back(name: str) -> None:
    found = parameters()[name]
    low, high = found.bounds
    drawn = found.prior.ppf(U)
    assert (drawn >= low).all() and (drawn <= high).all() and (np.diff(drawn) >= 0).all()
    assert (found.prior.sd > 0) == (low < high)
    assert Parameter.from_dict(name, found.as_dict()) == found
    if isinstance(found.prior, Uniform):
        assert drawn == pytest.approx(low + U * (high - low))


def test_reading_parameters_loads_no_numerics() -> None:
    code = (
        "import sys\n"
        "from divide.model.declare.parameters import parameters\n"
        "[each.prior.describe() for each in parameters().values()]\n"
        "print({'numpy', 'scipy'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
