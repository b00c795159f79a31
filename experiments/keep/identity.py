"""What the figures of a sweep depend on, as digests: it goes on only where they are the same."""

import difflib
import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import divide.model
from divide.experiments.carry.machine import BEARING
from divide.experiments.carry.simulate import SIMULATE
from divide.experiments.keep.provenance import version

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


@cache
def code_digest() -> str:
    """SHA-256 of the model: its code, parameters and policies, without the country figures."""
    root = Path(divide.model.__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".py", ".yaml") and not name.startswith(
            ("world/tables", "policy/packages")
        ):
            total.update(f"{name}\n".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def data_digest() -> str:
    """SHA-256 of the country figures that runs start from."""
    from divide.model.world.loader import read_tables, tables_directory

    return read_tables(tables_directory()).digest


def surroundings() -> dict[str, str]:
    """What the figures depend on beside the experiment."""
    versions = {name: version(name) for name in BEARING}
    return {
        "model code": code_digest(),
        "country figures": data_digest(),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **versions,
    }


def identity(experiment: "Experiment", simulate: str) -> dict[str, str]:
    """Everything that the figures of a sweep depend on, by what people call it."""
    own = {} if simulate == SIMULATE else {"simulate": simulate}
    return {**surroundings(), **experiment.identity, **own}


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two identities, a phrase each."""
    found = []
    for name in dict.fromkeys((*then, *now)):
        before, after = (_short(each.get(name)) for each in (then, now))
        if then.get(name) != now.get(name):
            found.append(f"{name}: {before} then, {after} now")
    return found


def _short(value: str | None) -> str:
    if value is None:
        return "absent"
    return value[:10] if len(value) == 64 else value


def changed_lines(then: str, now: str, most: int = 3) -> list[str]:
    """The first lines that differ between two versions of a file, a phrase each."""
    old, new = then.splitlines(), now.splitlines()
    found = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            before = " / ".join(line.strip() for line in old[a:b][:most]) or "nothing"
            after = " / ".join(line.strip() for line in new[c:d][:most]) or "nothing"
            found.append(f"line {c + 1}: {before!r} then, {after!r} now")
    return found[:most]


def shown(data: Mapping[str, Any]) -> str:
    """Plain data as the text of a file."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
