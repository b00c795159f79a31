"""What a visit takes is given back when it ends: a real server, a real browser."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.app.conftest import Serve, Site
from tests.app.server.visited import OF_A_VISIT, PATIENCE, Alive, ask, command, left, visit

#: Visits before the first count, beside that which fills the cache, and between the two counts.
FIRST, VISITS = 3, 8
#: Objects of a visit that Solara keeps for ever: four empty sets under its name, and change.
OBJECTS = 8
#: Bytes of a visit that may stay; a kept visit is some megabytes. The rest is the common cache.
MEMORY = 1_500_000

Counted = Callable[..., tuple[Site, Path]]


@pytest.fixture
def counted(serve: Serve, tmp_path: Path) -> Counted:
    """Starts a server whose insides can be counted."""

    def start(*, leaky: bool = False) -> tuple[Site, Path]:
        report = tmp_path / "report.json"
        words = command(report, tmp_path / "rooms", leaky=leaky)
        env = {"SOLARA_KERNEL_CULL_TIMEOUT": "1s"}
        return serve(command=words, env=env, fresh=True), report

    return start


def filled(site: Site, report: Path, browser: Browser) -> None:
    """A visit that stays until all is computed that its page may want: the common cache is full."""
    page = browser.new_page()
    page.goto(f"{site.url}/?until=2024")
    page.wait_for_selector(".dv-card")
    found, since, until = -1, time.monotonic(), time.monotonic() + PATIENCE
    while time.monotonic() < min(since + 2, until):
        now = ask(site.process.pid, report).kinds["divide.app.visit.result.Result"]
        if now != found:
            found, since = now, time.monotonic()
        time.sleep(0.25)
    page.close()


def rounds(site: Site, report: Path, browser: Browser) -> tuple[Alive, Alive]:
    """What is alive after the first visits, and after more of them."""
    counts = []
    filled(site, report, browser)
    for visits in (FIRST, VISITS):
        for _ in range(visits):
            visit(browser, site.url)
        counts.append(left(site.process.pid, report))
    return counts[0], counts[1]


def threads(site: Site) -> str:
    """Where each thread of a server is, which tells what holds a visit."""
    os.kill(site.process.pid, signal.SIGUSR2)
    time.sleep(1)
    return site.log.read_text()[-20_000:]


def test_nothing_stays_of_visits_that_have_ended(counted: Counted, browser: Browser) -> None:
    site, report = counted()
    before, after = rounds(site, report, browser)
    assert (before.visits, after.visits) == ({}, {}), threads(site)
    assert after.threads <= before.threads
    new = (after.kinds - before.kinds).most_common(10)
    assert after.objects - before.objects < OBJECTS * VISITS, new
    assert after.memory - before.memory < MEMORY * VISITS
    site.stop()


def test_an_open_page_and_a_page_that_is_kept_are_counted(
    counted: Counted, browser: Browser
) -> None:
    site, report = counted(leaky=True)
    page = browser.new_page()
    page.goto(f"{site.url}/?until=2024")
    page.wait_for_selector(".dv-card")
    assert set(ask(site.process.pid, report).visits) == set(OF_A_VISIT)
    page.close()
    kept = left(site.process.pid, report, patience=5).visits
    assert kept["divide.app.visit.driver.Driver"] == 1
    site.stop()
