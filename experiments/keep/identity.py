"""What the figures of a folder depend on, as digests: it goes on only where they are the same."""

import difflib
import hashlib
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import divide.model
from divide.experiments.keep.machine import BEARING
from divide.experiments.keep.provenance import version
from divide.experiments.plan.draws import FILE as POSTERIOR
from divide.experiments.plan.kept import SIMULATE

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

ROOT = Path(divide.model.__file__).parents[1]
#: Code and declarations that bear on what is kept of a run, beside the module that makes it.
CODE = ("model/**/*.py", "model/**/*.yaml", "experiments/plan/*.py", "experiments/keep/shards.py")
#: Figures have a digest of their own, whoever made them, and packages stand in the experiment.
NOT_CODE = (
    "model/world/tables/", "model/world/build.py", "model/world/datapackage.py",
    "model/world/refresh.py", "model/policy/packages/",
)  # fmt: skip


@cache
def code_digests() -> dict[str, str]:
    """SHA-256 of each file of the package that bears on what is kept, by its path in it."""
    paths = {path for pattern in CODE for path in ROOT.glob(pattern)}
    names = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {
        name: hashlib.sha256(names[name].read_bytes()).hexdigest()
        for name in sorted(names)
        if not name.startswith(NOT_CODE)
    }


@cache
def code_digest() -> str:
    """SHA-256 of all of them together: one word for the code of the model."""
    text = "\n".join(f"{name} {digest}" for name, digest in code_digests().items())
    return hashlib.sha256(text.encode()).hexdigest()


def maker_digests(simulate: str) -> dict[str, str]:
    """SHA-256 of the file of the function that makes and keeps a run, by its path or module."""
    module = simulate.partition(":")[0]
    found = find_spec(module)
    if found is None or found.origin is None:
        return {}
    path = Path(found.origin)
    own = path.is_relative_to(ROOT)
    name = path.relative_to(ROOT).as_posix() if own else f"{module.replace('.', '/')}.py"
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()}


def data_digest() -> str:
    """SHA-256 of the country figures that runs start from."""
    from divide.model.world.loader import read_tables, tables_directory

    return read_tables(tables_directory()).digest


@cache
def edition() -> str:
    """The version and a word for all that its numbers hang on, such as "0.2.0-1a2b3c4".

    Between two releases the version alone does not tell two states of the model apart, nor two
    servers with other figures.
    """
    parts = (code_digest(), data_digest(), hashlib.sha256(POSTERIOR.read_bytes()).hexdigest())
    return f"{version()}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:7]}"


def surroundings(simulate: str = SIMULATE) -> dict[str, str]:
    """What the figures depend on beside the experiment."""
    versions = {name: version(name) for name in BEARING}
    return {
        **code_digests(),
        **maker_digests(simulate),
        "country figures": data_digest(),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **versions,
    }


def identity(experiment: "Experiment", simulate: str) -> dict[str, str]:
    """Everything that the figures of an experiment depend on, by what people call it."""
    own = {} if simulate == SIMULATE else {"simulate": simulate}
    return {**surroundings(simulate), **experiment.identity, **own}


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two identities, a phrase each."""
    found = []
    for name in dict.fromkeys((*then, *now)):
        before, after = then.get(name), now.get(name)
        if before == after:
            continue
        if Path(name).suffix in (".py", ".yaml"):
            how = "is new" if before is None else "is gone" if after is None else "changed"
            found.append(f"{name} {how}")
        else:
            found.append(f"{name}: {_short(before)} then, {_short(after)} now")
    return found


def shortened(phrases: Sequence[str], most: int = 8) -> list[str]:
    """The first phrases, and how many more there are: another version changes every file."""
    rest = len(phrases) - most
    return [*phrases[:most], *([f"and {rest} more"] if rest > 0 else [])]


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
