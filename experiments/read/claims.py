"""Claims about policies as files: what is said, by which runs, and whether it still holds.

A claim says that one policy does better than another in at least a share of the draws, in the
model as it is and in every variant that the file lists. The file keeps the verdict that was found;
running it again says which verdicts still stand.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from scipy.stats import binomtest

from divide.experiments.keep.identity import surroundings
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.findings import MEASURES, SHARE, Measure, shares, values
from divide.experiments.read.load import Sweep
from divide.model.declare.checks import (
    check_choice,
    check_mapping,
    check_number,
    check_text,
    check_whole,
    refuse_unknown,
    unknown,
)
from divide.model.declare.errors import InputError, inside, located
from divide.model.declare.extension import Extension
from divide.model.declare.yamlfile import read_yaml
from divide.model.extended import recorded

Verdict = Literal["holds", "open"]
SHIPPED = Path(__file__).parents[1] / "claims"
KEYS = ("title", "experiment", "variants", "variant_draws", "claims")
OF_CLAIM = ("better", "worse", "by", "share", "verdict", "found", "least")
#: The first variant, if a file names none.
AS_IS = "as_is"
#: A claim is refuted by fewer draws than it was made with only where chance would not do so.
CHANCE = 0.01


@dataclass(frozen=True)
class Claim:
    """What is said of two policies.

    Attributes:
        better, worse: Their names.
        by: What they are ranked by at the end of the runs.
        share: Share of draws, in every variant, from which on the claim holds.
        verdict: What was found when it was written; None if nothing was.
    """

    better: str
    worse: str
    by: Measure
    share: float
    verdict: Verdict | None

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.better} before {self.worse} on {self.by.name} in {self.share:.0%} of draws"


@dataclass(frozen=True)
class Claims:
    """A file of claims.

    Attributes:
        title: For people.
        experiments: What is run, by variant, the model as it is first.
        claims: What is said.
        whole: Whether as many draws are run as the file says.
    """

    title: str
    experiments: Mapping[str, Experiment]
    claims: Sequence[Claim]
    whole: bool = True

    def folder(self) -> Path:
        """A folder for this make of the model: runs of another are never mixed in."""
        parts = [surroundings(), {name: each.digest for name, each in self.experiments.items()}]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return Path("runs") / f"claims-{digest[:8]}"


@dataclass(frozen=True)
class Found:
    """What runs say of a claim.

    Attributes:
        claim: It.
        share: Share of draws in which it is so in the first variant.
        least: Least share over the variants; where: the variant that has it.
        holds: Whether it holds.
        chance: Probability of a share as low as `least` if the true one were what is asked.
    """

    claim: Claim
    share: float
    least: float
    where: str
    holds: bool
    chance: float

    @property
    def verdict(self) -> Verdict:
        """The verdict by these runs."""
        return "holds" if self.holds else "open"


def shipped() -> dict[str, Path]:
    """The files of claims that ship with the model, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_claims(
    path: str | Path,
    draws: int | None = None,
    variants: Sequence[str] = (),
    extensions: tuple[Extension, ...] = (),
) -> Claims:
    """The claims of a file.

    Args:
        path: The file, or the name of one that ships with the model.
        draws: At most so many draws of each variant, of a predictive design.
        variants: Only these; all by default.
        extensions: What is added to the model.

    Raises:
        InputError: The file cannot be read, or a key or value is not allowed.
    """
    path = Path(shipped().get(str(path), path))
    data = read_yaml(path)
    with located(str(path), data):
        refuse_unknown(data, KEYS)
        experiments, whole = _experiments(data, path, draws, variants, extensions)
        first = next(iter(experiments.values()))
        given = data.get("claims")
        if not isinstance(given, list) or not given:
            raise InputError("must be a list of claims, at least one", ("claims",))
        found = []
        for k, each in enumerate(given):
            with inside("claims", k):
                found.append(_claim(each, first, extensions))
        title = check_text(data.get("title", path.stem), "title")
    return Claims(title, experiments, found, whole)


