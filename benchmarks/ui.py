"""From key press to changed map, cards and lines, in a real Chromium: `python -m benchmarks.ui`.

Starts `divide serve` at the default size, presses keys and watches the page: the clock starts at
the (last) key and stops when map, cards and lines have all changed. Six cases: a position that was
run before, a key press at a reader's pace (the server may have guessed it), a number that nobody
can guess, typed digit by digit and put in at once, and twenty pages that move at the same moment:
alone on the machine, and beside another program that keeps a core busy.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from divide.app.visit.result import compute
from divide.experiments.text import markdown
from divide.model.scenario import Scenario

OUT = Path(__file__).with_name("ui.md")
PRESSES, PAGES, ROUNDS = 30, 20, 3
#: Seconds in which twenty people look at what their move did.
REST = 8
#: Seconds between looks whether a page has changed. The page itself notes when, so that looking
#: seldom costs no accuracy; looking often would load the machine that is measured.
LOOK = 0.02
#: Milliseconds between the keys of someone who types a number.
TYPING = 150
#: What must have changed before a move counts as shown, by the names of the page.
WATCH = """
() => {
  const done = {};
  window.divide = { start: null, done, wanted: ['map', 'cards', 'lines'] };
  const seen = (name) => {
    if (window.divide.start !== null && !(name in done)) done[name] = performance.now();
  };
  const watch = (selector, name, options) => new MutationObserver(() => seen(name)).observe(
    document.querySelector(selector), { subtree: true, ...options });
  watch('.dv-mapbox svg', 'map', { attributes: true, attributeFilter: ['fill'] });
  // Rounded numbers may stay and intervals come later: the name of the scenario tells.
  watch('.dv-headline', 'cards', { attributes: true, attributeFilter: ['data-shown'] });
  watch('.dv-canvas', 'lines', { attributes: true, attributeFilter: ['d'], childList: true });
  window.addEventListener('keydown', () => {
    for (const name of Object.keys(done)) delete done[name];
    window.divide.start = performance.now();
    window.divide.before = document.querySelector('.dv-headline').dataset.shown;
  }, true);
}
"""
#: With many pages: the cards belong to another scenario than before.
NEW = """
() => {
  const { start, before, done } = window.divide;
  const { shown } = document.querySelector('.dv-headline').dataset;
  if (start === null || shown === before) return null;
  return Math.max(...Object.values(done)) - start;
}
"""
TAKEN = """
() => {
  const { start, done, wanted } = window.divide;
  if (start === null || !wanted.every((name) => name in done)) return null;
  return Math.max(...wanted.map((name) => done[name])) - start;
}
"""


PRESS = """
() => setTimeout(() => document.activeElement.dispatchEvent(
  new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true })), 0)
"""


def opened(browser: Browser, url: str) -> Page:
    """A page at rest that shows the balanced package and the change on the map."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_selector(".dv-card", timeout=120_000)
    page.select_option("[data-test=package]", "balanced")
    page.wait_for_selector(".dv-main:not(.dv-busy)", timeout=60_000)
    page.select_option("[data-test=mode]", "change")
    page.wait_for_timeout(500)
    page.evaluate(WATCH)
    return page


