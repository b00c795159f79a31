"""A backtest as files: tables and a report."""

from pathlib import Path
from typing import Any

import pandas as pd

from divide.calibration.fit.bank import maker
from divide.calibration.fit.targets import TARGETS
from divide.calibration.score import backtest
from divide.calibration.score.backtest import Backtest, as_table, contest, joint, scored
from divide.calibration.write.charts import LABELS, charts
from divide.calibration.write.folder import csv_text, parameter_table, posterior_facts, write_folder
from divide.experiments.keep.provenance import PROJECT, version
from divide.experiments.report.report import TEMPLATES, drawings, templates
from divide.model.world import load_world


def write_backtest(result: Backtest, path: Path) -> list[dict[str, Any]]:
    """Write the folder of a backtest, whole or not at all.

    Files: forecast.csv (every country and year, percent), scores.csv, posterior.csv (draws),
    parameters.csv, report.html, manifest.json.

    Args:
        result: A forecast.
        path: Folder; one of an earlier backtest is replaced.

    Returns:
        The scores, one row a method.

    Raises:
        InputError: The place is taken by something that is not ours.
        OSError: The disk is full, or the place cannot be written.
    """
    on = contest(result)
    table = scored(result, on)
    rows = table.to_dict("records")
    fits = list(result.posteriors.values())
    posterior = parameter_table(fits)
    made_by = maker()
    digest = load_world(result.origin).digest
    drawn = drawings(charts(result, on))
    pages = templates(Path(__file__).parent / "templates", TEMPLATES)
    page = pages.get_template("backtest.html.j2").render(
        what=TARGETS[result.indicator].words,
        origin=result.origin,
        until=result.until,
        countries=len(result.iso3),
        cells=f"{int(rows[0]['cells']) if rows else 0:,}",
        scores=[{"label": LABELS[row["method"]], **row} for row in rows],
        charts=drawn,
        parameters=posterior.to_dict("records"),
        world_digest=digest,
        model_digest=made_by,
        version=f"{PROJECT} {version()}",
    )
    draws = pd.DataFrame(joint(fits, len(fits[0].draws)))
    files = {
        "forecast.csv": csv_text(as_table(result), "%.4f"),
        "scores.csv": csv_text(table),
        "posterior.csv": csv_text(draws, "%.8g"),
        "parameters.csv": csv_text(posterior),
        "report.html": page,
    }
    about = {
        "origin": result.origin,
        "until": result.until,
        "indicator": result.indicator,
        "countries": len(result.iso3),
        "waves": list(backtest.WAVES),
        "draws_run": len(result.draws),
        "world_digest": digest,
        "fits": {name: posterior_facts(fit, made_by) for name, fit in result.posteriors.items()},
    }
    write_folder(path, "backtest", files, about)
    return rows
