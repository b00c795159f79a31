"""Reading YAML that a stranger may have written.

Only plain data is accepted (PyYAML's safe loader): no tags that build objects, no anchors or
aliases (a short file of nested aliases can expand to gigabytes), no key twice. Every complaint
names the file and the line.
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
        content = _content(path)
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except ValueError as error:  # a NUL byte in the name
        raise InputError(f"{str(path)!r}: not a file name: {error}") from None
    if len(content) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES:,} bytes, the most that is read")
    return parse_yaml(text, str(path))


def _content(path: Path) -> bytes:
    """The first `MAX_BYTES` + 1 bytes of a file; more are not read, whatever the file is."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse_yaml(text: str, source: str) -> Lines:
    """The mapping in YAML text; `source` names it in complaints (see `read_yaml`)."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, narrowed further
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{source}{line}: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{source}: not readable as YAML: {error}") from None
    if not isinstance(document, Lines):
        raise InputError(f"{source}: must hold key: value lines, not {type(document).__name__}")
    return document
