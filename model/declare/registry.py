"""The extensions that this process knows, by name: whoever lists names of the model asks here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

#: Changed by `extension` alone.
KNOWN: dict[str, Any] = {}


def known() -> Mapping[str, Any]:
    """The extensions that this process knows (see `extension.Extension`), by name."""
    return MappingProxyType(KNOWN)
