"""The same figures whatever carries out the runs, and no figures of two makes in one folder."""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import divide.experiments.keep.identity as identities
import divide.experiments.plan.kept as kept_module
import divide.model.processes.trade as trade_module
from divide.experiments import load, sweep
from divide.experiments.carry.progress import Progress
from divide.experiments.carry.session import Interrupted
from divide.experiments.keep import shards
from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.kept import kept
from divide.model import DigitalDivideModel
from divide.model.declare.errors import InputError

TINY = {
    "policies": ["balanced"],
    "levers": {"five_g": [100, 500], "skills_training": [1e6, 2e6]},
    "design": {"kind": "factorial", "levels": 2},
    "constants": {"start": 2021, "until": 2022, "firms": 200, "platforms": 20},
    "outcomes": ["usage_mean", "usage_gini"],
    "countries": ["internet_users"],
    "replicates": 2,
}
TRADE = Path(trade_module.__file__)
HOOKS = """
import os
import pyarrow as pa

def fine(experiment, run):
    value = float(run.scenario.seed) + 100 * run.point
    return {"model": pa.table({"year": [2021, 2022], "usage_mean": [0.0, value]})}
"""


@pytest.fixture
def tiny() -> Experiment:
    return Experiment.from_mapping(TINY, "tiny")


