"""Gravity of goods trade in 2006: what distance, language and border are worth offline.

    python -m divide.calibration.replay.goods FILE

FILE holds the pairs of Head, Mayer and Ries: columns iso_o, iso_d, flow_usd_m_2006, rta and
comcur. No licence allows passing it on; docs/ODD.md (7.9) tells what was found.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from divide.calibration.replay.case import Array
from divide.calibration.replay.gravity import ppml_with_errors
from divide.model.world import load_world
from divide.model.world.loader import World

YEAR = 2006
#: Right-hand sides, in order.
TERMS = ("ln distance", "language", "border", "trade agreement", "common currency")


def gravity_of(pairs: pd.DataFrame, world: World) -> tuple[Array, Array]:
    """Coefficients of `TERMS` and their standard errors, (terms,) each.

    Pairs that the file does not list are left out. Agreements and currencies are held to be none
    where it says nothing of them.

    Args:
        pairs: Columns iso_o, iso_d, flow_usd_m_2006, rta and comcur.
        world: Gives distance, language and border.
    """
    place = pd.Index(world.iso3)
    at = place.get_indexer(pairs["iso_o"]), place.get_indexer(pairs["iso_d"])
    known = (at[0] >= 0) & (at[1] >= 0)
    rows = at[0][known], at[1][known]

    def matrix(name: str, empty: float) -> Array:
        found = np.full((len(place), len(place)), empty)
        found[rows] = pairs[name].to_numpy(float)[known]
        return found

    flows = matrix("flow_usd_m_2006", np.nan)
    off = np.where(np.eye(len(place), dtype=bool), np.nan, flows)
    seen = (np.nansum(off, axis=1) > 0) & (np.nansum(off, axis=0) > 0)
    among = np.ix_(seen, seen)
    gaps = [
        np.log(np.maximum(world.distance_km, 50.0)),
        world.common_language,
        world.contiguous,
        np.nan_to_num(matrix("rta", 0.0)),
        np.nan_to_num(matrix("comcur", 0.0)),
    ]
    return ppml_with_errors(flows[among], [np.asarray(each, float)[among] for each in gaps])


def main() -> None:
    """Command line."""
    pairs = pd.read_csv(Path(sys.argv[1]))
    for term, value, error in zip(TERMS, *gravity_of(pairs, load_world(YEAR)), strict=True):
        sys.stdout.write(f"{term}: {value:.3f} ({error:.3f})\n")


if __name__ == "__main__":
    main()
