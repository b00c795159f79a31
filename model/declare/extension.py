"""Extensions: one Python file that makes something of one's own a full part of the model.

A file makes one `Extension` and declares on it parameters, country columns, levers, processes with
their place in a step, outcomes, and words in other languages than English:

    from divide import Extension

    women = Extension("women_skills", "Digital skills for women")
    women.parameter("lasting", 0.4, unit="share", bounds=(0, 1), source="assumed")

    @women.process(after="skills")
    def train(m): ...

A scenario names its extensions, and their text is part of its digest. To load a file is to run it,
so only somebody at the command line or in Python can name one: what a link, an upload or a folder
of runs hands in is compared with what is loaded, and never executed.
"""

import hashlib
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

from divide.model.declare.errors import InputError, inside, located
from divide.model.declare.files import read_text
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import Parameter, by_process, parameters
from divide.model.declare.registry import KNOWN
from divide.model.outcomes.declaration import COUNTRY_GROUP, Better, Outcome, outcome

MOST_BYTES = 1_000_000
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

#: What has been executed, by digest: each text once, so that its functions are those in use.
_executed: dict[str, "Extension"] = {}

type Process = Callable[[Any], None]


@dataclass(frozen=True)
class Placed:
    """A process that comes right `after` or `before` another one, or last."""

    function: Process
    after: str | None
    before: str | None


