"""What a dry run says, against what a sweep then takes."""

from pathlib import Path

import pytest

from divide.experiments.carry.forecast import Forecast, batches_in, forecast
from divide.experiments.carry.sweep import sweep
from divide.experiments.plan.experiment import Experiment
from divide.experiments.text.units import size, span

SMALL = {
    "policies": ["balanced"],
    "constants": {"start": 2021, "until": 2022, "firms": 400},
    "replicates": 12,
    "countries": ["internet_users", "exports"],
}


def test_the_size_is_that_of_the_folder(tmp_path: Path) -> None:
    experiment = Experiment.from_mapping(SMALL)
    said = forecast(experiment, 2)
    assert (said.runs, said.distinct, said.workers) == (24, 24, 2)
    assert said.seconds == pytest.approx(12 * said.seconds_a_run) and said.seconds > 0
    sweep(experiment, tmp_path / "s", 1, threads=True)
    stored = sum(path.stat().st_size for path in (tmp_path / "s" / "shards").rglob("*.parquet"))
    assert 0.7 < said.bytes / stored < 1.5


def test_it_is_said_in_words() -> None:
    said = str(Forecast(1998, 1000, True, 0.25, 2e4, 0, 2))
    assert said.splitlines() == [
        "at most 1,000 runs (998 more equal one of them)",
        "at most 2 min with 2 workers, 0.25 s a run here",
        "at most 20 MB, 20 kB a run",
    ]
    with_batches = Forecast(1000, 1000, False, 0.1, 1e4, 5e4)  # 100 s, a batch every 2 s
    assert with_batches.bytes == pytest.approx(1000 * 1e4 + 50 * 5e4)
    assert [span(s) for s in (5, 600, 7200, 1e6)] == ["5 s", "10 min", "2.0 h", "11.6 days"]
    assert [size(b) for b in (12, 4e3, 5e9)] == ["12 B", "4 kB", "5 GB"]


def test_batches_are_as_many_as_the_writer_makes() -> None:
    now = wrote = 0.0
    count = 0
    while now < 5_000:
        now += 0.05
        if now - wrote >= min(max(0.01 * now, 2.0), 30.0):
            wrote, count = now, count + 1
    assert batches_in(5_000, 20_000) == pytest.approx(count, rel=0.03)
