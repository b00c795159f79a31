"""Which package does better than which, and whether that is a finding.

A ranking of two policies is called a finding only where it holds in at least 90 % of draws of all
that is uncertain (`experiments/plan/uncertainty.py`) and, with the same share, in every structural
variant of the model. Everything else the model leaves open.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.carry.sweep import sweep
from divide.experiments.keep.identity import surroundings
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.load import Sweep, load
from divide.model.policy.policy import REFERENCE
from divide.model.run import HUB
from divide.model.scenario import Scenario
from divide.model.world import load_world

SHARE = 0.9
#: Draws of the model as it is; of the structural variants the first of them.
DRAWS, VARIANT_DRAWS = 200, 20
#: Every package that ships, for the same money.
COMPARED = (
    "balanced",
    "hard_first",
    "least_connected_first",
    "market_size_first",
    "payments_first",
    "security_first",
    "soft_first",
)
#: Differences of people online hang little on firms and platforms: a small model tells them.
FIRMS, PLATFORMS = 3_200, 40


@dataclass(frozen=True)
class Variant:
    """The model with one thing built otherwise.

    Attributes:
        name: Short name; what: what differs, for people.
        settings: Settings of the scenario; parameters: values that switch a mechanism.
    """

    name: str
    what: str
    settings: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)


#: What becomes of the common trend after the last figures, which they cannot tell: shown first.
TREND = tuple(
    Variant(
        f"trend_{100 * decline:.0f}",
        f"the common trend {f'fades by {decline:.0%} a year' if decline else 'goes on for good'}",
        parameters={"adoption.trend_decline": decline},
    )
    for decline in (0.0, 0.03, 0.1, 0.3)
)
#: Slopes of use to the price of data: panels of prices cannot tell it, studies say it roughly.
PRICE = tuple(
    Variant(
        f"price_{100 * slope:02.0f}",
        f"the slope of use to the price of data is {slope:g}",
        parameters={"adoption.price": slope},
    )
    for slope in (0.08, 0.25, 0.6)
)
BUILT = (
    Variant(
        "narrowband",
        "of those covered by 2G alone 70 % can be online instead of all",
        parameters={"adoption.narrowband": 0.7},
    ),
    Variant(
        "no_momentum",
        "a country's own recent rise says nothing of the rise to come",
        parameters={"adoption.momentum_weight": 0},
    ),
    Variant(
        "lasting",
        "a country's lead or lag hardly fades",
        parameters={"adoption.fading": 0.01},
    ),
    Variant(
        "no_peers",
        "nobody follows neighbouring countries or other firms, and most follow their own kind",
        parameters={"adoption.own_cell": 0.8, "adoption.neighbours": 0, "firms.peers": 0},
    ),
    Variant(
        "by_price",
        "international routes act on the price of data alone, not on the pace of adoption",
        parameters={"adoption.route_pace": 0},
    ),
    Variant(
        "no_growth",
        "neither connection nor trade raises income",
        parameters={"growth.from_internet": 0, "growth.from_trade": 0, "growth.from_cloud": 0},
    ),
    Variant(
        "no_network",
        "sellers and reach make no platform more attractive",
        parameters={"platforms.network": 0, "platforms.reach_effect": 0},
    ),
    Variant("earlier", "eighteen years from 2015 instead of 2022", {"start": 2015, "until": 2033}),
)
AS_IS = Variant("as_is", "the model as it is")
VARIANTS = (AS_IS, *TREND, *PRICE, *BUILT)


@dataclass(frozen=True)
class Measure:
    """What the packages are ranked by: SQL over `model` or `country` at the end of the runs."""

    name: str
    title: str
    unit: str
    divisor: float
    better: str
    sql: str


def _partners(start: int) -> tuple[str, ...]:
    """Belt and Road members as of `start`, without the hub."""
    table = load_world(start).table
    return tuple(iso3 for iso3 in table.index[table["bri_member"]] if iso3 != HUB)


MEASURES = (
    Measure(
        "years_gained", "Person-years online gained for the money", "person-years per US\\$ 1,000",
        1e-3, "higher",
        "SELECT a.policy, a.point, CASE WHEN a.spend > 0 "
        "THEN (q.years_offline - a.years_offline) / a.spend ELSE 0 END AS value "
        "FROM model a JOIN model q ON a.point = q.point AND a.year = q.year "
        "WHERE q.policy = $reference AND a.year = $until",
    ),
    Measure("people_offline", "People offline", "million", 1e6, "lower",
            "SELECT policy, point, people_offline AS value FROM model WHERE year = $until"),
    Measure("usage_gini", "Inequality of internet use between countries (Gini)", "thousandths",
            1e-3, "lower",
            "SELECT policy, point, usage_gini AS value FROM model WHERE year = $until"),
    Measure("partner_exports", "Cross-border e-commerce exports of Belt and Road members without "
            "the hub", "US\\$ billion a year", 1e9, "higher",
            "SELECT policy, point, sum(exports) AS value FROM country WHERE year = $until "
            "AND list_contains($partners, iso3) GROUP BY policy, point"),
)  # fmt: skip


def small() -> Scenario:
    """The run of all that stands on the page, in the central world and under no policy."""
    return Scenario(firms=FIRMS, platforms=PLATFORMS)


def experiment(variant: Variant, draws: int) -> Experiment:
    """The packages on the same draws of all that is uncertain, in one variant of the model.

    Rows of the posterior that are fewer than the draws meet several draws of everything else.
    """
    asked = described(draws)
    constants = {**asked["constants"], **variant.settings, **variant.parameters}
    return Experiment.from_mapping({**asked, "constants": constants}, f"findings_{variant.name}")


def described(draws: int) -> dict[str, Any]:
    """What stands in a file of the experiment, of the model as it is."""
    return {
        "policies": list(COMPARED),
        "constants": {"firms": FIRMS, "platforms": PLATFORMS},
        "design": {"kind": "predictive", "n": draws, "again": True},
        "outcomes": ["years_offline", "people_offline", "usage_gini", "spend"],
        "countries": ["exports"],
    }


def run(asked: Experiment, place: Path, workers: int | None) -> Sweep:
    """The sweep of a variant, finished first if need be."""
    finished = sweep(asked, place, workers)
    print(f"{place}: {finished.progress.done} runs, {finished.progress.failed} failed", flush=True)  # noqa: T201
    return load(place)


def values(loaded: Sweep, measure: Measure) -> pd.DataFrame:
    """A measure at the end by draw (rows, without the central run) and policy, in its unit.

    Raises:
        InputError: Runs failed or are missing.
    """
    loaded.check_complete()
    base = loaded.experiment.base
    given = {
        "until": base.until,
        "partners": list(_partners(base.start)),
        "reference": REFERENCE,
    }
    known = {key: value for key, value in given.items() if f"${key}" in measure.sql}
    table = loaded.query(measure.sql, known).pivot_table(
        index="point", columns="policy", values="value"
    )
    table = table[table.index > 0] if loaded.experiment.predictive else table
    return table[list(loaded.experiment.names)] / measure.divisor


def shares(table: pd.DataFrame, better: str) -> pd.DataFrame:
    """Share of draws in which the policy of a row does better than that of a column."""
    signed = table.to_numpy() * (1 if better == "lower" else -1)
    wins = (signed[:, :, None] < signed[:, None, :]).mean(axis=0)
    np.fill_diagonal(wins, np.nan)
    return pd.DataFrame(wins, index=table.columns, columns=table.columns)


def verdicts(by_variant: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What is made of the shares of each variant, the first of which is the model as it is.

    Returns:
        One row a pair that does better in more than half of the draws of the model as it is:
        better, worse, share, least (smallest share over the variants), where (its variant) and
        finding (whether both reach 90 %).
    """
    first, *_ = by_variant.values()
    rows = []
    for better in first.index:
        for worse in first.columns:
            share = first.loc[better, worse]
            if better == worse or not share > 0.5:
                continue
            least, where = min(
                (table.loc[better, worse], name) for name, table in by_variant.items()
            )
            rows.append((better, worse, share, least, where, bool(min(share, least) >= SHARE)))
    columns = ["better", "worse", "share", "least", "where", "finding"]
    return pd.DataFrame(rows, columns=columns)


def default_folder() -> Path:
    """A folder for this make of the model: figures of another are never mixed in."""
    text = json.dumps([surroundings(), [experiment(variant, 2).digest for variant in VARIANTS]])
    return Path("runs") / f"findings-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
