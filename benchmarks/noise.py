"""How much of a difference is luck: `python -m benchmarks.noise [--seeds N] [--firms N] [--write]`.

Every package and every lever alone is run beside the status quo on the same seeds, at the default
size. For each difference at the end the table has its median over seeds and its standard deviation
over that median. With common random numbers a difference is mostly effect; the bar is a tenth.
`--write` puts the tables into benchmarks/noise.md.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from divide.experiments.text import markdown
from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.levers import levers
from divide.model.policy.policy import REFERENCE, packages

Array = NDArray[np.float64]

RESULTS = Path(__file__).with_name("noise.md")
SEEDS, BAR = 16, 0.1
#: A budget that no lever alone uses up, US$ million a year.
AMPLE = 1e6


def members_exports(m: DigitalDivideModel) -> float:
    """Exports of the members of the Belt and Road Initiative, US$ a year."""
    return float(m.bri @ m.state.countries.exports)


def exporting(m: DigitalDivideModel) -> float:
    """Share of the world's firms that export online."""
    return float(m.firm_shares()[3] @ m.firms_by_country / m.firms_by_country.sum())


def outcome(name: str) -> Callable[[DigitalDivideModel], float]:
    """Reads a recorded outcome at the end."""
    return lambda m: float(m.results().outcomes[name][-1])


HEADLINE: dict[str, Callable[[DigitalDivideModel], float]] = {
    "people offline": outcome("people_offline"),
    "person-years offline": outcome("years_offline"),
    "Gini of internet use": outcome("usage_gini"),
    "account holders": outcome("payments_mean"),
    "cross-border e-commerce": outcome("ecommerce_value"),
    "exports of members": members_exports,
    "firms that export": exporting,
    "small firms in supply": outcome("small_firm_supply"),
    "dependence on the hub": outcome("hub_dependence"),
    "debt": outcome("debt"),
}


def finished(policy: Policy | str, base: Scenario, seed: int) -> DigitalDivideModel:
    """A run to the end."""
    m = DigitalDivideModel(replace(base, policy=policy, seed=seed))
    m.run_steps()
    return m


def of_packages(base: Scenario, seeds: Iterable[int]) -> dict[tuple[str, str], Array]:
    """Differences of each package and headline outcome from the status quo, by seed, (seeds,)."""
    names = [name for name in packages() if name != REFERENCE]
    found: dict[tuple[str, str], list[float]] = {(n, o): [] for n in names for o in HEADLINE}
    for seed in seeds:
        without = finished(REFERENCE, base, seed)
        was = {label: read(without) for label, read in HEADLINE.items()}
        for name in names:
            m = finished(name, base, seed)
            for label, read in HEADLINE.items():
                found[name, label].append(read(m) - was[label])
    return {key: np.array(values) for key, values in found.items()}


def own(m: DigitalDivideModel, column: str) -> float:
    """Mean over the world's people of a country column at the end."""
    people = m.state.countries.population
    return float(m.state.record.column(column)[-1] @ people / people.sum())


def of_levers(base: Scenario, seeds: Iterable[int]) -> dict[tuple[str, str], Array]:
    """Differences that each lever alone, at half its upper bound, makes in its own outcome."""
    found: dict[tuple[str, str], list[float]] = {
        (name, lever.outcome): [] for name, lever in levers().items()
    }
    for seed in seeds:
        without = finished(REFERENCE, base, seed)
        for name, lever in levers().items():
            use = LeverUse(0.5 * lever.bounds[1] or 0.5 * lever.bounds[0])
            m = finished(Policy(budget=AMPLE, levers={name: use}), base, seed)
            found[name, lever.outcome].append(own(m, lever.outcome) - own(without, lever.outcome))
    return {key: np.array(values) for key, values in found.items()}


def noise(values: Array) -> float:
    """Standard deviation over seeds over the size of the median; infinite where that is zero."""
    size = abs(float(np.median(values)))
    return float(values.std(ddof=1)) / size if size else float("inf")


def table(head: tuple[str, str], found: dict[tuple[str, str], Array]) -> str:
    """Differences by the share of luck in them, most first."""
    order = sorted(found, key=lambda key: -noise(found[key]))
    rows = [
        [*key, f"{np.median(found[key]):.4g}", f"{noise(found[key]):.3f}",
         "" if noise(found[key]) < BAR else "misses"]
        for key in order
    ]  # fmt: skip
    missed = sum(noise(values) >= BAR for values in found.values())
    names = [*head, "median difference", "sd over it", f"bar of {BAR:g}"]
    text = markdown.table(names, rows, ["---", "---", "---:", "---:", "---"])
    return f"{len(found) - missed} of {len(found)} are below the bar.\n\n{text}"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--firms", type=int, default=Scenario().firms)
    parser.add_argument("--until", type=int, default=Scenario().until)
    parser.add_argument("--write", action="store_true", help="write benchmarks/noise.md")
    asked = parser.parse_args()
    base, seeds = Scenario(firms=asked.firms, until=asked.until), range(1, asked.seeds + 1)
    text = (
        "# Noise\n\nMade by `python -m docs.pages --write noise`. Differences from the status quo "
        f"at the end of {base.until}, {asked.seeds} seeds, {base.firms:,} firms, parameters as "
        "declared.\n\n## Packages\n\n"
        + table(("package", "outcome"), of_packages(base, seeds))
        + "\n## Levers, each alone at half its upper bound\n\n"
        + table(("lever", "its own outcome"), of_levers(base, seeds))
    )
    print(text)
    if asked.write:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
