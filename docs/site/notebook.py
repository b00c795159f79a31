"""Notebooks as Python files in the percent format: read, carried out, and written in other forms.

`# %%` starts a cell of code and `# %% [markdown]` one of text, as Jupyter (with jupytext), VS Code,
Spyder and PyCharm read it. `# !divide ...` is a command, as jupytext writes `!divide ...`.
"""

import ast
import contextlib
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from click.testing import CliRunner

HOME = Path(__file__).parents[1] / "notebooks"
_START = re.compile(r"^# %%(?P<text> \[markdown\])?$", re.MULTILINE)
_COMMAND = re.compile(r"^# !(divide .*)$", re.MULTILINE)


class Cell(NamedTuple):
    """A cell: whether it is text, and what stands in it."""

    text: bool
    source: str


class NotebookError(Exception):
    """A cell failed: which file and line, and why."""


def cells(path: Path) -> list[Cell]:
    """The cells of a notebook, in order."""
    _, *parts = _START.split(path.read_text(encoding="utf-8"))
    found = []
    for mark, body in zip(parts[::2], parts[1::2], strict=True):
        if mark:
            body = re.sub("^# ?", "", body, flags=re.MULTILINE)
        found.append(Cell(bool(mark), body.strip("\n")))
    return found


def shown(path: Path, work: Path, out: Path) -> str:
    """A notebook carried out, as Markdown with what its cells print and draw.

    Args:
        path: The notebook.
        work: An empty folder that it runs in.
        out: Folder for its figures, which the Markdown names without it.

    Raises:
        NotebookError: A cell failed.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    pages = []
    with _at(work), matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        for number, cell in enumerate(cells(path), start=1):
            if cell.text:
                pages.append(cell.source)
                continue
            try:
                found = _carried_out(cell.source, space)
            except Exception as error:
                raise NotebookError(f"{path.name}, cell {number}: {error!r}") from error
            pages += [_code(cell.source), *found, *_figures(f"{path.stem}-{number}", out)]
    return "\n\n".join(pages).replace(f"{work.resolve()}/", "") + "\n"


def jupyter(path: Path) -> str:
    """A notebook as Jupyter's own JSON, without outputs."""
    found = []
    for number, (text, source) in enumerate(cells(path)):
        body = source if text else _COMMAND.sub(r"!\1", source)
        kind = "markdown" if text else "code"
        more = {} if text else {"execution_count": None, "outputs": []}
        lines = body.splitlines(keepends=True)
        found.append(
            {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines, **more}
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": found, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1) + "\n"


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    """In a folder, with figures kept to files; the environment is afterwards what it was."""
    before = dict(os.environ)
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        matplotlib.use(backend)


def _carried_out(source: str, space: dict[str, Any]) -> list[str]:
    """What a cell prints, and what its last expression is unless a semicolon ends it."""
    commands = _COMMAND.findall(source)
    if commands:
        return [_text("".join(_said(command) for command in commands))]
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), space)  # noqa: S102 -- a notebook of the project
        if last is not None:
            expression = ast.Expression(last.value)
            value = eval(compile(expression, "cell", "eval"), space)  # noqa: S307
    found = [_text(printed.getvalue())] if printed.getvalue() else []
    silent = value is None or source.endswith(";")
    return found if silent else [*found, _display(value)]


def _said(command: str) -> str:
    """What a command of the model prints; carried out in this process, which starts sooner.

    Raises:
        RuntimeError: It failed.
    """
    from divide.experiments.cli.main import main

    done = CliRunner().invoke(main, shlex.split(command)[1:])
    if done.exit_code:
        raise RuntimeError(f"{command}: {done.output}")
    return done.stdout


def _code(source: str) -> str:
    commands = _COMMAND.findall(source)
    return "```console\n" + "\n".join(commands) + "\n```" if commands else _fence(source, "python")


def _fence(text: str, kind: str) -> str:
    return f"```{kind}\n{text.rstrip()}\n```"


def _text(printed: str) -> str:
    lines = (line.rstrip() for line in printed.splitlines())
    return _fence("\n".join(lines), "text")


def _display(value: object) -> str:
    """A value as HTML where it has some: one block, which a blank line would end."""
    if not hasattr(value, "_repr_html_"):
        return _text(repr(value))
    html = re.sub(r"<style.*?</style>", "", value._repr_html_(), flags=re.DOTALL)
    return "\n".join(line for line in html.splitlines() if line.strip())


def _figures(stem: str, out: Path) -> list[str]:
    """The open figures, written and closed."""
    import matplotlib.pyplot as plt

    found = []
    for number in plt.get_fignums():
        name = f"{stem}-{number}.svg"
        plt.figure(number).savefig(out / name, metadata={"Date": None}, bbox_inches="tight")
        found.append(f"![Figure drawn by the cell above]({name})")
    plt.close("all")
    return found