@pytest.fixture
def simulate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A run that takes no time, by its name."""
    (tmp_path / "quick_runs.py").write_text(HOOKS)
    monkeypatch.syspath_prepend(tmp_path)
    yield "quick_runs:fine"
    sys.modules.pop("quick_runs", None)


def test_every_engine_gives_the_same_figures(tiny: Experiment, tmp_path: Path) -> None:
    ways = {
        "one": {"workers": 1},
        "two": {"workers": 2},
        "eight": {"workers": 8},
        "threads": {"workers": 3, "threads": True},
    }
    found = {name: sweep(tiny, tmp_path / name, **how) for name, how in ways.items()}
    assert len({finished.digest for finished in found.values()}) == 1
    for finished in found.values():
        # 4 points x 2 replicates of the package, and the reference once a replicate
        assert (finished.progress.done, finished.progress.failed, finished.progress.left) == (
            10,
            0,
            0,
        )
        with Ledger(finished.folder) as ledger:
            assert shards.verify_contents(finished.folder, ledger) == []


def test_figures_are_those_of_the_model(tiny: Experiment, tmp_path: Path) -> None:
    finished = sweep(tiny, tmp_path / "out", 1)
    number = int(tiny.distinct()[-1])
    expected = kept(tiny, DigitalDivideModel(tiny.run(number).scenario).run())
    frame = load(finished.folder).model
    own = frame[frame["run"] == number]
    for name in TINY["outcomes"]:
        assert own[name].tolist() == expected["model"][name].tolist()


def test_a_finished_sweep_is_not_run_again(tiny: Experiment, simulate: str, tmp_path: Path):
    first = sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    again = sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    assert again.progress.fresh == 0
    assert again.digest == first.digest


def test_manifest_says_what_made_the_figures(tiny: Experiment, simulate: str, tmp_path: Path):
    finished = sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    manifest = json.loads((finished.folder / MANIFEST).read_text())
    assert manifest["format"] == "digital-divide-runs/2"
    assert manifest["result_digest"] == finished.digest
    assert manifest["finished"] is True
    assert (manifest["runs"], manifest["failed"]) == (10, 0)
    identity = manifest["identity"]
    assert identity["model/processes/trade.py"] == digest_of(TRADE)
    assert identity["experiments/plan/kept.py"] == digest_of(Path(kept_module.__file__))
    (own,) = identities.maker_digests(simulate).items()
    assert own in identity.items() and own[0] == "quick_runs.py"
    assert identity["country figures"] == identities.data_digest()
    assert {"numpy", "numba", "mesa", "scipy", "Python", "policy balanced"} <= set(identity)
    (session,) = manifest["sessions"]
    assert {"began_utc", "host", "command", "machine", "workers", "engine"} == set(session)
    assert read_folder(finished.folder).identity == tiny.identity


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def change_code(patch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    code = {**identities.code_digests(), **files}
    patch.setattr(identities, "code_digests", lambda: code)


CHANGES = {
    "another model": (
        lambda patch: change_code(patch, {"model/processes/trade.py": "a" * 64}),
        {},
        r"mixed: model/processes/trade\.py changed\. Go back",
    ),
    "a file more": (
        lambda patch: change_code(patch, {"model/processes/tariffs.py": "a" * 64}),
        {},
        r"mixed: model/processes/tariffs\.py is new\. Go back",
    ),
    "something else kept": (
        lambda patch: change_code(patch, {"experiments/plan/kept.py": "a" * 64}),
        {},
        r"mixed: experiments/plan/kept\.py changed\. Go back",
    ),
    "another version": (
        lambda patch: change_code(patch, dict.fromkeys(identities.code_digests(), "a" * 64)),
        {},
        r"changed; and \d+ more\. Go back",
    ),
    "other data": (
        lambda patch: patch.setattr(identities, "data_digest", lambda: "b" * 64),
        {},
        r"country figures: \w{10} then, bbbbbbbbbb now",
    ),
    "another numpy": (
        lambda patch: patch.setattr(identities, "version", lambda name: "0.0"),
        {},
        r"numpy: \S+ then, 0\.0 now",
    ),
    "other replicates": (lambda patch: None, {"replicates": 3}, r"settings: \w{10} then, \w{10}"),
    "another outcome": (lambda patch: None, {"outcomes": ["usage_mean"]}, r"outcomes: \w{10} then"),
    "another policy": (
        lambda patch: None,
        {"policies": ["hard_first"]},
        r"policy balanced: \w{10} then, absent now",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_make_is_refused_with_the_difference(
    name: str,
    tiny: Experiment,
    simulate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    change, keys, words = CHANGES[name]
    change(monkeypatch)
    other = Experiment.from_mapping({**TINY, **keys}, "tiny")
    with pytest.raises(InputError, match=words):
        sweep(other, tmp_path / "out", 1, simulate=simulate)
    with Ledger(first.folder) as ledger:
        assert ledger.result_digest() == first.digest, "nothing was touched"


def test_a_function_of_ones_own_that_changed_is_refused_by_name(
    tiny: Experiment, simulate: str, tmp_path: Path
) -> None:
    sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    with (tmp_path / "quick_runs.py").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(InputError, match=r"mixed: quick_runs\.py changed\. Go back"):
        sweep(tiny, tmp_path / "out", 1, simulate=simulate)


def test_code_that_bears_on_no_figure_is_no_part_of_the_identity() -> None:
    found = set(identities.surroundings())
    assert {"model/model.py", "model/parameters/adoption.yaml", "experiments/plan/experiment.py",
            "experiments/carry/simulate.py", "experiments/keep/shards.py"} <= found  # fmt: skip
    without = (
        "experiments/report",
        "experiments/cli",
        "experiments/read",
        "app/",
        "model/world/tables/",
    )
    assert not [name for name in found if name.startswith(without)]


def test_a_changed_line_of_the_file_is_shown() -> None:
    found = identities.changed_lines("a: 1\nseeds: 10\nb: 2\n", "a: 1\nseeds: 12\nb: 2\nc: 3\n")
    assert found == [
        "line 2: 'seeds: 10' then, 'seeds: 12' now",
        "line 4: 'nothing' then, 'c: 3' now",
    ]


def test_title_and_time_limit_may_change(tiny: Experiment, simulate: str, tmp_path: Path) -> None:
    first = sweep(tiny, tmp_path / "out", 1, simulate=simulate)
    other = Experiment.from_mapping({**TINY, "title": "New", "limit_s": 5}, "tiny")
    assert sweep(other, tmp_path / "out", 1, simulate=simulate).digest == first.digest
    assert read_folder(first.folder).limit_s == 5


def test_another_processor_goes_on_but_says_so(
    tiny: Experiment, simulate: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said: list[str] = []
    for _ in range(2):
        done = sweep(tiny, out, 1, simulate=simulate, threads=True, notice=said.append)
    assert said == []
    with Ledger(done.folder, write=True) as ledger:
        (*_, last) = sessions = ledger.get("sessions")
        last["machine"]["processor"] = "abacus"
        ledger.note(sessions=sessions)
    sweep(tiny, out, 1, simulate=simulate, threads=True, notice=said.append)
    (notice,) = said
    assert notice.startswith("the session before this one computes with abacus, others with")
    assert notice.endswith(": figures may differ in the last digits")


def test_precision_ends_a_sweep_early_and_a_resumed_one_at_the_same_run(
    tmp_path: Path,
) -> None:
    data = {
        "policies": ["balanced"],
        "constants": TINY["constants"],
        "outcomes": ["usage_mean"],
        "replicates": {"precision": 1.0, "outcome": "usage_mean", "at_least": 3, "at_most": 50},
    }
    experiment = Experiment.from_mapping(data, "precise")

    def stop_early(progress: Progress) -> None:
        if progress.fresh:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(experiment, tmp_path / "out", 1, progress=stop_early)
    finished = sweep(experiment, tmp_path / "out", 1)
    assert finished.progress.done == 6, "the first round of three replicates and two policies"
    assert finished.progress.left == 0
    assert finished.digest == sweep(experiment, tmp_path / "other", 2).digest


@pytest.mark.parametrize("workers", [0, -1, 5000])
def test_a_silly_number_of_workers_is_refused(workers: int, tiny: Experiment, tmp_path: Path):
    with pytest.raises(InputError, match=f"--workers: {workers} is out of range"):
        sweep(tiny, tmp_path / "out", workers)
    assert not (tmp_path / "out").exists()


def test_threads_and_dask_exclude_each_other(tiny: Experiment, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--threads and --dask exclude each other"):
        sweep(tiny, tmp_path / "out", 1, threads=True, dask="tcp://127.0.0.1:1")


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_request_to_end_keeps_what_is_finished(
    kind: signal.Signals,
    tiny: Experiment,
    simulate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("divide.experiments.carry.session.SHOWN_EVERY", -1.0)

    def ask(progress: Progress) -> None:
        if progress.fresh >= 1:
            os.kill(os.getpid(), kind)

    with pytest.raises(Interrupted) as caught:
        sweep(tiny, tmp_path / "out", 1, simulate=simulate, progress=ask)
    kept = caught.value.progress.done
    with Ledger(tmp_path / "out") as ledger:
        assert len(ledger.done()) == kept >= 1
    assert sweep(tiny, tmp_path / "out", 1, simulate=simulate).progress.done == 10


def test_tables_as_arrow_are_as_in_pandas(tiny: Experiment) -> None:
    run = tiny.run(1)
    for name, frame in kept(tiny, DigitalDivideModel(run.scenario).run()).items():
        table = shards.arrow(frame)
        assert table.column_names == list(frame.columns)
        for column in frame.columns:
            assert table[column].to_pylist() == frame[column].tolist(), (name, column)
        if "year" in frame:
            assert table.schema.field("year").type == pa.int64()
