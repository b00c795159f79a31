"""Reading YAML that a stranger may have written.

Only plain data is accepted (PyYAML's safe loader): no tags that build objects, no anchors or
aliases (a short file of nested aliases can expand to gigabytes), no key twice. Every error names
the file and the line.
"""

from pathlib import Path
from typing import Any

import yaml

from divide.model.declare.errors import InputError

#: No honest scenario is larger.
MAX_BYTES = 1_000_000


class Lines(dict[str, Any]):
    """A mapping that remembers on which line of its file each key stands."""

    lines: dict[str, int]


class Items(list[Any]):
    """A list that remembers on which line of its file each item stands, by index."""

    lines: dict[int, int]


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    result = Lines()
    result.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} must be text", key_node.start_mark
            )
        if key in result:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} stands twice", key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=True)
        result.lines[key] = key_node.start_mark.line + 1
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Items:
    result = Items(loader.construct_object(item, deep=True) for item in node.value)
    result.lines = {k: item.start_mark.line + 1 for k, item in enumerate(node.value)}
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _sequence)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str | float:
    """YAML 1.1 reads 2e6 as text; people who write scenarios mean a number."""
    if node.style is None and node.value[:1] in tuple("+-.0123456789"):
        try:
            return float(node.value)
        except ValueError:
            pass
    return str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:str", _text)


def read_yaml(path: Path) -> Lines:
    """The mapping in a YAML file.

    Raises:
        InputError: The file is missing, too large, not UTF-8, malformed or not a mapping.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # no more, whatever the file is
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", place=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})", place=str(path)) from None
    except ValueError as error:  # a NUL byte in the name
        raise InputError(f"not a file name: {error}", place=repr(str(path))) from None
    if len(content) > MAX_BYTES:
        reason = f"larger than {MAX_BYTES:,} bytes, the most that is read"
        raise InputError(reason, place=str(path))
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> Lines:
    """The mapping in YAML text; `source` names it in errors (see `read_yaml`)."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, narrowed further
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}, line {mark.line + 1}" if mark else source
        raise InputError(str(error.problem or error.context), place=place) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"not readable as YAML: {error}", place=source) from None
    if not isinstance(document, Lines):
        kind = "list" if isinstance(document, Items) else type(document).__name__
        raise InputError(f"must hold key: value lines, not {kind}", place=source)
    return document
