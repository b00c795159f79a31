"""Reading YAML that a stranger may have written.

Only plain data is accepted (PyYAML's safe loader): no tags, no anchors or aliases (a short file of
nested aliases can expand to gigabytes), no key twice. Every error names the file and the line.

Words and numbers are those of YAML 1.2, in which `NO` is a country and not a truth value. What
YAML 1.1 would read as another number than stands there (0500 as 320, 10:30 as 630, 1_000, dates)
is text, so that the check of the value refuses it.
"""

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from divide.model.declare.checks import plain_number
from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text
from divide.model.declare.phrase import Phrase

#: No honest scenario is larger.
MAX_BYTES = 1_000_000


class Lines(dict[str, Any]):
    """A mapping that remembers on which line of its file each key stands."""

    lines: dict[str, int]


class Items(list[Any]):
    """A list that remembers on which line of its file each item stands, by index."""

    lines: dict[int, int]


_Events: Any = yaml.SafeLoader
if yaml.__with_libyaml__:  # the same events in a fifth of the time
    _quick: Any = yaml.cyaml

    class _Quick(Composer, SafeConstructor, Resolver, _quick.CParser):
        def __init__(self, stream: str) -> None:
            _quick.CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

    _Events = _Quick


class _Loader(_Events):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - those of YAML 1.1 are dropped

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _refused(Phrase("aliases are not allowed"), event)
        if tag := getattr(event, "tag", None):
            raise _refused(Phrase("tags are not allowed: {tag}", tag=f"{tag:.80}"), event)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would take for something else than text."""


def _refused(reason: Phrase, where: Any) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, reason, where.start_mark)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    result = Lines()
    result.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise _refused(Phrase("key {key} must be text", key=f"{key!r:.80}"), key_node)
        if key in result:
            raise _refused(Phrase("key {key} stands twice", key=f"{key!r:.80}"), key_node)
        result[key] = loader.construct_object(value_node, deep=True)
        result.lines[key] = key_node.start_mark.line + 1
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Items:
    result = Items(loader.construct_object(item, deep=True) for item in node.value)
    result.lines = {k: item.start_mark.line + 1 for k, item in enumerate(node.value)}
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _sequence)


def _number(loader: _Loader, node: yaml.ScalarNode) -> object:
    return plain_number(node.value)


_NUMBER = "tag:yaml.org,2002:float"
_Loader.add_constructor(_NUMBER, _number)
for _kind, _words, _first in (
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
):
    _pattern = re.compile(f"^(?:{_words})$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, _first)
for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(_NUMBER, re.compile(r"^[-+.\d]"), [*"+-.0123456789"])


def read_yaml(path: Path) -> Lines:
    """The mapping in a YAML file.

    Raises:
        InputError: The file is missing, no regular file, too large, not UTF-8, malformed or not a
            mapping.
    """
    with located(str(path)):
        text = read_text(path, MAX_BYTES)
    return parse_yaml(text, str(path))


def is_yaml(path: Path) -> bool:
    """Whether a file is called *.yaml or *.yml, in capitals or not."""
    return path.suffix.lower() in (".yaml", ".yml")


def dump_yaml(data: object) -> str:
    """Plain data as text that `parse_yaml` reads back."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def parse_yaml(text: str, source: str) -> Lines:
    """The mapping in YAML text; `source` names it in errors (see `read_yaml`)."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, narrowed further
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Phrase("{place}, line {line}", place=source, line=mark.line + 1) if mark else source
        reason = error.problem or error.context
        if not isinstance(reason, Phrase):  # the parser's own words
            column = mark.column + 1 if mark else 1
            reason = Phrase("{yaml}", yaml=str(reason), column=column)
        raise InputError(reason, place=place) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(
            Phrase("not readable as YAML: {error}", error=str(error)), place=source
        ) from None
    if not isinstance(document, Lines):
        kind = "list" if isinstance(document, Items) else type(document).__name__
        raise InputError(
            Phrase("must hold key: value lines, not {kind}", kind=Phrase(kind)), place=source
        )
    return document
