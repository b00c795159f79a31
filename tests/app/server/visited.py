"""Visits to a server whose insides are counted (see `counted`), and what stays of them."""

import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.app.parts import settled

#: Longest wait for the server to let go of the pages that were left (seconds).
PATIENCE = 60.0
#: What every open page has one of, at least: none is alive when all pages are left.
OF_A_VISIT = (
    "solara.server.kernel_context.VirtualKernelContext",
    "divide.app.visit.driver.Driver",
    "divide.app.visit.state.Visit",
    "divide.app.visit.events.VisitEvents",
    "divide.app.rooms.host.WorkshopPage",
    "reacton.core._RenderContext",
)


def command(report: Path, rooms: Path, *, leaky: bool = False) -> tuple[str, ...]:
    """The command of such a server at `{port}`."""
    counted = str(Path(__file__).with_name("counted.py"))
    flags = ("--leaky",) if leaky else ()
    options = ("serve", "--port", "{port}", "--firms", "1000", "--rooms", str(rooms))
    return (sys.executable, counted, str(report), *flags, *options)


def visit(browser: Browser, url: str) -> None:
    """Open the page in a browser of its own, wait for its figures, and leave."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/?until=2024")
    settled(page)
    context.close()


@dataclass(frozen=True)
class Alive:
    """What is alive in a server: objects by kind, threads, memory in bytes."""

    kinds: Counter[str]
    threads: int
    memory: int

    @property
    def visits(self) -> dict[str, int]:
        """What is alive of visits, by kind."""
        return {kind: self.kinds[kind] for kind in OF_A_VISIT if self.kinds[kind]}

    @property
    def objects(self) -> int:
        """How many objects there are; a hundred weak references come and go, and keep none."""
        return self.kinds.total() - self.kinds["weakref.ReferenceType"]


def ask(process: int, report: Path) -> Alive:
    """What is alive in a server now."""
    report.unlink(missing_ok=True)
    os.kill(process, signal.SIGUSR1)
    until = time.monotonic() + PATIENCE
    while not report.exists():
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.05)
    found = json.loads(report.read_text())
    return Alive(Counter(found["kinds"]), found["threads"], found["memory"])


def left(process: int, report: Path, patience: float = PATIENCE) -> Alive:
    """What is alive when the server has let go of all visits, or at the end of one's patience."""
    until = time.monotonic() + patience
    while (now := ask(process, report)).visits and time.monotonic() < until:
        time.sleep(0.5)
    return now
