"""How many pages a visitor may hold, so that nobody keeps the others out.

A visitor is a cookie and a network address. A cookie is soon forgotten, and a whole class may share
an address, so that both have a limit of their own. What counts is what costs memory: a page that is
open, and one that was left without a word and is kept for a while.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from starlette.requests import HTTPConnection
from starlette.types import Scope

#: Header that tells the page its visitor's address; one that a browser sends is dropped.
ADDRESS = "x-divide-address"
SESSION = "solara-session-id"
MOST_OF_BROWSER, MOST_OF_ADDRESS, MOST_PAGES = 20, 120, 200
#: Lines of one page at a time: one, and those that hang after a network was lost.
MOST_LINES = 3
_LINE = re.compile(r".*/jupyter/api/kernels/([^/]+)/")


class Visitor(NamedTuple):
    """Who a request comes from."""

    cookie: str
    address: str


class Refusal(NamedTuple):
    """Why a page is refused: the key of a text, and the limit."""

    key: str
    most: int


def visitor_of(scope: Scope) -> Visitor:
    """The cookie and the address of a request; the 64 bits of an IPv6 network are one address."""
    cookie = HTTPConnection(scope).cookies.get(SESSION, "")
    address = (scope.get("client") or ("", 0))[0]
    try:
        if ip_address(address).version == 6:
            address = str(ip_network(f"{address}/64", strict=False))
    except ValueError:  # a socket of this machine has none
        pass
    return Visitor(cookie, address)


def page_of(scope: Scope) -> str:
    """The page whose line this is; empty for any other request."""
    found = _LINE.match(scope["path"]) if scope["type"] == "websocket" else None
    return found[1] if found else ""


class Pages:
    """The pages that are held, by whom.

    Args:
        kept: The pages that the server keeps, open or not.
    """

    def __init__(self, kept: Callable[[], Container[str]]) -> None:
        self._kept = kept
        self._open: Counter[str] = Counter()
        self._held: dict[str, Visitor] = {}

    def refusal(self, who: Visitor, page: str = "") -> Refusal | None:
        """Why a visitor may not have a page, if so; one that is held already may come back."""
        kept = self._kept()
        self._held = {p: v for p, v in self._held.items() if self._open[p] > 0 or p in kept}
        held = list(self._held.values())
        if page in self._held:
            many = self._open[page] >= MOST_LINES
            return Refusal("limits.browser_full", MOST_OF_BROWSER) if many else None
        if who.cookie and sum(v.cookie == who.cookie for v in held) >= MOST_OF_BROWSER:
            return Refusal("limits.browser_full", MOST_OF_BROWSER)
        if sum(v.address == who.address for v in held) >= MOST_OF_ADDRESS:
            return Refusal("limits.address_full", MOST_OF_ADDRESS)
        return Refusal("limits.server_full", MOST_PAGES) if len(held) >= MOST_PAGES else None

    @contextmanager
    def line(self, who: Visitor, page: str) -> Iterator[None]:
        """Counts a line of a page while it is open."""
        self._open[page] += 1
        self._held.setdefault(page, who)
        try:
            yield
        finally:
            self._open[page] -= 1
            if not self._open[page]:
                del self._open[page]
