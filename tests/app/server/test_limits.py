"""What one visitor may hold: over real HTTP and real lines, and nobody else is kept out."""

import http.client
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from divide.app.server.visitors import (
    MOST_LINES,
    MOST_OF_ADDRESS,
    MOST_OF_BROWSER,
    MOST_PAGES,
    Pages,
    Visitor,
)
from divide.app.words import words
from tests.app.conftest import Site


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory) -> Iterator[Site]:
    """The workshop for a room; pages whose browser is gone are kept for two seconds."""
    rooms = str(tmp_path_factory.mktemp("rooms"))
    options = ("--port", "{port}", "--lan", "--firms", "1000", "--rooms", rooms)
    running = serve(
        command=(sys.executable, "-m", "divide", "serve", *options),
        env={"SOLARA_KERNEL_CULL_TIMEOUT": "2s"},
    )
    yield running
    running.stop(signal.SIGKILL)


def cookies(site: Site, browser: str) -> str:
    token = re.search(r"token=(\S+)", site.log.read_text())[1]
    return f"divide-token={token}; solara-session-id={browser}"


def load(site: Site, path: str = "/", **headers: str) -> tuple[int, str]:
    """Status and text of an answer."""
    line = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    line.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def open_line(site: Site, browser: str, page: str) -> ClientConnection:
    address = site.url.replace("http", "ws") + f"/jupyter/api/kernels/{page}/channels?session_id=x"
    return connect(address, additional_headers={"Cookie": cookies(site, browser)}, open_timeout=60)


def test_one_browser_holds_its_pages_and_no_more(site):
    with ExitStack() as lines:
        for number in range(MOST_OF_BROWSER):
            lines.enter_context(open_line(site, "greedy", f"page-{number}"))
        with pytest.raises(InvalidStatus) as refused:
            open_line(site, "greedy", "one-more")
        assert refused.value.response.status_code == 429
        for lang in ("en", "fr", "ar"):
            own = {"cookie": cookies(site, "greedy"), "accept_language": lang}
            status, text = load(site, **own)
            assert status == 429
            assert words(lang)("limits.browser_full", most=MOST_OF_BROWSER) in text
        # A page that is held may come back, as after a lost network, but not without end.
        for _ in range(MOST_LINES - 1):
            lines.enter_context(open_line(site, "greedy", "page-0"))
        with pytest.raises(InvalidStatus):
            open_line(site, "greedy", "page-0")
        # Everybody else is served.
        assert load(site, cookie=cookies(site, "modest"))[0] == 200
        lines.enter_context(open_line(site, "modest", "a-page"))


def test_the_door_takes_nothing_from_the_address_but_text(site):
    hostile = f"{site.url}/?a%22%3E%3Cscript%3E=%22%3E%3Cb%3E&until=2024"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(hostile, timeout=30)
    text = refused.value.read().decode()
    refused.value.close()
    assert refused.value.code == 401 and 'name="until" value="2024"' in text
    assert "<script>" not in text and "<b>" not in text


def test_wrong_tokens_are_told_to_wait_and_the_right_one_is_let_in(site):
    answers = [load(site, f"/?token=guess{number}", accept_language="ru") for number in range(12)]
    assert [status for status, _ in answers] == [401] * 10 + [429] * 2
    assert words("ru")("token.tries") in answers[-1][1]
    token = re.search(r"token=(\S+)", site.log.read_text())[1]
    assert load(site, f"/?token={token}")[0] == 303
    assert load(site)[0] == 401  # the form is there for others


def test_an_address_and_a_server_have_limits_of_their_own():
    pages = Pages(lambda: every)
    every = set()

    def hold(cookie, address):
        page = f"{len(every)}"
        with pages.line(Visitor(cookie, address), page):
            every.add(page)

    for number in range(MOST_OF_ADDRESS):
        assert pages.refusal(Visitor(f"c{number}", "192.0.2.1")) is None
        hold(f"c{number}", "192.0.2.1")
    assert pages.refusal(Visitor("new", "192.0.2.1")).key == "limits.address_full"
    assert pages.refusal(Visitor("c0", "192.0.2.1"), "0") is None
    for number in range(MOST_PAGES - MOST_OF_ADDRESS):
        assert pages.refusal(Visitor(f"d{number}", "192.0.2.2")) is None
        hold(f"d{number}", "192.0.2.2")
    assert pages.refusal(Visitor("new", "192.0.2.3")).key == "limits.server_full"
    every.clear()  # the server has let go of what nobody looks at
    assert pages.refusal(Visitor("new", "192.0.2.1")) is None


def test_a_visitor_cannot_claim_another_address():
    from divide.app.server.guard import Guard
    from divide.app.server.visitors import ADDRESS
    from tests.app.server.test_guard import finish

    seen = []

    async def inside(scope, receive, send):
        seen.append([value for name, value in scope["headers"] if name == ADDRESS.encode()])

    given = [(b"host", b"localhost"), (ADDRESS.encode(), b"198.51.100.1")]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": given}
    for address in ("192.0.2.1", "2001:db8::1:2"):
        finish(Guard(inside)({**scope, "client": (address, 1)}, None, None))
    assert seen == [[b"192.0.2.1"], [b"2001:db8::/64"]]


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_every_cookie_has_the_strictest_flags(scheme, secure):
    from divide.app.server.guard import Guard
    from tests.app.server.test_guard import finish

    sent = []

    async def inside(scope, receive, send):
        cookie = (b"set-cookie", b"solara-session-id=1; Path=/; SameSite=none; Secure")
        await send({"type": "http.response.start", "status": 200, "headers": [cookie]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": scheme}
    finish(Guard(inside)({**scope, "headers": [(b"host", b"localhost")]}, None, send))
    cookie = dict(sent[0]["headers"])[b"set-cookie"].decode()
    assert cookie.startswith("solara-session-id=1; Path=/; HttpOnly; SameSite=lax")
    assert ("Secure" in cookie) is secure and "none" not in cookie
