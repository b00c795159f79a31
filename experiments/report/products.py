"""What a comparison leaves in its folder beside the runs: tables, scenarios and the report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from divide.experiments.keep.failure import stored
from divide.experiments.keep.folder import read_manifest, replace_file, write_manifest
from divide.experiments.keep.layout import LEDGER
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.lock import writing
from divide.experiments.keep.provenance import software
from divide.experiments.plan.comparison_file import comparison_text
from divide.experiments.plan.draws import draws_text
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.effectiveness import effectiveness
from divide.experiments.report.downloads import files
from divide.experiments.report.markdown_form import markdown_report
from divide.experiments.report.report import charts, render
from divide.model.scenario import Scenario

REPORT, PARAMETERS = "report.html", "parameters.csv"
#: What the manifest says of the runs, and goes on to say.
OF_RUNS = ("finished", "runs", "failed", "result_digest")


def write_products(comparison: Comparison, folder: Path) -> None:
    """Write the files anew, each whole or not at all, and enter them into the manifest.

    Args:
        comparison: What was run.
        folder: The folder it was read from.

    Raises:
        InputError: Another process writes there.
        OSError: The disk is full or fails.
        StoreError: The ledger cannot be read or written.
    """
    with stored(folder / LEDGER), writing(folder), Ledger(folder, write=True) as ledger:
        makers = _makers(comparison)
        with ThreadPoolExecutor() as pool:  # tables are packed while the charts are drawn
            made = {name: pool.submit(maker) for name, maker in makers.items()}
            drawn = charts(comparison)
            pages = {
                REPORT: render(comparison, drawn).encode(),
                **markdown_report(comparison, drawn),
            }
            for number, chart in enumerate(drawn, start=1):
                pages |= files(chart, number)
            manifest = read_manifest(folder)
            of_runs = {key: manifest[key] for key in OF_RUNS if key in manifest}
            # No file is listed while it may be the old one or the new one.
            write_manifest(folder, ledger, of_runs)
            for name, data in made.items():
                replace_file(folder / name, data.result())
            for name, page in pages.items():
                replace_file(folder / name, page)
        facts = {
            **of_runs,
            "replicates": comparison.replicates,
            "draws": comparison.sampled if comparison.predictive else 0,
            "left_out": comparison.left_out,
            "parameters_drawn": comparison.drawn,
            "scenarios": {name: each.digest for name, each in comparison.scenarios.items()},
            "speculative_levers": comparison.speculative,
            "extensions": {each.name: each.digest for each in comparison.base.extensions},
            "world_digest": comparison.world_digest,
            **software(),
        }
        write_manifest(folder, ledger, facts, [*makers, *pages])
        ledger.settle()


def _makers(comparison: Comparison) -> dict[str, Callable[[], bytes]]:
    """What makes each file, by its name."""
    tables, scenarios = comparison.tables, comparison.scenarios
    keys = ["policy", "replicate", "seed", "lever", "year"]
    makers: dict[str, Callable[[], bytes]] = {
        **{f"{name}.parquet": partial(_parquet, table) for name, table in tables.items()},
        **{f"scenario-{name}.yaml": partial(_scenario, each) for name, each in scenarios.items()},
        "model.csv": lambda: _csv(tables["model"]),
        "differences.csv": lambda: _csv(comparison.differences()),
        "spend.csv": lambda: _csv(tables["spend"].groupby(keys, as_index=False)[["usd"]].sum()),
    }
    for extension in comparison.base.extensions:  # the scenarios name them, beside them
        makers[Path(extension.file).name] = extension.source.encode
    text = comparison_text(comparison.experiment, PARAMETERS)
    makers["comparison.yaml"] = text.encode
    if comparison.drawn:
        makers[PARAMETERS] = lambda: _draws(comparison).encode()
    makers["countries.csv"] = lambda: _csv(comparison.countries())
    makers["effectiveness.csv"] = lambda: _csv(effectiveness(comparison))
    return makers


def _scenario(scenario: Scenario) -> bytes:
    return scenario.to_yaml().encode()


def _draws(comparison: Comparison) -> str:
    points = comparison.experiment.points[1:].tolist()  # without the central run
    return draws_text([dict(zip(comparison.drawn, point, strict=True)) for point in points])


def _parquet(table: pd.DataFrame) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), sink)
    return bytes(sink.getvalue())


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()
