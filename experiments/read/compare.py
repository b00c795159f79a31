"""A comparison carried out in memory, for notebooks and scripts."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from divide.experiments.carry.progress import Listener
from divide.experiments.carry.session import Interrupted
from divide.experiments.carry.sweep import sweep
from divide.experiments.keep.ledger import Ledger
from divide.experiments.plan.comparison import comparison
from divide.experiments.plan.draws import SHIPPED
from divide.experiments.plan.uncertainty import wanted
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.load import load
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

__all__ = ["Comparison", "RunFailedError", "compare"]


class RunFailedError(RuntimeError):
    """A run came to nothing, so that there is nothing to compare."""


def compare(
    policies: Sequence[Policy],
    base: Scenario,
    replicates: int | None = None,
    draws: int | None = None,
    *,
    posterior: str | Path = SHIPPED,
    workers: int | None = None,
    progress: Listener | None = None,
) -> Comparison:
    """Run every policy on the same draws, or the same seeds, in threads of this process.

    `divide run` does the same in processes and keeps what it has done; so does `sweep` with a
    `divide.experiments.plan.comparison.comparison`.

    Args:
        policies: At least one; the first is the reference.
        base: Period, first seed, size and parameters; its own policy is not used.
        replicates: Runs of the central scenario instead of draws; replicate r has the seed of
            `base` plus r, and only chance varies.
        draws: Futures that every policy meets, beside the central run: 32 unless replicates are
            asked for. Values set in `base` stay.
        posterior: Joint draws of the fitted parameters: a CSV file, or those that ship.
        workers: Threads; by default one a core.
        progress: Told how far it is.

    Raises:
        InputError: Two policies have one name, a seed or setting is not allowed, or draws and
            replicates are both asked for.
        RunFailedError: A run failed.
    """
    futures = wanted(draws, replicates, base, posterior)
    asked = comparison(policies, base, replicates or 5, futures)
    with TemporaryDirectory(prefix="divide-") as folder:
        try:
            finished = sweep(asked, folder, workers, threads=True, progress=progress)
        except Interrupted:
            raise KeyboardInterrupt from None
        if finished.progress.failed:
            with Ledger(Path(folder)) as ledger:
                failure = ledger.failures()[0]
            raise RunFailedError(
                f"{failure.policy} with seed {failure.seed}: {failure.kind}: {failure.message}\n"
                f"{failure.traceback}"
            )
        return Comparison.of(load(folder))
