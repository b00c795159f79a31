"""Folders of results: tables, a manifest that vouches for them, whole or not at all."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from divide.calibration.checks import FORMATS, check_folder
from divide.calibration.fit.posterior import Posterior
from divide.experiments.keep.atomic import put_in_place, staging
from divide.experiments.keep.provenance import MANIFEST, file_entries, software
from divide.model.declare.parameters import parameters


def csv_text(table: pd.DataFrame, digits: str = "%.6g") -> str:
    """A table as CSV, numbers with the given format, an empty cell where there is none."""
    return table.to_csv(index=False, lineterminator="\n", float_format=digits)


def parameter_table(posteriors: list[Posterior]) -> pd.DataFrame:
    """Prior and posterior of each parameter.

    Columns: name, unit, prior_low, prior_high (bounds), prior, posterior_mean,
    posterior_sd, shrinkage (share of the prior's standard deviation that the data took away).
    """
    rows = []
    for posterior in posteriors:
        means, sds = posterior.draws.mean(axis=0), posterior.draws.std(axis=0)
        for name, *found in zip(posterior.names, means, sds, posterior.shrinkage, strict=True):
            declared = parameters()[name]
            prior = declared.prior.describe()
            rows.append((name, declared.unit, *declared.bounds, prior, *map(float, found)))
    names = ["name", "unit", "prior_low", "prior_high", "prior", "posterior_mean", "posterior_sd"]
    return pd.DataFrame(rows, columns=[*names, "shrinkage"])


def write_folder(path: Path, kind: str, files: Mapping[str, str], about: Mapping[str, Any]) -> Path:
    """Write text files and their manifest; a folder of the same kind is replaced.

    Args:
        path: Folder to write.
        kind: Key of `checks.FORMATS`.
        files: Text by file name.
        about: What else the manifest says.

    Raises:
        InputError: The place is taken by something that is not ours.
        OSError: The disk is full, or the place cannot be written.
    """
    path = check_folder(path, kind)
    with staging(path) as folder:
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        listed = file_entries(folder, files)
        for name in files:
            if name.endswith(".csv"):
                listed[name]["rows"] = files[name].count("\n") - 1
        manifest = {
            "format": FORMATS[kind],
            "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            **about,
            **software(),
            "files": listed,
        }
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        put_in_place(folder, path)
    return path


def posterior_facts(posterior: Posterior, maker: str) -> dict[str, Any]:
    """What a manifest says about a fit."""
    facts: dict[str, Any] = {
        "effective_points": round(posterior.effective, 1),
        "model_digest": maker,
    }
    if posterior.plausible is not None:
        facts["plausible_share_of_prior"] = round(posterior.plausible, 4)
    return facts
