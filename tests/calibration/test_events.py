"""The event study finds an effect that was put in, and none where there is none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.calibration.score import events
from divide.calibration.score.events import (
    LAGS,
    LEADS,
    Panel,
    by_lag,
    compare,
    first_projects,
    study,
)
from divide.calibration.write import road
from divide.model.declare.errors import InputError
from divide.model.world import load_world
from divide.model.world.add import add

YEARS = np.arange(2000, 2020)
COUNTRIES = 120
#: Effect by years since the project.
EFFECT = 1.0 + 0.5 * np.arange(len(YEARS))


def panel(
    seed: int = 1, *, effect: float = 1.0, drift: float = 0.0, noise: float = 0.5, gaps: float = 0.1
) -> Panel:
    """Country and year effects, staggered projects in half of the countries, gaps and noise.

    Args:
        seed: Of all that is random.
        effect: Factor of `EFFECT`; later projects work twice as well, which misleads regressions
            with treated countries as controls.
        drift: Yearly rise that treated countries have anyway.
        noise: Standard deviation of errors, which last: they have a half from the year before.
        gaps: Share of figures that are missing.
    """
    rng = np.random.default_rng(seed)
    first = np.where(np.arange(COUNTRIES) % 2 == 0, rng.integers(2005, 2015, COUNTRIES), 0)
    values = rng.normal(0, 10, COUNTRIES) + np.cumsum(rng.normal(1, 1, len(YEARS)))[:, None]
    error = rng.normal(0, noise, (len(YEARS), COUNTRIES))
    for t in range(1, len(YEARS)):
        error[t] += 0.5 * error[t - 1]
    since = YEARS[:, None] - first
    late = np.where(first >= 2010, 2.0, 1.0)
    hit = (first > 0) & (since >= 0)
    values = values + error + np.where(hit, effect * late * EFFECT[np.clip(since, 0, 19)], 0.0)
    values += np.where(first > 0, drift * (YEARS[:, None] - 2000), 0.0)
    values[rng.random(values.shape) < gaps] = np.nan
    return Panel(YEARS, values, first, np.zeros(COUNTRIES, np.int64))


def truth(given: Panel) -> np.ndarray:
    """Mean effect at each lag over the countries that are seen at it."""
    found = []
    for lag in LAGS:
        seen = np.isfinite(given.values) & (given.years[:, None] - given.first == lag)
        late = np.where(given.first[np.nonzero(seen)[1]] >= 2010, 2.0, 1.0)
        found.append((late * EFFECT[lag]).mean())
    return np.array(found)


def test_without_noise_an_effect_is_found_exactly() -> None:
    given = panel(noise=0.0)
    found = study(given, repeats=50)
    assert found.at.tolist() == [*LEADS, *LAGS]
    assert found.effect[len(LEADS) :] == pytest.approx(truth(given), abs=1e-8)
    assert found.effect[: len(LEADS)] == pytest.approx(np.zeros(4), abs=1e-8)
    assert found.mean[0] == pytest.approx(truth(given).mean(), abs=1e-8)
    seen = np.isfinite(given.values) & (given.years[:, None] - given.first == 3)
    assert found.countries[found.at.tolist().index(3)] == seen.sum()


def test_intervals_hold_the_effect_and_leave_nothing_out() -> None:
    held, chances = [], []
    for seed in range(12):
        given = panel(seed)
        found = study(given, repeats=199, seed=seed)
        low, high = found.low[len(LEADS) :], found.high[len(LEADS) :]
        held.append(((low <= truth(given)) & (truth(given) <= high)).mean())
        assert (low > 0).all()
        chances.append(found.pretrend)
    assert np.mean(held) > 0.8
    assert np.mean(np.array(chances) < 0.05) < 0.3


def test_no_effect_is_found_where_there_is_none() -> None:
    none = []
    for seed in range(12):
        mean, low, high = study(panel(seed, effect=0.0), repeats=199, seed=seed).mean
        none.append(low <= 0 <= high)
        assert abs(mean) < 0.5
    assert np.mean(none) > 0.7


def test_a_path_of_their_own_is_told_by_the_leads() -> None:
    """Selection looks like an effect; the test of leads says so."""
    found = study(panel(effect=0.0, drift=0.5), repeats=199)
    assert found.mean[1] > 0
    assert found.pretrend < 0.01
    assert (np.diff(found.effect[: len(LEADS)]) > 0).all()


def test_groups_have_years_of_their_own() -> None:
    """What all countries of a group go through is no effect of the projects of most of them."""
    given = panel(effect=0.0, noise=0.0, gaps=0.0)
    first = given.first.copy()
    rich = np.arange(COUNTRIES) % 4 >= 2
    first[rich & (np.arange(COUNTRIES) % 8 < 4)] = 0  # fewer projects there
    values = given.values + np.where(rich, 0.7 * (YEARS[:, None] - 2000), 0.0)
    mixed = Panel(YEARS, values, first, given.group)
    assert abs(study(mixed, repeats=20).mean[0]) > 0.5
    alike = study(mixed._replace(group=rich.astype(np.int64)), repeats=20)
    assert alike.effect == pytest.approx(np.zeros(len(alike.at)), abs=1e-8)


def test_countries_weigh_the_same_in_whatever_order() -> None:
    given = panel()
    turned = Panel(YEARS, given.values[:, ::-1], given.first[::-1], given.group[::-1])
    one, other = study(given, repeats=20), study(turned, repeats=20)
    assert one.effect == pytest.approx(other.effect, abs=1e-9)


def test_what_cannot_be_studied_is_refused() -> None:
    given = panel()
    for first in (np.zeros(COUNTRIES, np.int64), np.full(COUNTRIES, 2010)):
        with pytest.raises(ValueError, match="treated and untreated"):
            study(given._replace(first=first))


def test_the_first_large_project_counts() -> None:
    table = pd.DataFrame(
        [("KEN", 2005, 19.9), ("KEN", 2009, 20.0), ("KEN", 2007, 30.0), ("UGA", 2006, 5.0)],
        columns=["iso3", "year", "usd_m"],
    )
    assert first_projects(table, ("BRA", "KEN", "UGA")).tolist() == [0, 2007, 0]


def test_the_mean_by_lag_is_of_the_treated_alone() -> None:
    given = panel(noise=0.0, gaps=0.0)
    since = np.where(given.first > 0, YEARS[:, None] - given.first, -99)
    found = by_lag(given._replace(values=np.where(since >= 0, since, 7.0)))
    assert found.tolist() == [7.0] * len(LEADS) + list(map(float, LAGS))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with coverage of every year and projects of every fifth country."""
    source, out = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("world") / "tables"
    iso3 = load_world(2022).iso3
    figures = [
        (code, year, "cov_3g_pct", 100 / (1 + np.exp(-0.4 * (year - 2010) - k % 7 / 3)))
        for k, code in enumerate(iso3)
        for year in range(2004, 2023)
    ]
    named = ["iso3", "year", "indicator", "value"]
    pd.DataFrame(figures, columns=named).to_csv(source / "figures.csv", index=False)
    lent = [
        (code, 2006 + k % 9, "Completion", "A mobile network", 4e8)
        for k, code in enumerate(iso3)
        if k % 5 == 0
    ]
    named = ["iso3", "year", "status", "title", "usd_current"]
    pd.DataFrame(lent, columns=named).to_csv(source / "lent.csv", index=False)
    add(source, out)
    return out


