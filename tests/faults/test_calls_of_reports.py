"""Whichever call fails while a report is read or written: runs and files stay whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from every_call import READING, failing, sample

from divide.experiments.carry.sweep import sweep
from divide.experiments.cli.errors import Commands
from divide.experiments.cli.report import report
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.folder import read_manifest, replace_file, write_manifest
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.verify import complaints
from divide.experiments.plan.comparison import comparison as asked
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.load import load
from divide.experiments.report import products
from divide.experiments.report.products import OF_RUNS, REPORT, write_products
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

#: What a report asks of the disk.
KINDS = ("write", "fsync", "rename", "sql")
#: What stands in the folder from before, in place of the products of today.
OLDER = {REPORT: b"<p>an older report", "model.csv": b"older\n"}


Ready = tuple[Path, Comparison, dict[str, bytes]]


def finished(scratch: Path) -> tuple[Path, Comparison]:
    """A comparison whose runs are done and whose report is an older one."""
    policies = [Policy.load("status_quo"), Policy.load("balanced")]
    experiment = asked(policies, Scenario(start=2021, until=2022, firms=200), replicates=2)
    folder = sweep(experiment, scratch / "runs", 2, threads=True).folder
    facts = {key: value for key, value in read_manifest(folder).items() if key in OF_RUNS}
    for name, data in OLDER.items():
        replace_file(folder / name, data)
    with Ledger(folder, write=True) as ledger:
        write_manifest(folder, ledger, facts, OLDER)
        ledger.settle()
    return folder, Comparison.of(load(folder))


def made(comparison: Comparison, folder: Path) -> dict[str, bytes]:
    """Writes the products; what then stands in the folder, by its name."""
    write_products(comparison, folder)
    assert list(complaints(folder)) == []
    return {name: (folder / name).read_bytes() for name in read_manifest(folder)["files"]}


def check(
    kind: str, nth: int, folder: Path, comparison: Comparison, whole: dict[str, bytes]
) -> bool:
    """The products with the n-th call failing, and again; whether none was left to fail."""
    said = ""
    with failing(kind, nth) as counter:
        try:
            write_products(comparison, folder)
        except (StoreError, InputError, OSError) as error:
            said = str(error)
    assert not said or str(folder) in said, f"{kind} {nth}: {said!r} names no file"
    assert list(complaints(folder)) == [], f"{kind} {nth}: {said}"
    for path in folder.iterdir():
        if path.name in whole.keys() - {"experiment.json"}:
            allowed = (whole[path.name], OLDER.get(path.name))
            assert path.read_bytes() in allowed, f"{kind} {nth}: {path.name}"
    assert made(comparison, folder) == whole, f"{kind} {nth}"
    return counter.calls < nth


@contextmanager
def prepared(scratch: Path) -> Iterator[Ready]:
    """A folder with an older report, its comparison, and the products of today; made once."""
    folder, comparison = finished(scratch)
    drawn = products.charts(comparison)[:1]  # the files of all figures are written alike
    page, told = products.render(comparison, drawn), products.markdown_report(comparison, drawn)
    tables = {name: make() for name, make in products._makers(comparison).items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "charts", lambda _: drawn)
        patch.setattr(products, "render", lambda *_: page)
        patch.setattr(products, "markdown_report", lambda *_: told)
        given = {name: partial(bytes, data) for name, data in tables.items()}
        patch.setattr(products, "_makers", lambda _: given)
        copy = Path(shutil.copytree(folder, scratch / "peace"))
        yield folder, comparison, made(comparison, copy)


def check_copy(kind: str, nth: int, scratch: Path, ready: Ready) -> bool:
    """`check` on a copy of the folder that is ready."""
    folder, comparison, whole = ready
    copy = Path(shutil.copytree(folder, scratch / f"{kind}-{nth}"))
    return check(kind, nth, copy, comparison, whole)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    with prepared(tmp_path_factory.mktemp("reports")) as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
def test_runs_and_products_are_whole_whichever_call_fails(
    kind: str, ready: Ready, tmp_path: Path
) -> None:
    assert sample(lambda nth: check_copy(kind, nth, tmp_path, ready)) > 1


def check_load(kind: str, nth: int, folder: Path) -> bool:
    """The runs read with the n-th call failing; whether none was left to fail."""
    whole = load(folder)
    with failing(kind, nth, folder) as counter:
        try:
            found = load(folder)
            rows = found.rows("model")
            ends = found.ends(["usage_mean"])
        except (StoreError, InputError) as error:
            said = str(error)
            assert said.startswith(str(folder)), f"{kind} {nth}: {said!r} names no file"
            assert "\n" not in said
        else:
            assert rows.equals(whole.rows("model"))
            assert ends.equals(whole.ends(["usage_mean"]))
    return counter.calls < nth


@pytest.mark.parametrize("kind", READING)
def test_runs_are_read_whole_or_the_file_is_named(kind: str, ready: Ready) -> None:
    assert sample(lambda nth: check_load(kind, nth, ready[0])) > 5


#: What `divide run` does when its runs are there.
COMMANDS = Commands(
    "divide",
    commands={
        "report": click.Command(
            "report",
            callback=report,
            params=[click.Argument(["folder"], type=click.Path(path_type=Path))],
        )
    },
)


def check_command(kind: str, nth: int, ready: Ready, scratch: Path) -> bool:
    """The command's part of a report with the n-th call failing; whether none was left to fail."""
    folder, _, whole = ready
    copy = Path(shutil.copytree(folder, scratch / f"{kind}-{nth}"))
    with failing(kind, nth, copy) as counter:
        answer = CliRunner().invoke(COMMANDS, ["report", str(copy)])
    assert isinstance(answer.exception, SystemExit | None), f"{kind} {nth}: {answer.exception!r}"
    if answer.exit_code:
        assert answer.exit_code == 2
        (said,) = answer.stderr.splitlines()
        assert said.startswith("divide: ") and str(copy) in said, f"{kind} {nth}: {said}"
    else:
        assert {name: (copy / name).read_bytes() for name in whole} == whole
    assert list(complaints(copy)) == []
    return counter.calls < nth


@pytest.mark.parametrize("kind", [*KINDS, "read"])
def test_the_command_says_in_one_line_which_file_it_is(
    kind: str, ready: Ready, tmp_path: Path
) -> None:
    assert sample(lambda nth: check_command(kind, nth, ready, tmp_path)) > 1
