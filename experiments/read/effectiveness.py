"""What a person-year online costs: what a policy spends more over the person-years it gains."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from divide.experiments.read.comparison import Comparison

#: Person-years offline since the start; both runs have the same people.
OFFLINE = "years_offline"


def effectiveness(comparison: "Comparison") -> pd.DataFrame:
    """What each policy spends and gains over the whole run, against the reference.

    Each figure is taken in every draw (or replicate) and then over them (`Comparison.spread`).
    Where fewer people are online the cost of a person-year has no value: such draws count as
    dearer than all others, and a middle or an end among them is NaN.

    Returns:
        One row a policy but the reference: policy; spent, US$ more; gained, person-years online
        more; cost, US$ per person-year; each with _low and _high; and gaining, the share of draws
        in which more is gained than lost.
    """
    names, drawn = comparison.names, comparison.sample("model")
    # A policy that spends nothing in a replicate has no rows there.
    spend = comparison.sample("spend").groupby(["policy", "replicate"])["usd"].sum()
    ends = drawn.drop_duplicates(["policy", "replicate"], keep="last")
    offline = ends.set_index(["policy", "replicate"])[OFFLINE]
    replicates = offline[names[0]].index

    def paid(name: str) -> np.ndarray:
        index = pd.MultiIndex.from_product([[name], replicates])
        return spend.reindex(index, fill_value=0.0).to_numpy(float)

    rows = []
    for name in names[1:]:
        spent = paid(name) - paid(names[0])
        gained = (offline[names[0]] - offline[name]).to_numpy(float)
        row: dict[str, object] = {"policy": name}
        each = {"spent": spent, "gained": gained, "cost": _cost(spent, gained)}
        for key, values in each.items():
            row |= dict(zip((key, f"{key}_low", f"{key}_high"), _spread(comparison, values),
                            strict=True))  # fmt: skip
        rows.append({**row, "gaining": float((gained > 0).mean())})
    return pd.DataFrame(rows)


def _cost(spent: np.ndarray, gained: np.ndarray) -> np.ndarray:
    """US$ per person-year, infinite where nothing is gained."""
    return np.divide(spent, gained, out=np.full(len(spent), np.inf), where=gained > 0)


def _spread(comparison: "Comparison", values: np.ndarray) -> tuple[float, ...]:
    """Middle, low and high; NaN where they would be infinite.

    An infinite value is more than any other, so that it stands behind the greatest of the rest.
    """
    if np.isfinite(values).all():
        return tuple(float(each) for each in comparison.spread(values))
    ends = np.quantile(values, (0.5, 0.05, 0.95), method="inverted_cdf")
    return tuple(float(each) if np.isfinite(each) else np.nan for each in ends)