class Extension:
    """What one file adds to the model.

    Args:
        name: A lower-case word; parameters are called `NAME.parameter`, processes `NAME.function`.
        title: One line for people.

    Attributes:
        file: Where it was read; source: its text; digest: SHA-256 of the text.
        parameters, levers, columns, outcomes, processes: What it declares, by name.
        starts: Functions that fill its columns at the start of a run.
        words: Texts by language and key, such as `words["fr"]["levers.NAME.label"]`.
    """

    def __init__(self, name: str, title: str) -> None:
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise InputError(f"{name!r:.60}; a name is a lower-case word, such as my_programme")
        self.name, self.title = name, title
        self.file = self.source = self.digest = ""
        self.parameters: dict[str, Parameter] = {}
        self.levers: dict[str, Lever] = {}
        self.columns: dict[str, Outcome] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.processes: dict[str, Placed] = {}
        self.starts: list[Process] = []
        self.words: dict[str, dict[str, str]] = {}
        self.has_code = True

    # Declaring -----------------------------------------------------------------------------------

    def parameter(
        self,
        name: str,
        value: float,
        *,
        unit: str,
        bounds: tuple[float, float],
        source: str,
        role: Literal["uncertainty", "calibrated", "constant"] = "uncertainty",
        prior: Mapping[str, Any] | None = None,
        speculative: bool = False,
        cut: bool = False,
    ) -> None:
        """Declare a number; a process reads it as `m.values.NAME.parameter`.

        The keys are those of a file of parameters (see `Parameter`); without `prior` it is uniform
        between its bounds.

        Raises:
            InputError: The value is outside its bounds, the prior is none, or the name is taken.
        """
        full = f"{self.name}.{name}"
        entry = {"value": value, "unit": unit, "bounds": bounds, "role": role, "source": source,
                 "prior": prior, "speculative": speculative, "cut": cut}  # fmt: skip
        with inside("parameters", full):
            made = Parameter.from_dict(full, entry)
        self._add("parameters", full, made)

    def column(self, name: str, label: str, unit: str, better: Better = "neither") -> None:
        """Declare a country column, (n,): zero at the start, `m.state.extra[name]` to processes.

        It is recorded after each step and stands in the country table.
        """
        made = Outcome(name, label, unit, better, COUNTRY_GROUP, each_step=True,
                       formula=partial(_read, name))  # fmt: skip
        self._add("columns", name, made)

    def lever(self, name: str, **declaration: Any) -> None:
        """Declare a lever by the fields of `Lever`; a process reads it by `m.in_force(name)`.

        `loan_share` is 0 and `evidence` and `source` are "assumed" where they are not given.

        Raises:
            InputError: A field is missing, unknown or not allowed, or the name is taken.
        """
        given = {"loan_share": 0.0, "evidence": "assumed", "source": "assumed", **declaration}
        with inside("levers", name):
            try:
                low, high = map(float, given.pop("bounds"))
                made = Lever(name=name, bounds=(low, high), **given)
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(str(error)) from None
            allowed = {
                "group": ("hard", "soft", "payments", "security"),
                "kind": ("amount", "degree"),
                "direction": ("up", "down"),
                "evidence": ("measured", "derived", "contested", "assumed", "speculative"),
                "per": ("country", "data", "handsets", "firms"),
            }
            for key, values in allowed.items():
                value = getattr(made, key)
                if value not in values:
                    raise InputError(f"{value!r:.60}; allowed: {', '.join(values)}", (key,))
        self._add("levers", name, made)

    def start(self, function: Process) -> Process:
        """Declare a function that fills columns when a run begins."""
        self.starts.append(function)
        return function

    def process(
        self, *, after: str | None = None, before: str | None = None
    ) -> Callable[[Process], Process]:
        """Declare a process by its place in a step, "skills" or "OTHER_EXTENSION.function"."""

        def declare(function: Process) -> Process:
            name = f"{self.name}.{function.__name__}"
            self._add("processes", name, Placed(function, after, before))
            return function

        return declare

    def outcome(
        self,
        label: str,
        unit: str,
        better: Better,
        source: str = "definition",
        *,
        speculative: bool = False,
        each_step: bool = False,
    ) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """Declare an outcome on the function that works it out (see `outcomes.outcome`)."""
        made = outcome(label, unit, better, self.name, source,
                       speculative=speculative, each_step=each_step)  # fmt: skip

        def declare(formula: Callable[[Any], Any]) -> Callable[[Any], Any]:
            self._add("outcomes", formula.__name__, made(formula))
            return formula

        return declare

    def translate(self, language: str, texts: Mapping[str, str]) -> None:
        """Say texts in another language, by their keys in the catalogues of the page."""
        self.words.setdefault(language, {}).update(texts)

    def _add(self, kind: str, name: str, made: object) -> None:
        if self.digest:
            raise InputError("declared after the file was loaded", (kind, name))
        if name in getattr(self, kind):
            raise InputError("declared twice", (kind, name))
        getattr(self, kind)[name] = made

    # Loading -------------------------------------------------------------------------------------

    @classmethod
    def load(cls, file: str | Path) -> "Extension":
        """Run the file of an extension and make its names known in this process.

        Raises:
            InputError: It cannot be read, raises, makes no or several extensions, or declares what
                exists already.
        """
        path = Path(file)
        with located(str(path)):
            text = read_text(path, MOST_BYTES)
        return from_source(text, str(path.resolve()))

    @classmethod
    def described(cls, data: Mapping[str, Any]) -> "Extension":
        """What `as_dict` described: the loaded one of the same text, or else one without code.

        A folder of runs is read with it: names, units and labels are known, and nothing of the
        folder is executed.
        """
        known = KNOWN.get(data["name"])
        if known is not None and known.digest == data["digest"]:
            return known
        made = cls(data["name"], data["title"])
        made.file, made.source, made.has_code = data["file"], data["source"], False
        made.parameters = {
            name: Parameter.from_dict(name, entry) for name, entry in data["parameters"].items()
        }
        made.levers = {e["name"]: Lever(**_bounded(e)) for e in data["levers"]}
        made.columns = {e["name"]: Outcome(**e, formula=_no_code) for e in data["columns"]}
        made.outcomes = {e["name"]: Outcome(**e, formula=_no_code) for e in data["outcomes"]}
        made.words = data["words"]
        made.digest = data["digest"]
        _register(made)
        return made

    def as_dict(self) -> dict[str, Any]:
        """Plain data that `described` reads back: its text, and what it declares."""
        return {
            **{key: getattr(self, key) for key in ("name", "title", "file", "source", "digest")},
            "parameters": {name: each.as_dict() for name, each in self.parameters.items()},
            "levers": [asdict(each) for each in self.levers.values()],
            "columns": [_plain(each) for each in self.columns.values()],
            "outcomes": [_plain(each) for each in self.outcomes.values()],
            "words": self.words,
        }

    @property
    def added(self) -> tuple[Outcome, ...]:
        """Columns and outcomes that a run records."""
        return (*self.columns.values(), *self.outcomes.values())

    def __reduce__(self) -> tuple[Callable[..., "Extension"], tuple[Any, ...]]:
        """Travel as text: another process of ours runs it and knows its names."""
        if not self.has_code:
            return Extension.described, (self.as_dict(),)
        if not self.digest:
            raise InputError("put it into a file and load that", ("extensions", self.name))
        return from_source, (self.source, self.file)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        """Of one text, and both with their code or both without."""
        if not isinstance(other, Extension) or not self.digest:
            return self is other
        return (self.digest, self.has_code) == (other.digest, other.has_code)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Extension({self.name}: {self.title}, {self.digest[:8] or 'not loaded'})"