def _experiments(
    data: Mapping[str, Any],
    path: Path,
    draws: int | None,
    wanted: Sequence[str],
    extensions: tuple[Extension, ...],
) -> tuple[dict[str, Experiment], bool]:
    asked = check_mapping(data.get("experiment", {}), "the keys of an experiment", "experiment")
    named = check_mapping(data.get("variants", {AS_IS: {}}), "names to constants", "variants")
    for name in wanted:
        if name not in named:
            raise InputError(unknown("variant", name, named), ("variants",))
    fewer = data.get("variant_draws")
    if fewer is not None:
        fewer = check_whole(fewer, (1, 1_000_000), "draws", "variant_draws")
    made, whole = {}, not wanted or set(wanted) == set(named)
    for k, (name, constants) in enumerate(named.items()):
        if wanted and name not in wanted:
            continue
        with inside("variants", name):
            check_mapping(constants, "names to values")
        design = dict(check_mapping(asked.get("design", {}), "names to values", "design"))
        if k and fewer is not None:
            design["n"] = fewer
        if draws is not None and draws < design.get("n", 0):
            design["n"], whole = draws, False
        settings = {**asked, "constants": {**asked.get("constants", {}), **constants}}
        if design:
            settings["design"] = design
        with inside("experiment"):
            made[str(name)] = Experiment.from_mapping(
                settings, f"{path.stem}_{name}", path.parent, extensions
            )
    return made, whole


def _claim(given: object, experiment: Experiment, extensions: tuple[Extension, ...]) -> Claim:
    data = check_mapping(given, "better, worse, by and share")
    refuse_unknown(data, OF_CLAIM)
    for key in ("better", "worse", "by"):
        if key not in data:
            raise InputError(f"{key} is missing")
    better, worse = (check_choice(data[k], experiment.names, k) for k in ("better", "worse"))
    if better == worse:
        raise InputError(f"{better} is compared with itself", ("worse",))
    verdict = data.get("verdict")
    if verdict is not None:
        check_choice(verdict, ("holds", "open"), "verdict")
    share = check_number(data.get("share", SHARE), (0, 1), "of draws", "share")
    by = _measure(check_text(data["by"], "by"), experiment, extensions)
    return Claim(better, worse, by, share, verdict)


def _measure(name: str, experiment: Experiment, extensions: tuple[Extension, ...]) -> Measure:
    """What policies are ranked by: a measure of the findings, or an outcome that is kept."""
    known = {measure.name: measure for measure in MEASURES}
    outcomes = recorded(extensions).outcomes
    kept = {key: outcomes[key] for key in experiment.outcomes}
    if name in kept:
        one = kept[name]
        if one.better not in ("lower", "higher"):
            raise InputError(f"{name} has no better direction", ("by",))
        sql = f'SELECT policy, point, "{name}" AS value FROM model WHERE year = $until'  # noqa: S608
        return Measure(name, one.label, one.unit, 1, one.better, sql)
    if name in known:
        return known[name]
    raise InputError(unknown("measure or outcome kept", name, {**known, **kept}), ("by",))


def judge(claims: Claims, sweeps: Mapping[str, Sweep]) -> list[Found]:
    """What the runs say of each claim.

    Args:
        claims: What is said.
        sweeps: The runs of each variant.

    Raises:
        InputError: Runs failed or are missing.
    """
    tables: dict[tuple[str, str], pd.DataFrame] = {}
    found = []
    for claim in claims.claims:
        rows = []
        for name, loaded in sweeps.items():
            key = claim.by.name, name
            if key not in tables:
                tables[key] = values(loaded, claim.by)
            table = tables[key]
            share = float(shares(table, claim.by.better).loc[claim.better, claim.worse])
            rows.append((share, name, len(table)))
        least, where, draws = min(rows)
        test = binomtest(round(least * draws), draws, claim.share, alternative="less")
        holds = least >= claim.share
        found.append(Found(claim, rows[0][0], least, where, holds, float(test.pvalue)))
    return found


def stands(found: Found, *, whole: bool) -> bool | None:
    """Whether a claim's written verdict still stands; None where these runs cannot tell.

    Args:
        found: What the runs say.
        whole: Whether they are all that the file asks for. Fewer refute a claim that held only
            where chance would not, and tell nothing of one that was open.
    """
    written = found.claim.verdict
    if written is None:
        return None
    if whole:
        return found.verdict == written
    if written == "open":
        return None
    return found.chance >= CHANCE
