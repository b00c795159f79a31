"""What `divide check` says of an extension: read from its text, or loaded by --with."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import click

from divide.experiments.text.units import plain
from divide.model.declare.errors import InputError, located
from divide.model.declare.extension import MOST_BYTES, Extension
from divide.model.declare.files import read_text

#: Methods of an extension that declare something by a name, and those that decorate a function.
NAMED = {"parameter": "parameters", "lever": "levers", "column": "columns"}
DECORATORS = {"process": "processes", "outcome": "outcomes"}


def say_extension(path: Path, extensions: tuple[Extension, ...]) -> None:
    """What an extension declares; its code is run only if it was given by --with.

    Raises:
        InputError: It is no Python, or makes no or several extensions.
    """
    with located(str(path)):
        text = read_text(path, MOST_BYTES)
    digest = hashlib.sha256(text.encode()).hexdigest()
    loaded = next((each for each in extensions if each.digest == digest), None)
    if loaded is not None:
        names = {
            kind: list(getattr(loaded, kind))
            for kind in ("parameters", "levers", "columns", "processes", "outcomes")
        }
        _say(path, loaded.name, names, "loaded")
        return
    tree = _parsed(text, path)
    made = [node for node in ast.walk(tree) if _callee(node) == "Extension"]
    if len(made) != 1:
        raise InputError(f"makes {len(made)} extensions; a file makes one", place=str(path))
    name = _text(made[0]) or "whose name is not written out"
    _say(path, name, _declared(tree), f"not run; --with {path} loads and checks it whole")


def _say(path: Path, name: str, names: dict[str, list[str]], how: str) -> None:
    click.echo(f"{plain(str(path))}: extension {plain(name)} ({how})")
    for kind, found in names.items():
        if found:
            click.echo(f"  {kind}: {plain(', '.join(found))}")


def _parsed(text: str, path: Path) -> ast.Module:
    try:
        return ast.parse(text, str(path))
    except SyntaxError as error:
        raise InputError(str(error.msg), (), f"{path}, line {error.lineno}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"is no Python that can be read: {error}", place=str(path)) from None


def _declared(tree: ast.Module) -> dict[str, list[str]]:
    """Names that are written out in declarations, by kind."""
    found: dict[str, list[str]] = {kind: [] for kind in (*NAMED.values(), *DECORATORS.values())}
    for node in ast.walk(tree):
        kind = NAMED.get(_callee(node))
        if kind and (name := _text(node)):
            found[kind].append(name)
        for decorator in _decorators(node):
            if kind := DECORATORS.get(decorator):
                found[kind].append(getattr(node, "name", ""))
    return found


def _decorators(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield from map(_callee, node.decorator_list)


def _callee(node: ast.AST) -> str:
    """Last part of the name of what is called; empty if nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    return getattr(called, "attr", "") or getattr(called, "id", "")


def _text(node: ast.AST) -> str:
    """The first argument of a call, if it is a text."""
    arguments = node.args if isinstance(node, ast.Call) else []
    first = arguments[0] if arguments else None
    named = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if named and isinstance(first, ast.Constant) else ""
