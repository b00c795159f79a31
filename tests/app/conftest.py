"""A real server, a real browser, and a watch over what the browser does.

Every browser context of a test is watched: an error on the console, an error nobody caught, or a
request that leaves this computer fails the test. Screenshots go to the folder that the environment
variable DIVIDE_SCREENSHOTS names, or else to the folder of the test. Without a Chromium these tests
are skipped; DIVIDE_BROWSER=required makes them fail instead.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.app.parts import listen
from tests.processes import end

#: Seconds a server may take to answer, with imports and compilation on a slow computer.
PATIENCE = 120

NO_BROWSER = "tests of the page need a browser: install Debian's package `chromium`"

#: Milliseconds that a page may take to show something on a busy computer.
PATIENT = 1_000 * PATIENCE
expect.set_options(timeout=PATIENT)


@dataclass
class Site:
    """A server that is running, with what it has printed in `log`."""

    url: str
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Ends the server and what it has started; SIGKILL is a crash."""
        end(self.process, how)


Serve = Callable[..., Site]
#: Servers of the test that runs now.
FRESH: list[Site] = []


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether something answers there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except urllib.error.HTTPError as refusal:
        return refusal.code == 401  # it asks for a token
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts Solara in a process of its own: `serve("tests.app.figures.gallery").url`.

    A page (or a `command` with `{port}` in it) that a test asks for again is the one that runs
    already, unless `fresh`, and ends with all tests; a `fresh` one ends with its test. `env` is
    added to the environment; `url` is where a command with a port of its own answers.
    """
    started: dict[str, Site] = {}
    every: list[Site] = []

    def start(
        page: str | None = None,
        *,
        command: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        fresh: bool = False,
        url: str = "",
    ) -> Site:
        key = repr((page, command, sorted((env or {}).items())))
        if not fresh and key in started and started[key].process.poll() is None:
            return started[key]
        port = free_port()
        words = [word.format(port=port) for word in command or ()] or [
            sys.executable, "-m", "uvicorn", "solara.server.starlette:app",
            "--host", "127.0.0.1", "--port", str(port),
        ]  # fmt: skip
        # `solara run` would do the same, but asks a package index for news first.
        settings = {"SOLARA_APP": str(page), "SOLARA_MODE": "production"} if page else {}
        log = tmp_path_factory.mktemp("server") / "log.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(
                words,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **settings, **(env or {})},
                start_new_session=True,
            )
        site = Site(url or f"http://127.0.0.1:{port}", log, process)
        (FRESH if fresh else every).append(site)
        until = time.monotonic() + PATIENCE
        while not answers(site.url):
            if process.poll() is not None or time.monotonic() > until:
                site.stop()
                pytest.fail(f"{' '.join(words)} does not answer:\n{log.read_text()[-4000:]}")
            time.sleep(0.2)
        if not fresh:
            started[key] = site
        return site

    yield start
    for site in every:
        site.stop(signal.SIGKILL)


@pytest.fixture(autouse=True)
def fresh_ends() -> Iterator[None]:
    """Servers of a test alone end with it: left running they would take time from all others."""
    yield
    while FRESH:
        FRESH.pop().stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def workshop(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """`divide serve` with small runs; a visit whose browser is gone is kept for two seconds."""
    rooms = tmp_path_factory.mktemp("rooms")
    options = ("serve", "--port", "{port}", "--firms", "1000", "--rooms", str(rooms))
    return serve(
        command=(sys.executable, "-m", "divide", *options),
        env={"SOLARA_KERNEL_CULL_TIMEOUT": "2s"},
    )


@pytest.fixture(scope="session")
def base_url() -> None:
    """No common address; the plugin's own fixture is of a kind that pytest will not take long."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of the system where there is one; it runs as root in a container too."""
    found = chromium()
    if found is None:
        return browser_type_launch_args
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox"]}


def chromium() -> str | None:
    """Where the Chromium of the system is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def launch_browser(
    launch_browser: Callable[..., Browser], browser_type: BrowserType
) -> Callable[..., Browser]:
    """Starts a browser; without any the tests are skipped, or fail if one is required."""
    if chromium() is None and not Path(browser_type.executable_path).exists():
        if os.environ.get("DIVIDE_BROWSER") == "required":
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    return launch_browser


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Let the summary count all tests without a browser in one line."""
    report = yield
    if report.skipped and NO_BROWSER in str(report.longrepr):
        report.longrepr = (__file__, 0, f"Skipped: {NO_BROWSER}")
    return report


def watch(context: BrowserContext, complaints: list[str]) -> None:
    """Notes what should not happen in any page of the context."""

    def request(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "file"} and parts.hostname not in {
            "127.0.0.1",
            "::1",
        }:
            complaints.append(f"left this computer: {url}")

    def page(opened: Page) -> None:
        opened.on("websocket", lambda socket: request(socket.url))

    context.set_default_timeout(PATIENT)
    listen(context)
    context.on("page", page)
    context.on("request", lambda asked: request(asked.url))
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
    context.on(
        "console",
        lambda said: complaints.append(f"console: {said.text}") if said.type == "error" else None,
    )


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has done that it should not; a test that provokes it may clear it."""
    return []


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], complaints: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts (of `page` and `context` too) that are watched; complaints fail the test."""

    def opened(**settings: Any) -> BrowserContext:
        context = new_context(**settings)
        watch(context, complaints)
        return context

    yield opened
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="module")
def lasting(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A watched page of an address that stays open for the whole module."""
    noted: list[str] = []
    open_: dict[str, Page] = {}

    def opened(address: str) -> Page:
        if address not in open_:
            context = browser.new_context()
            watch(context, noted)
            open_[address] = context.new_page()
            open_[address].goto(address)
        return open_[address]

    yield opened
    for page in open_.values():
        page.context.close()
    assert not noted, "\n".join(noted)


#: Pixels of the page below the window; Solara scrolls a box inside of the window, not the window.
BELOW = """() => Math.max(0, ...[...document.querySelectorAll("*")]
    .filter((e) => e.clientHeight > innerHeight * 0.6)
    .map((e) => e.scrollHeight - e.clientHeight))"""


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], Path]:
    """Keeps a screenshot of a page under a name, with what lies below the window."""
    folder = Path(os.environ.get("DIVIDE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        window = page.viewport_size
        if window is not None:
            height = min(window["height"] + page.evaluate(BELOW), 6_000)
            page.set_viewport_size({"width": window["width"], "height": height})
            page.wait_for_timeout(200)
        page.screenshot(path=path, full_page=True)
        if window is not None:
            page.set_viewport_size(window)
        return path

    return keep
