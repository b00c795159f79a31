"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(
    head: Iterable[object], rows: Iterable[Iterable[object]], align: Sequence[str] = ()
) -> str:
    """A table; cells are written as they are.

    Args:
        head: One heading a column.
        rows: Cells of each row.
        align: The rule under each heading, "---" for all if empty; "---:" sets numbers flush right.
    """
    first = list(map(str, head))
    lines = [first, align or ["---"] * len(first), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
