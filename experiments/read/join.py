"""Several folders of runs as one set of tables, each row keyed by the folder it comes from.

Two folders may be about different things under equal names. What differs is found first, and
refused unless it is allowed by its kind, so that nothing is averaged that does not belong together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from divide.experiments.keep.identity import differences, shortened
from divide.experiments.keep.ledger import Ledger
from divide.experiments.read.load import Sweep, load
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError

SOURCE = "source"
#: Kinds of what may differ, and what each means.
KINDS = {
    "make": "code, country figures or packages",
    "period": "start, until, or how often a row is kept",
    "settings": "firms, platforms, parameters or extensions of all runs",
    "outcomes": "outcomes or country columns that were kept; common ones are joined",
    "policies": "what a policy of one name does, or which one is the reference",
    "design": "what the design varies, or whether point 0 is the central run",
}
#: What a policy is called bears on no run.
WORDS = ("title", "purpose", "source")


@dataclass(frozen=True, eq=False)
class Joined:
    """Runs of several folders.

    Attributes:
        sweeps: What each folder holds, by the name of the source.
        differ: What differs between them and was allowed, a phrase each.
    """

    sweeps: Mapping[str, Sweep]
    differ: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = [f"{name}: {len(each.runs):,} runs" for name, each in self.sweeps.items()]
        return "\n".join([f"Joined {', '.join(parts)}", *(f"  {phrase}" for phrase in self.differ)])

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run: source, run, policy, point, replicate, stored, status."""
        return self._table("runs")

    @property
    def inputs(self) -> pd.DataFrame:
        """The designs: source, point, and what is varied; empty where a source varies it not."""
        return self._table("inputs")

    @property
    def model(self) -> pd.DataFrame:
        """Outcomes that all kept: source, run, policy, point, replicate, year, outcomes."""
        return self._table("model")

    @property
    def country(self) -> pd.DataFrame:
        """Country columns that all kept, with the source."""
        return self._table("country")

    @property
    def spend(self) -> pd.DataFrame:
        """US$ by lever, with the source."""
        return self._table("spend")

    def ends(self, outcomes: Sequence[str] = (), *, incomplete: bool = False) -> pd.DataFrame:
        """Outcomes at the end of each run: source, run, policy, point, replicate, outcomes.

        Args:
            outcomes: Names of outcomes that all kept; all of these by default.
            incomplete: Leave out runs that failed or are missing, instead of refusing.

        Raises:
            InputError: Runs failed or are missing, or an outcome was not kept by all.
        """
        kept = self.outcomes
        for name in outcomes:
            if name not in kept:
                raise InputError(unknown("outcome kept by all", name, dict.fromkeys(kept)))
        names = outcomes or kept
        found = {name: each.ends(names, incomplete=incomplete) for name, each in self._items()}
        return _stacked(found)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that all kept."""
        first, *others = [each.experiment.outcomes for each in self.sweeps.values()]
        return tuple(name for name in first if all(name in each for each in others))

    def _items(self) -> Iterator[tuple[str, Sweep]]:
        yield from self.sweeps.items()

    def _table(self, name: str) -> pd.DataFrame:
        found = {source: getattr(sweep, name) for source, sweep in self._items()}
        return _stacked(found, common=name in ("model", "country"))


def join(
    folders: Sequence[str | Path] | Mapping[str, str | Path],
    *,
    allow: Sequence[str] = (),
    incomplete: bool = False,
) -> Joined:
    """The runs of several folders, if they belong together.

    Args:
        folders: Folders, called by their last part, or names to folders.
        allow: Kinds of what may differ (see `KINDS`).
        incomplete: Take folders in which runs failed or are missing.

    Raises:
        InputError: Fewer than two folders, two of one name or of the same experiment, runs failed
            or are missing, or the folders differ in what is not allowed; the message says in what.
    """
    for kind in allow:
        if kind not in KINDS:
            raise InputError(unknown("kind of difference", kind, KINDS), ("allow",))
    sweeps = {name: load(folder) for name, folder in _named(folders).items()}
    for sweep in () if incomplete else sweeps.values():
        sweep.check_complete()
    found: dict[str, list[str]] = {}
    (first, one), *others = sweeps.items()
    for name, other in others:
        for kind, phrase in _differences(one, other):
            found.setdefault(kind, []).append(f"{first} and {name}: {phrase}")
    refused = [f"{kind}: {each}" for kind in found if kind not in allow for each in found[kind]]
    if refused:
        kinds = ", ".join(f'"{kind}"' for kind in found)
        raise InputError(
            f"the folders differ; {'; '.join(shortened(refused))}. To join them all the same, "
            f"say allow=[{kinds}]"
        )
    _refuse_twice(sweeps)
    return Joined(sweeps, tuple(f"{kind}: {each}" for kind in found for each in found[kind]))


def _named(folders: Sequence[str | Path] | Mapping[str, str | Path]) -> dict[str, Path]:
    if isinstance(folders, Mapping):
        named = {str(name): Path(folder) for name, folder in folders.items()}
    elif isinstance(folders, str | Path):
        raise InputError(f"{folders}: one folder; write a list of several", ("folders",))
    else:
        named = {Path(folder).name: Path(folder) for folder in folders}
        if len(named) < len(folders):
            raise InputError(
                "two folders have one name; name them: join({'a': ..., 'b': ...})", ("folders",)
            )
    if len(named) < 2:
        raise InputError("names fewer than two; `load` reads one", ("folders",))
    return named


def _refuse_twice(sweeps: Mapping[str, Sweep]) -> None:
    """Raise InputError if the same runs would be counted twice."""
    seen: dict[str, str] = {}
    for name, sweep in sweeps.items():
        digest = repr((_make(sweep), sorted(sweep.experiment.identity.items())))
        if digest in seen:
            reason = f"{seen[digest]} and {name} hold the same runs, which would count twice"
            raise InputError(reason, ("folders",))
        seen[digest] = name


def _differences(one: Sweep, other: Sweep) -> Iterator[tuple[str, str]]:
    """Kind and phrase of each difference between two folders."""
    if make := differences(_make(one), _make(other)):
        yield "make", "; ".join(shortened(make, 3))
    a, b = one.experiment, other.experiment
    for name in ("start", "until", "steps_per_year"):
        yield from _unequal("period", name, getattr(a.base, name), getattr(b.base, name))
    yield from _unequal("period", "every", a.every, b.every)
    for name in ("firms", "platforms"):
        yield from _unequal("settings", name, getattr(a.base, name), getattr(b.base, name))
    yield from _by_key("settings", "parameter", dict(a.base.parameters), dict(b.base.parameters))
    added = [{each.name: each.digest[:8] for each in e.base.extensions} for e in (a, b)]
    yield from _by_key("settings", "extension", *added)
    for what, own, its in (
        ("outcomes", a.outcomes, b.outcomes),
        ("country columns", a.countries, b.countries),
    ):
        if only := sorted(set(own) ^ set(its)):
            yield "outcomes", f"{what} that one of them lacks: {', '.join(shortened(only, 5))}"
    yield from _unequal("policies", "reference", a.reference, b.reference)
    for name in a.policies.keys() & b.policies.keys():
        if _deeds(a.policies[name]) != _deeds(b.policies[name]):
            yield "policies", f"{name} is not the same policy"
    central = ["yes" if e.predictive else "no" for e in (a, b)]
    yield from _unequal("design", "central run as point 0", *central)
    if not (a.predictive and b.predictive):
        varied = [", ".join(sorted(factor.name for factor in e.factors)) for e in (a, b)]
        yield from _unequal("design", "what is varied", *varied)


def _make(sweep: Sweep) -> dict[str, str]:
    """What the figures of a folder depend on beside the experiment."""
    with Ledger(sweep.folder) as ledger:
        known = ledger.get("identity") or {}
    return {key: value for key, value in known.items() if key not in sweep.experiment.identity}


def _deeds(policy: Any) -> dict[str, Any]:
    return {key: value for key, value in policy.as_dict().items() if key not in WORDS}


def _unequal(kind: str, name: str, own: object, its: object) -> Iterator[tuple[str, str]]:
    if own != its:
        yield kind, f"{name}: {own or 'nothing'} against {its or 'nothing'}"


def _by_key(
    kind: str, what: str, own: Mapping[str, object], its: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((*own, *its)):
        before, after = own.get(name, "as declared"), its.get(name, "as declared")
        yield from _unequal(kind, f"{what} {name}", before, after)


def _stacked(found: Mapping[str, pd.DataFrame], *, common: bool = False) -> pd.DataFrame:
    """Tables below each other behind a column that names the source."""
    tables = [table.assign(**{SOURCE: name}) for name, table in found.items() if len(table)]
    if not tables:
        return pd.DataFrame(columns=[SOURCE])
    columns = list(tables[0])
    if common:
        columns = [name for name in columns if all(name in table for table in tables)]
        tables = [table[columns] for table in tables]
    whole = pd.concat(tables, ignore_index=True)
    return whole[[SOURCE, *(name for name in whole if name != SOURCE)]]
