"""What is raised for whatever a user got wrong, and where it stands.

Checks raise with a path relative to what they look at, callers put their own keys before it
(`inside`), and whoever knows the file or the option names it (`located`). So the text is put
together once, and nothing reads it but people.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from divide.model.declare.phrase import Phrase

type Path = tuple[str | int, ...]


class InputError(ValueError):
    """What a user handed in cannot be used.

    Attributes:
        reason: What is wrong and what is allowed; a `Phrase` if a page can be told it.
        path: Keys and indices from the outside in, ("policy", "levers", "five_g", "start").
        place: Where it was written, "mine.yaml, line 3" or "--set five_g=1"; "" in Python.
    """

    def __init__(self, reason: str, path: Path = (), place: str = "") -> None:
        super().__init__(reason, path, place)  # all three, so that it can be pickled
        self.reason, self.path, self.place = reason, path, place

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, dotted(self.shown), self.reason) if part)

    @property
    def shown(self) -> Path:
        """The part of the path that is read before the reason."""
        return self.path

    def within(self, *keys: str | int) -> "InputError":
        """The same error seen from further out; one from another file is quoted whole."""
        if self.place:
            return InputError(str(self), keys)
        return type(self)(self.reason, (*keys, *self.path))


class UnknownKeyError(InputError):
    """A key that does not exist: the last of the path, which the reason names already."""

    @property
    def shown(self) -> Path:
        """All but the last."""
        return self.path[:-1]


class inside:  # noqa: N801 - a block, as `contextlib.suppress` is; a class is twice as quick
    """Errors raised in this block are about something under `keys`."""

    __slots__ = ("keys",)

    def __init__(self, *keys: str | int) -> None:
        self.keys = keys

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, InputError):
            raise error.within(*self.keys) from None


@contextmanager
def located(place: str, document: object = None) -> Iterator[None]:
    """Errors raised in this block are about something written in `place`, a file or an option.

    Args:
        place: What people call it.
        document: What `read_yaml` returned: adds the line, that of the nearest key around what
            is missing.
    """
    try:
        yield
    except InputError as error:
        found = error.within()
        line = line_of(document, found.path)
        where = Phrase("{place}, line {line}", place=place, line=line) if line else place
        raise type(found)(found.reason, found.path, where) from None


def line_of(document: object, path: Path) -> int | None:
    """The line on which the last known key of `path` stands, if the mappings recorded it."""
    line = None
    for key in path:
        lines = getattr(document, "lines", {})
        if key not in lines:
            break
        line = lines[key]
        document = document[key]  # type: ignore[index]
    return line


def dotted(path: Path) -> str:
    """A path as people read it: policies[0].levers.five_g."""
    keys = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(keys).removeprefix(".")
