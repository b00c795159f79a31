"""What a program in another environment is given, and how it answers.

Nothing here needs the model: `divide` is not installed where these programs run. Conditions come
as plain arrays in one file, questions as lines, and each answer is a line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Firms(NamedTuple):
    """Columns of the firms at the start, (firms,) each, as `FirmPopulation` has them."""

    country: Array
    kind: Array
    state: Array
    marketplace: Array
    rail: Array
    productivity: Array
    skill: Array


class Given(NamedTuple):
    """The part of `benchmarks.conditions.Conditions` that the rules of firms read."""

    odds: Array
    peers: float
    speed: Array
    churn: float
    markets: tuple[Array, Array]
    rails: tuple[Array, Array]
    members: Array
    weight: Array
    platforms: int
    share: Array
    firms: Firms


#: Fields that are several arrays.
NESTED = {"firms": Firms._fields, "markets": ("shares", "names"), "rails": ("shares", "names")}


def write(conditions: Any, path: Path) -> None:
    """Write what `read` reads: one array a field or column, without pickles."""
    arrays = {}
    for name in Given._fields:
        value = getattr(conditions, name)
        if name == "firms":
            arrays |= {f"firms.{column}": getattr(value, column) for column in Firms._fields}
        elif name in NESTED:
            arrays |= {f"{name}.{k}": v for k, v in zip(NESTED[name], value, strict=True)}
        else:
            arrays[name] = np.asarray(value)
    np.savez(path, **arrays)


def read(path: Path) -> Given:
    """Read what `write` wrote.

    Raises:
        KeyError: An array is missing.
        ValueError: The file holds objects, which are never unpickled.
    """
    with np.load(path, allow_pickle=False) as held:
        fields: dict[str, Any] = {}
        for name in Given._fields:
            if name in NESTED:
                parts = [held[f"{name}.{part}"] for part in NESTED[name]]
                fields[name] = Firms(*parts) if name == "firms" else tuple(parts)
            else:
                fields[name] = held[name] if held[name].ndim else held[name].item()
    return Given(**fields)


def summary(world: Any) -> dict[str, float]:
    """How the firms ended: shares by number of states, how alike they choose, and the tallies."""
    shares = np.bincount(world.ladder(), minlength=5) / len(world.ladder())
    found = {f"firms with {k} states": float(share) for k, share in enumerate(shares)}
    for name, chosen in zip(("marketplace", "rail"), world.choices(), strict=True):
        share = np.bincount(chosen[chosen >= 0]) / (chosen >= 0).sum()
        found[f"{name} concentration"] = float((share**2).sum())
    return found | {
        "users": float(np.sum(world.users, dtype=float)),
        "capacity": float(np.sum(world.capacity, dtype=float)),
    }


def replicates(make: Callable[[int], Any], seeds: int, steps: int) -> dict[str, list[float]]:
    """What `summary` finds after some steps, by name, for each of some seeds."""
    found = []
    for seed in range(seeds):
        world = make(seed)
        for _ in range(steps):
            world.step()
        found.append(summary(world))
    return {name: [one[name] for one in found] for name in found[0]}


def answer(make: Callable[[Given, int], Any]) -> None:
    """Answer the questions on standard input until it ends.

    `firms FILE` reads firms, `step` moves them and tells the seconds of the processor that it
    took, `replicates SEEDS STEPS` tells how they end with other seeds.

    Args:
        make: The firms of given conditions and seed; it has what `summary` asks for, and `step`.
    """
    for line in sys.stdin:
        question, _, words = line.rstrip("\n").partition(" ")
        said: Any = None
        if question == "firms":
            given = read(Path(words))
            world = make(given, 1)
        elif question == "step":
            start = time.process_time()
            world.step()
            said = time.process_time() - start
        else:
            seeds, steps = map(int, words.split())
            said = replicates(partial(make, given), seeds, steps)
        print(json.dumps(said), flush=True)
