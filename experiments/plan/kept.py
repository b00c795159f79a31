"""What is kept of a run: the tables that the store takes over."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from divide.experiments.plan.experiment import Experiment
    from divide.model.outcomes.results import Results

#: What runs a run and says what is kept of it, by "module:function".
SIMULATE = "divide.experiments.carry.simulate:simulate"
#: All that a run records, as the report of a comparison needs it.
TABLES = ("model", "country", "group", "platform", "spend")
#: Tables of a report kept at the ends of years only, and what a row is about: by quarter they are
#: large.
YEARLY = {"country": "iso3", "platform": "platform"}
#: Columns of what was spent, summed over each year.
SPEND = {"lever": str, "iso3": str, "year": int, "usd": float}


def kept(experiment: "Experiment", results: "Results") -> Mapping[str, "pa.Table | pd.DataFrame"]:
    """The tables that an experiment keeps of a run; the store adds the number of the run.

    A sweep keeps "model", "country" (if columns are asked for) and "spend", US$ over the whole run
    by lever. A comparison with a report keeps all `TABLES`.
    """
    return _for_report(results) if experiment.report else _for_sweep(experiment, results)


def _for_sweep(experiment: "Experiment", results: "Results") -> "dict[str, pd.DataFrame]":
    import numpy as np
    import pandas as pd

    when = ["year"] if experiment.every == "year" else ["year", "quarter"]
    periods = np.array([getattr(results, f"{name}s") for name in when])
    last = np.flatnonzero(np.any(np.diff(periods, append=-1), axis=0))
    model = results.model_of(experiment.outcomes, last)
    tables = {"model": model[[*when, *experiment.outcomes]]}
    if experiment.countries:
        keys = ["iso3", *when]
        country = results.country.drop_duplicates(keys, keep="last")
        tables["country"] = country[[*keys, *experiment.countries]]
    spent = {lever: usd.sum() for lever, usd in sorted(results.spent.items()) if usd.any()}
    columns = {"lever": list(spent), "usd": list(spent.values())}
    tables["spend"] = pd.DataFrame(columns).astype({"lever": str, "usd": float})
    return tables


def _for_report(results: "Results") -> "dict[str, pa.Table]":
    import pyarrow as pa

    tables = {}
    for name in TABLES:
        # Where nothing was spent, nothing says what the columns are.
        of_money = name == "spend"
        frame = results.spend_by_year.astype(SPEND) if of_money else getattr(results, name)
        if name in YEARLY:
            frame = frame.drop_duplicates([YEARLY[name], "year"], keep="last")
        # Measures that do not exist, such as the Gini of a trade that nobody has, become nulls.
        tables[name] = pa.Table.from_pandas(frame, preserve_index=False)
    return tables