def owner(name: str) -> Extension | None:
    """The extension that declares a lever or parameter; None for what ships with the model."""
    found = (e for e in KNOWN.values() if name in e.levers or name in e.parameters)
    return next(found, None)


def from_source(source: str, file: str) -> Extension:
    """The extension in a text; `file` names it in tracebacks (see `Extension.load`)."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    if digest not in _executed:
        made = _execute(source, file, digest)
        made.source, made.digest = source, digest
        _executed[digest] = made
    found = _executed[digest]
    found.file = file  # where it was seen last
    with located(file):
        _register(found)
    return found


def _execute(source: str, file: str, digest: str) -> Extension:
    # Tracebacks and `inspect` find the text in the cache; pickle finds functions in the module.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module = ModuleType(f"divide_extension_{digest[:16]}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102 - asked for by name
    except SyntaxError as error:
        raise InputError(str(error.msg), (), f"{file}, line {error.lineno}") from None
    except InputError as error:
        raise InputError(error.reason, error.path, _place(error, file)) from None
    except Exception as error:
        raise InputError(f"{type(error).__name__}: {error}", (), _place(error, file)) from error
    made = {id(value): value for value in vars(module).values() if isinstance(value, Extension)}
    if len(made) != 1:
        raise InputError(f"makes {len(made)} extensions; a file makes one", (), file)
    return made.popitem()[1]


def _place(error: BaseException, file: str) -> str:
    """The file and the last line of it that was under way."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f"{file}, line {lines[-1]}" if lines else file


def _register(extension: Extension) -> None:
    """Make the names of an extension known, in place of those of an older text of it.

    Raises:
        InputError: A name belongs to the model or to another extension.
    """
    old = KNOWN.get(extension.name)
    before = () if old is None else (*old.levers, *old.parameters)
    for kind, table in (("levers", levers()), ("parameters", parameters())):
        for name in getattr(extension, kind):
            if name in table and name not in before:
                raise InputError("exists already; choose another name", (kind, name))
    forget(extension.name)
    levers().update(extension.levers)
    parameters().update(extension.parameters)
    by_process.cache_clear()
    KNOWN[extension.name] = extension


def forget(name: str) -> None:
    """Take the names of an extension back; nothing happens if it is not known."""
    old = KNOWN.pop(name, None)
    for lever in () if old is None else old.levers:
        levers().pop(lever, None)
    for parameter in () if old is None else old.parameters:
        parameters().pop(parameter, None)
    by_process.cache_clear()


def ordered(
    shipped: Iterable[tuple[str, Process]], extensions: Iterable[Extension]
) -> tuple[Process, ...]:
    """The processes of a step, those of extensions in their places.

    Args:
        shipped: Name and function of the model's own, in order.
        extensions: In the order in which a scenario names them.

    Raises:
        InputError: A place names no process, or the code of an extension is not loaded.
    """
    order = list(shipped)
    for extension in extensions:
        if not extension.has_code:
            reason = f"its code is not loaded; name its file by --with ({extension.file})"
            raise InputError(reason, ("extensions", extension.name))
        for name, new in extension.processes.items():
            place, names = new.after or new.before, [name for name, _ in order]
            if place is not None and place not in names:
                reason = f"no process {place!r}; there are {', '.join(names)}"
                raise InputError(reason, ("extensions", name))
            at = len(order) if place is None else names.index(place) + (new.after is not None)
            order.insert(at, (name, new.function))
    return tuple(function for _, function in order)


def _read(name: str, now: Any) -> Any:
    return now.state.extra[name]


def _plain(declared: Outcome) -> dict[str, Any]:
    names = (item.name for item in fields(Outcome) if item.name != "formula")
    return {name: getattr(declared, name) for name in names}


def _bounded(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "bounds": tuple(entry["bounds"])}


def _no_code(recorded: Any) -> Any:
    raise InputError("belongs to an extension whose code is not loaded; name its file by --with")
