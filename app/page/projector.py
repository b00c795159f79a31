"""Large type for a projector as part of an address: `?projector=1`, before or behind a scenario."""

from urllib.parse import parse_qsl, urlencode

_NAME = "projector"


def without_projector(query: str) -> tuple[str, bool]:
    """The query without the wish for a projector, and whether it was there."""
    plain = query.removeprefix("?")
    parts = [part for part in plain.split("&") if part]
    kept = [part for part in parts if part.partition("=")[0] != _NAME]
    said = [value for part in parts for name, value in parse_qsl(part) if name == _NAME]
    return "&".join(kept), said == ["1"]


def with_projector(query: str, on: bool) -> str:
    """The query of a page, with the wish for a projector if it is on."""
    return "&".join(part for part in (query, urlencode({_NAME: 1}) if on else "") if part)
