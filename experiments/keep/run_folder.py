"""A run folder: tables, scenarios, manifest and report."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.carry.run import TABLES, Comparison
from divide.experiments.keep.atomic import check_place, put_in_place, staging
from divide.experiments.keep.provenance import FORMAT, MANIFEST, describe
from divide.experiments.plan.draws import draws_text
from divide.experiments.report.report import render
from divide.model.declare.errors import InputError


def write_run(comparison: Comparison, path: Path) -> Path:
    """Write the run folder; one that is there already and is ours is replaced.

    Args:
        comparison: What was run.
        path: Folder to write.

    Returns:
        `path`, resolved.

    Raises:
        InputError: The place is taken by something that is not ours.
        OSError: The disk is full, or the place cannot be written.
    """
    path = check_place(path)
    with staging(path) as folder:
        _write_tables(comparison, folder)
        for name, scenario in comparison.plan.scenarios.items():
            (folder / f"scenario-{name}.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
        plan = comparison.plan
        if plan.parameter_draws:
            text = draws_text(plan.parameter_draws[: plan.replicates])
            (folder / "parameters.csv").write_text(text, encoding="utf-8")
        digest = result_digest(comparison.tables)
        (folder / "report.html").write_text(render(comparison, digest), encoding="utf-8")
        files = {file.name: _file_entry(file) for file in sorted(folder.iterdir())}
        for name in TABLES:
            files[f"{name}.parquet"]["rows"] = len(comparison.tables[name])
        manifest = describe(comparison, digest, files)
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        put_in_place(folder, path)
    return path


def _write_tables(comparison: Comparison, folder: Path) -> None:
    for name in TABLES:
        table = comparison.tables[name]
        table.to_parquet(folder / f"{name}.parquet", engine="pyarrow", index=False)
    _write_csv(comparison.tables["model"], folder / "model.csv")
    _write_csv(comparison.differences(), folder / "differences.csv")
    keys = ["policy", "replicate", "seed", "lever", "year"]
    spend = comparison.tables["spend"].groupby(keys, as_index=False)[["usd"]].sum()
    _write_csv(spend, folder / "spend.csv")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _file_entry(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def result_digest(tables: dict[str, pd.DataFrame]) -> str:
    """SHA-256 of every figure in the tables, whatever the time and the file format's version."""
    total = hashlib.sha256()
    for name in TABLES:
        for column in tables[name].columns:
            values = tables[name][column]
            total.update(f"\n{name}.{column}\n".encode())
            if pd.api.types.is_numeric_dtype(values.dtype):
                total.update(np.ascontiguousarray(values.to_numpy(np.float64)).tobytes())
            else:
                total.update("\n".join(values.astype(str)).encode())
    return total.hexdigest()


def read_run(path: str | Path) -> dict[str, pd.DataFrame]:
    """The tables of a run folder, by the names of `TABLES`, and "differences".

    Raises:
        InputError: It is no run folder, or a file is missing or altered; the message names it.
    """
    path = Path(path)
    manifest = read_manifest(path)
    for name, entry in manifest["files"].items():
        try:
            content = (path / name).read_bytes()
        except OSError as error:
            raise InputError(f"{path / name}: cannot be read: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise InputError(f"{path / name}: is not what the run wrote (its SHA-256 differs)")
    tables = {name: pd.read_parquet(path / f"{name}.parquet") for name in TABLES}
    tables["differences"] = pd.read_csv(path / "differences.csv")
    return tables


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        InputError: There is none, or it is of another format.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no run folder ({MANIFEST}: {error})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"{path / MANIFEST}: not of the format {FORMAT}")
    return manifest