def taken(page: Page, script: str = TAKEN, limit: float = 60.0) -> float:
    """Milliseconds from the last key to the changed page."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = page.evaluate(script)
        if found is not None:
            return float(found)
        time.sleep(LOOK)
    raise TimeoutError("the page did not change")


def press(page: Page, key: str, rest: float) -> float:
    """One key on the lever in hand, and `rest` seconds to look at what it did."""
    page.keyboard.press(key)
    found = taken(page)
    page.wait_for_timeout(1000 * rest)
    return found


def enter(page: Page, value: int, *, at_once: bool) -> float:
    """A number that nobody can guess, typed or put in beside the lever, then Enter."""
    lever = page.locator(".dv-lever", has=page.locator("#lever-rural_coverage"))
    field = lever.locator(".dv-number")
    if at_once:
        field.fill(str(value))
    else:
        field.select_text()
        field.press_sequentially(str(value), delay=TYPING)
    field.press("Enter")
    found = taken(page)
    page.wait_for_timeout(300)
    return found


def one_user(browser: Browser, url: str) -> dict[str, list[float]]:
    """The four cases with a single page."""
    page = opened(browser, url)
    page.focus("#lever-rural_coverage")
    page.keyboard.press("PageUp")
    page.wait_for_timeout(4000)
    keys = ("ArrowRight", "ArrowLeft") * (PRESSES // 2)
    known = [press(page, key, 0.15) for key in keys]
    pace = []
    for lever in ("skills_training", "mobile_wallet"):
        group = page.locator("details", has=page.locator(f"#lever-{lever}"))
        if group.get_attribute("open") is None:
            group.locator("summary").first.click()
        page.focus(f"#lever-{lever}")
        page.wait_for_timeout(1500)
        pace += [press(page, "ArrowRight", 1.2) for _ in range(8)]
    numbers = range(2_017, 2_017 + 37 * PRESSES, 37)
    typed = [enter(page, number, at_once=False) for number in numbers[: PRESSES // 2]]
    put = [enter(page, number, at_once=True) for number in numbers[PRESSES // 2 :]]
    page.context.close()
    return {
        "seen before": known[2:],
        "key at a reader's pace": pace,
        f"new number, typed, {TYPING} ms a key": typed,
        "new number, put in at once": put,
    }


@contextmanager
def busy() -> Iterator[None]:
    """Another program on the machine, which takes all of a core that it can get."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def many_users(browser: Browser, url: str) -> dict[str, list[float]]:
    """All pages press a key at the same moment, each on a lever of its own."""
    pages = [opened(browser, url) for _ in range(PAGES)]
    levers = pages[0].evaluate("[...document.querySelectorAll('.dv-track input')].map((e) => e.id)")
    for k, page in enumerate(pages):
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        page.focus(f"#{levers[k % len(levers)]}")
    found = {f"{PAGES} pages at once": moved(pages)}
    with busy():
        found[f"{PAGES} pages at once, a core busy"] = moved(pages)
    return found


def moved(pages: list[Page]) -> list[float]:
    """Milliseconds of every page in every round."""
    found: list[float] = []
    for turn in range(ROUNDS):
        pages[0].wait_for_timeout(1000 * REST)
        for page in pages:  # without waiting: the keys arrive within a few milliseconds
            page.evaluate(PRESS)
        found += [taken(page, NEW) for page in pages]
        middle = statistics.median(found[-PAGES:])
        print(f"round {turn + 1}: median {middle:.0f} ms", flush=True)
    return found


def one_run() -> tuple[float, float]:
    """Milliseconds of a run of the model alone, median of nine, and of processor time in it."""
    compute(Scenario())
    taken = []
    for _ in range(9):
        wall, cpu = time.perf_counter(), time.process_time()
        compute(Scenario())
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = (1000 * statistics.median(column) for column in zip(*taken, strict=True))
    return wall, cpu


def row(name: str, values: list[float]) -> list[str]:
    """Cells of one line of the table."""
    ordered = sorted(values)
    worst = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    middle = statistics.median(values)
    return [name, str(len(values)), f"{middle:.0f}", f"{worst:.0f}", f"{ordered[-1]:.0f}"]


def main() -> None:
    """Measure and write `ui.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    given = parser.parse_args()
    load = psutil.getloadavg()[0]
    run, processor = one_run()
    command = [sys.executable, "-m", "divide", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore[index]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
            found = one_user(browser, url)
            for name, values in found.items():
                print(*row(name, values), sep=" | ", flush=True)
            found |= many_users(browser, url)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    head = ("case", "moves", "median", "95 %", "worst")
    lines = [
        "# From key press to changed page",
        "",
        "Milliseconds from a key press to the change of map, cards and lines, full model at its",
        f"default size, server and all browser pages on the same {os.cpu_count()} cores. Load of",
        f"the machine from other work before the start {load:.1f}: a run of the model alone took",
        f"{run:.0f} ms then, {processor:.0f} ms of them on a processor. Twenty pages rest {REST} s",
        "between moves.",
        "Made by `python -m docs.pages --write page-speed`.",
        "",
        markdown.table(head, [row(name, values) for name, values in found.items()]),
        "Wanted: median under 150 for one user, whatever they do; all twenty pages under 1,000,",
        "and under 1,500 beside another program.",
    ]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
