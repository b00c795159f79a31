"""How much of a difference is luck: `python -m benchmarks.noise [--seeds N] [--firms N] [--write]`.

Every package and every lever alone is run beside the status quo on the same seeds, at the default
size, and packages are compared two by two. For each difference at the end the table has its median
over seeds and its standard deviation over that median. With common random numbers a difference is
mostly effect; the bar is a tenth. Beside it stands the luck in 200,000 firms of an earlier version.
`--write` puts the tables into benchmarks/noise.md.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import noise_before
from benchmarks.before import BEFORE
from divide.experiments.text import markdown
from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.levers import levers
from divide.model.outcomes.country import COUNTRY
from divide.model.policy.policy import REFERENCE, packages

Array = NDArray[np.float64]

RESULTS = Path(__file__).with_name("noise.md")
SEEDS, BAR = 16, 0.1
#: Two packages are nearly tied where they differ by less than this share of the larger of their own
#: differences from the status quo (assumed).
TIE = 0.1
#: Units of what adds up over countries; anything else is averaged over people.
ADDS_UP = ("US$", "US$/year", "events/year")
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


def of_pairs(found: dict[tuple[str, str], Array]) -> dict[tuple[str, str, str], Array]:
    """Differences of packages from each other, by the first, the second and the outcome."""
    names = list(dict.fromkeys(name for name, _ in found))
    return {
        (a, b, o): found[a, o] - found[b, o] for a, b in combinations(names, 2) for o in HEADLINE
    }


def own(m: DigitalDivideModel, column: str, where: NDArray[np.bool_]) -> float:
    """A country column at the end over some countries: the sum of what adds up, else the mean.

    Args:
        m: A run.
        column: Name of the column.
        where: The countries, (n,).
    """
    values, people = m.state.record.column(column)[-1][where], m.state.countries.population[where]
    adds_up = COUNTRY[column].unit in ADDS_UP
    return float(values.sum() if adds_up else values @ people / people.sum())


def of_levers(base: Scenario, seeds: Iterable[int]) -> dict[tuple[str, str], Array]:
    """Differences that each lever alone, at half its upper bound, makes in its own outcome.

    They are those of the countries in which it acts: whoever holds a fair or trains people looks
    there, not at what rivals elsewhere sell less.
    """
    found: dict[tuple[str, str], list[float]] = {
        (name, lever.outcome): [] for name, lever in levers().items()
    }
    for seed in seeds:
        without = finished(REFERENCE, base, seed)
        for name, lever in levers().items():
            use = LeverUse(0.5 * lever.bounds[1] or 0.5 * lever.bounds[0])
            m = finished(Policy(budget=AMPLE, levers={name: use}), base, seed)
            there = m.state.policy.programmes[name].share > 0
            change = own(m, lever.outcome, there) - own(without, lever.outcome, there)
            found[name, lever.outcome].append(change)
    return {key: np.array(values) for key, values in found.items()}


def noise(values: Array) -> float:
    """Standard deviation over seeds over the size of the median; infinite where that is zero."""
    return over(float(values.std(ddof=1)), abs(float(np.median(values))))


def over(value: float, size: float) -> float:
    """A size over another one; infinite where that is zero."""
    return value / size if size else float("inf")


def below(found: Mapping[Any, Array]) -> str:
    """How many differences are below the bar, in words."""
    return f"{sum(noise(v) < BAR for v in found.values())} of {len(found)} are below the bar."


def table(head: tuple[str, str], found: dict[tuple[str, str], Array]) -> str:
    """Differences by the share of luck in them, most first."""
    order = sorted(found, key=lambda key: -noise(found[key]))
    rows = [
        [*key, f"{np.median(found[key]):.4g}", f"{noise(found[key]):.3f}",
         "" if noise(found[key]) < BAR else "misses"]
        for key in order
    ]  # fmt: skip
    names = [*head, "median difference", "sd over it", f"bar of {BAR:g}"]
    text = markdown.table(names, rows, ["---", "---", "---:", "---:", "---"])
    return f"{below(found)}\n\n{text}"


def pairs_table(found: dict[tuple[str, str], Array]) -> str:
    """Luck in the differences of packages from each other, and which of them are near ties."""
    pairs = of_pairs(found)
    larger = {
        (a, b, o): max(abs(float(np.median(found[name, o]))) for name in (a, b))
        for a, b, o in pairs
    }
    apart = {key: over(abs(float(np.median(values))), larger[key]) for key, values in pairs.items()}
    spread = {key: over(float(values.std(ddof=1)), larger[key]) for key, values in pairs.items()}
    missed = sorted((k for k in pairs if noise(pairs[k]) >= BAR), key=lambda k: -noise(pairs[k]))
    tied = sum(apart[key] < TIE for key in missed)
    rows = [
        [*key, f"{np.median(pairs[key]):.4g}", f"{noise(pairs[key]):.3f}", f"{apart[key]:.3f}",
         f"{spread[key]:.3f}", f"{_alike(pairs[key])} of {pairs[key].size}",
         "near tie" if apart[key] < TIE else "misses"]
        for key in missed
    ]  # fmt: skip
    names = ["package", "less", "outcome", "median difference", "sd over it",
             "difference over the larger own", "sd over the larger own",
             "seeds with the sign of the median", f"bar of {BAR:g}"]  # fmt: skip
    right = ["---:"] * 5
    matrix = [
        [a, b, *(_marked(noise(pairs[a, b, o])) for o in HEADLINE)]
        for a, b in dict.fromkeys(key[:2] for key in pairs)
    ]
    return (
        f"{below(pairs)} Of the {len(missed)} that miss, {tied} are near ties: the two packages "
        f"differ by less than {TIE:.0%} of the larger of their own differences from the status "
        "quo. More runs make the mean of such a difference surer, but not the difference larger. "
        "Over that larger difference the standard deviation is at most "
        f"{max(spread.values()):.3f} in all pairs.\n\n"
        + markdown.table(names, rows, ["---", "---", "---", *right, "---"])
        + "\nStandard deviation over the median difference, all pairs; bold misses the bar:\n\n"
        + markdown.table(
            ["package", "less", *HEADLINE], matrix, ["---", "---", *["---:"] * len(HEADLINE)]
        )
    )


def _alike(values: Array) -> int:
    """How many have the sign of their median."""
    return int((np.sign(values) == np.sign(np.median(values))).sum())


def _marked(share: float) -> str:
    return f"{share:.3f}" if share < BAR else f"**{share:.3f}**"


def levers_table(found: dict[tuple[str, str], Array]) -> str:
    """Luck in what levers do, and which move their outcome the other way than declared."""
    up = {name: lever.direction == "up" for name, lever in levers().items()}
    against = [name for (name, _), v in found.items() if (np.median(v) > 0) != up[name]]
    with_units = {(name, f"{o}, {COUNTRY[o].unit}"): values for (name, o), values in found.items()}
    return (
        "Of the countries in which the lever acts: the sum of flows, the mean over people of "
        f"anything else. {len(found) - len(against)} of {len(found)} move as declared"
        f"{''.join(f'; not {name}' for name in against)}.\n\n"
        + table(("lever", "its own outcome"), with_units)
    )


def beside(now: Mapping[tuple[str, str], Array], then: Mapping[tuple[str, str], Array]) -> str:
    """Luck in what packages do, here and in the earlier version, outcome by outcome."""
    rows, lower = [], 0
    for label in noise_before.SHARED:
        keys = [key for key in then if key[1] == label and key in now]
        ours, theirs = ([noise(found[key]) for key in keys] for found in (now, then))
        lower += sum(a <= b for a, b in zip(ours, theirs, strict=True))
        figures = (np.median(ours), max(ours), np.median(theirs), max(theirs))
        rows.append([label, *(f"{figure:.3f}" for figure in figures)])
    head = ["outcome", "median over packages", "largest", f"{BEFORE}, median", f"{BEFORE}, largest"]
    return (
        "Standard deviation over seeds over the size of the median difference from the status quo, "
        f"beside {BEFORE} with {noise_before.FIRMS:,} firms, on as many seeds. Here it is no "
        f"larger in {lower} of {len(then)} differences.\n\n"
        + markdown.table(head, rows, ["---", *["---:"] * 4])
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--firms", type=int, default=Scenario().firms)
    parser.add_argument("--until", type=int, default=Scenario().until)
    parser.add_argument("--write", action="store_true", help="write benchmarks/noise.md")
    asked = parser.parse_args()
    base, seeds = Scenario(firms=asked.firms, until=asked.until), range(1, asked.seeds + 1)
    found = of_packages(base, seeds)
    shipped = dict.fromkeys(name for name, _ in found)
    text = (
        "# Noise\n\nMade by `python -m docs.pages --write noise`. Differences "
        f"at the end of {base.until}, {asked.seeds} seeds, {base.firms:,} firms, parameters as "
        "declared.\n\n## Packages, from the status quo\n\n"
        + table(("package", "outcome"), found)
        + "\n## Packages, from each other\n\n"
        + pairs_table(found)
        + "\n## Levers, each alone at half its upper bound, from the status quo\n\n"
        + levers_table(of_levers(base, seeds))
        + f"\n## Beside {noise_before.FIRMS:,} firms of {BEFORE}\n\n"
        + beside(found, noise_before.before(shipped, REFERENCE, seeds, base.until))
    )
    print(text)
    if asked.write:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
