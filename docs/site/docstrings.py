"""Docstrings as Sphinx reads them: they are written in Markdown, with Google's sections."""

import re
from typing import Any

_LITERAL = re.compile(r"(?<!`)`([^`]+)`(?!`)(\w?)")


def to_rest(lines: list[str]) -> list[str]:
    """Markdown's marks of code as those of reStructuredText."""
    found: list[str] = []
    fenced = False
    for line in lines:
        if line.lstrip().startswith("```"):
            fenced = not fenced
            found += [".. code-block:: python", ""] if fenced else [""]
        else:
            found.append(f"    {line}" if fenced else line)
    text = "\n".join(found)
    blocks = re.split(r"(^\.\. code-block.*?(?=^\S|\Z))", text, flags=re.DOTALL | re.MULTILINE)
    blocks[::2] = [_LITERAL.sub(_literal, block) for block in blocks[::2]]
    return [_plain(line) for line in "".join(blocks).split("\n")]


def _literal(match: re.Match[str]) -> str:
    """Code, which a letter may follow: as in the plural of a class."""
    return f"``{match[1]}``" + (f"\\ {match[2]}" if match[2] else "")


def _plain(line: str) -> str:
    """A star outside of code is a star."""
    parts = re.split(r"(``.*?``)", line)
    parts[::2] = [re.sub(r"(?<!\\)\*(?=\S)", r"\\*", part) for part in parts[::2]]
    return "".join(parts)


def convert(app: Any, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """What Sphinx calls for each docstring."""
    lines[:] = to_rest(lines)
