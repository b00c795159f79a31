"""An experiment from beginning to end, and from wherever it was broken off to the end."""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from divide.experiments.carry.engine import Engines
from divide.experiments.carry.progress import Listener, Progress
from divide.experiments.carry.session import Session
from divide.experiments.carry.signals import stop_requests
from divide.experiments.carry.simulate import sweep_task
from divide.experiments.keep import folder as folders
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.guard import Guard
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.lock import writing
from divide.experiments.keep.machine import instructions, machine, other_instructions
from divide.experiments.keep.strays import check_newest, mend
from divide.experiments.plan.kept import SIMULATE
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


@dataclass(frozen=True)
class Finished:
    """An experiment that was carried out.

    Attributes:
        folder: Where it is.
        progress: How many runs are done and failed.
        digest: SHA-256 of every figure of every finished run in the order of the runs, whatever
            carried them out and however often it was broken off.
    """

    folder: Path
    progress: Progress
    digest: str


def sweep(
    experiment: "Experiment | str | Path",
    out: str | Path,
    workers: int | None = None,
    *,
    threads: bool = False,
    dask: str | None = None,
    simulate: str = SIMULATE,
    retry: bool = False,
    memory: float | None = None,
    engines: Engines | None = None,
    progress: Listener | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> Finished:
    """Carry out an experiment, or what is left of it.

    Args:
        experiment: An `Experiment`, or the file of one.
        out: Folder of the sweep; one that holds this experiment is gone on with.
        workers: Processes or threads; by default one a core.
        threads: Threads of this process instead of processes. A run that hangs is given up, but
            cannot be stopped, and a crash of compiled code ends all.
        dask: Address of a Dask scheduler whose workers carry out the runs.
        simulate: "module:function" to run in place of the model; it is called with the experiment
            and a `Run` and returns tables by name.
        retry: Run those again that failed.
        memory: Bytes that a worker process may use; by default its part of the machine's. On Dask
            its part of the worker's limit counts.
        engines: Workers that stay warm for further experiments, in place of the four before.
        progress: Told how the sweep stands, several times a second.
        notice: Told in words of what was found amiss.

    Returns:
        The end of it. Runs that failed do not stop a sweep; see `Finished.progress`.

    Raises:
        InputError: The folder holds something else or another process writes there.
        EngineError: Workers cannot be started, or the cluster is gone.
        StoreError: The disk is full or fails, or the folder was moved or replaced meanwhile.
        Interrupted: By Ctrl-C or a request to end.
    """
    from divide.experiments.plan.experiment import Experiment

    if isinstance(experiment, str | Path):
        experiment = Experiment.from_file(experiment)
    if engines is None:
        with Engines(workers, threads=threads, dask=dask, memory=memory) as own:
            return _carry_out(experiment, out, own, simulate, retry, progress, notice)
    if workers or threads or dask or memory:
        raise InputError("engines stand in place of workers, threads, dask and memory")
    return _carry_out(experiment, out, engines, simulate, retry, progress, notice)


def _carry_out(
    experiment: "Experiment",
    out: str | Path,
    engines: Engines,
    simulate: str,
    retry: bool,
    progress: Listener | None,
    notice: Callable[[str], None],
) -> Finished:
    """See `sweep`."""
    if experiment.base.extensions:
        _check_levers(experiment)
    folder = folders.prepare(Path(out))
    try:
        with writing(folder), Ledger(folder, write=True) as ledger:
            guard = Guard(folder)
            check_newest(folder, ledger)
            folders.begin(folder, ledger, experiment, simulate)
            _enter_session(ledger, engines, notice)
            folders.write_manifest(folder, ledger, {"finished": False})
            mend(folder, ledger, notice)
            guard.check()
            with stop_requests() as stop:
                start = partial(engines.engine, sweep_task(experiment, simulate), notice)
                session = Session(folder, ledger, experiment, start, stop, progress, retry)
                reached = session.run()
            guard.check()
            digest = ledger.result_digest()
            facts = {"runs": reached.done, "failed": reached.failed, "result_digest": digest}
            folders.write_manifest(folder, ledger, {"finished": not reached.left, **facts})
            ledger.settle()
            guard.check_end(*ledger.counts(), digest)
    except OSError as error:
        if error.filename is None or not Path(str(error.filename)).is_relative_to(folder):
            raise  # nothing of ours, such as a terminal that is closed
        raise StoreError(f"{error.filename}: {error.strerror}") from error
    return Finished(folder, reached, digest)


def _check_levers(experiment: "Experiment") -> None:
    """Refuse levers of extensions that nothing reads, and extensions that cannot be run.

    Raises:
        InputError: The message names the lever or the extension.
    """
    from divide.model.model import DigitalDivideModel

    used = {f.name: (f.low, f.high) for f in experiment.factors if f.role == "lever"}
    for name, policy in experiment.policies.items():
        varied = {} if name == experiment.reference else {k: max(v) for k, v in used.items()}
        asked = replace(
            experiment.base,
            policy=policy.with_levers(varied),
            firms=500,
            until=experiment.base.start + 1,
        )
        _ = DigitalDivideModel(asked)


def _enter_session(ledger: Ledger, engines: Engines, notice: Callable[[str], None]) -> None:
    """Record who goes on with the sweep; times are for people only."""
    sessions = ledger.get("sessions", [])
    # On a cluster others compute; they are compared as they answer.
    here = [each["machine"]["processor"] for each in sessions if each["engine"] != "dask"]
    if here and engines.kind != "dask" and here[-1] != instructions():
        notice(other_instructions("the session before this one", here[-1], instructions()))
    began = datetime.now(UTC).isoformat(timespec="seconds")
    entry: dict[str, Any] = {
        "began_utc": began,
        "host": socket.gethostname(),
        "engine": engines.kind,
        "workers": None if engines.kind == "dask" else engines.count,
        "command": folders.command_line(sys.argv),
        "machine": machine(),
    }
    ledger.note(sessions=[*sessions, entry])