def test_the_page_tells_real_figures_beside_the_models(
    invented: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVIDE_WORLD", str(invented))
    found = compare(repeats=20)
    assert set(found) == {(o, c) for o in events.OUTCOMES for c in events.CONTROLS}
    for (outcome, _), beside in found.items():
        # In the model projects do something after, and nothing before.
        assert abs(beside.caused[: len(LEADS)]).max() < 0.2, outcome
        assert beside.caused[len(LEADS) + 3] > 0.01, outcome
        assert np.array_equal(beside.real.countries, beside.model.countries)
        did = beside.model.effect - beside.without.effect
        assert did[len(LEADS) + 3] == pytest.approx(beside.caused[len(LEADS) + 3], rel=0.5)
    # Projects fell on countries by the alphabet: no effect on the real figures of coverage.
    assert found["3G coverage", "all"].real.mean[1] < 0 < found["3G coverage", "all"].real.mean[2]
    text = road.page(found)
    assert text.count("| Internet use |") == 2 + 6 + 8
    assert "What must not be concluded" in text
    monkeypatch.setattr(road, "compare", lambda: found)
    assert road.main([str(tmp_path)]) == 0
    assert (tmp_path / "road.md").read_text("utf-8") == text
    assert (tmp_path / road.FIGURE).read_text("utf-8").startswith("<?xml")


def test_what_is_visible_is_found_four_times_of_five() -> None:
    """The effect that a study of pure noise calls visible, put into other noise, is mostly seen."""
    asked = road.visible(study(panel(effect=0.0), repeats=199))
    seen = []
    for seed in range(20):
        given = panel(seed, effect=0.0)
        hit = (given.first > 0) & (YEARS[:, None] >= given.first)
        found = study(given._replace(values=given.values + asked * hit), repeats=99, seed=seed)
        seen.append(found.mean[1] > 0)
    assert np.mean(seen) > 0.5


def test_a_world_without_projects_or_figures_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="needs projects"):
        compare()
    monkeypatch.setattr(road, "compare", dict)
    with pytest.raises(SystemExit, match="no figures of Internet use, 3G coverage"):
        road.main([])


@pytest.mark.parametrize(
    ("all_", "thirds", "words"),
    [
        (0.01, 0.5, "differ from zero with controls *all*, not with *same third*"),
        (0.5, 0.01, "differ from zero with controls *same third*, not with *all*"),
        (0.01, 0.01, "differ from zero with either controls"),
        (0.5, 0.5, "do not differ from zero"),
        (np.nan, np.nan, "cannot be tested"),
    ],
)
def test_the_verdict_follows_the_test(all_: float, thirds: float, words: str) -> None:
    def beside(chance: float) -> events.Beside:
        one = study(panel(), repeats=2)
        real = events.Study(**{**vars(one), "pretrend": chance})
        return events.Beside(real, one, one, one.effect)

    text = road._verdict({("Use", "all"): beside(all_), ("Use", "thirds"): beside(thirds)})
    text = " ".join(text.split())
    assert f"**Use**: leads {words}." in text
    assert ("on another path already" in text) == (min(all_, thirds) < road.LEVEL)
