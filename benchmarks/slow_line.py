"""The first visit on a slow line: `python -m benchmarks.slow_line [--visits N] [--trace]`.

A real `divide serve` is visited by a real Chromium whose cache is empty, at 1 Mbit/s and 300 ms
there and back, slowed in two ways: by a line that holds bytes back (`benchmarks/line.py`), and by
Chromium's own emulation, which takes messages of a WebSocket at the size that they have unpacked.
Printed: seconds until a map of the years so far is seen and until the page's own map is there, and
bytes. `--trace` prints what was asked when: seconds of asking, answer and end, bytes, address.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession

from benchmarks.line import LATENCY, RATE, Line
from benchmarks.visits import visited
from tests.app.conftest import free_port

VISITS = 3
#: The line as Chromium's emulation wants it.
SLOW = {
    "offline": False,
    "latency": 1000 * LATENCY,
    "downloadThroughput": RATE,
    "uploadThroughput": RATE,
}


@dataclass
class Trace:
    """What a page asked for: seconds of asking, answer and end, bytes, address."""

    rows: dict[str, list[Any]] = field(default_factory=dict)

    def follow(self, line: CDPSession) -> None:
        """Note what the network of a page does."""

        def asked(event: dict[str, Any]) -> None:
            row = [event["timestamp"], 0.0, 0.0, 0, event["request"]["url"]]
            self.rows.setdefault(event["requestId"], row)

        def noted(place: int) -> Callable[..., None]:
            def note(event: dict[str, Any]) -> None:
                row = self.rows.get(event["requestId"], [0.0] * 5)
                row[place] = event["timestamp"]
                row[3] = event.get("encodedDataLength", 0)

            return note

        line.on("Network.requestWillBeSent", asked)
        line.on("Network.responseReceived", noted(1))
        line.on("Network.loadingFinished", noted(2))

    def bytes(self) -> int:
        """Bytes of all files, as they were sent."""
        return sum(int(row[3]) for row in self.rows.values())

    def show(self) -> None:
        """Print what was asked when, from the first request on."""
        begun = min(row[0] for row in self.rows.values())
        for row in sorted(self.rows.values()):
            if not row[4].startswith("blob:"):
                asked, answered, ended = (at and at - begun for at in row[:3])
                print(f"  {asked:6.2f} {answered:6.2f} {ended:6.2f} {row[3]:9,} {row[4][:120]}")


def visit(browser: Browser, url: str, *, slow: bool, trace: bool) -> dict[str, float]:
    """One first visit: seconds until each sign is seen, and bytes of files."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(120_000)
    line, found = context.new_cdp_session(page), Trace()
    line.send("Network.enable")
    if slow:
        line.send("Network.emulateNetworkConditions", SLOW)
    found.follow(line)
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#dv-preview path[fill='#f3d24a']")
    preview = time.monotonic() - begun
    page.wait_for_selector(".dv-mapbox [data-i]")
    shown = time.monotonic() - begun
    page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached")
    page.wait_for_timeout(3000)  # fonts come after the map
    context.close()
    if trace:
        found.show()
    return {"preview": preview, "map": shown, "bytes": found.bytes()}


def measure(browser: Browser, port: int, way: str, visits: int, *, trace: bool) -> None:
    """Visit in one way of slowing, and print the medians."""
    found = []
    for number in range(visits):
        line = Line(port)
        url = f"http://127.0.0.1:{line.port if way == 'line' else port}"
        one = visit(browser, url, slow=way == "chromium", trace=trace and not number)
        found.append({**one, "line": line.down})
    middle = {key: median(one[key] for one in found) for key in found[0]}
    each = ", ".join(f"{one['map']:.1f}" for one in found)
    print(
        f"{way:8}: a map {middle['preview']:.1f} s, the page's map {middle['map']:.1f} s ({each}), "
        f"{middle['bytes']:,.0f} bytes of files, {middle['line']:,.0f} over the line",
        flush=True,
    )


def main() -> None:
    """Visit as often as asked, and say what each way of slowing gives."""
    parser = argparse.ArgumentParser(description="The first visit on a slow line.")
    parser.add_argument("--visits", type=int, default=VISITS)
    parser.add_argument("--trace", action="store_true")
    asked = parser.parse_args()
    port = free_port()
    with visited(port) as (browser, _, _):
        # Files are packed, and the status quo is run, for the first of all visitors. On a line this
        # fast the map of the years so far may be gone before it is seen.
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}")
        page.wait_for_selector(".dv-mapbox [data-i]", timeout=120_000)
        page.close()
        for way in ("line", "chromium"):
            measure(browser, port, way, asked.visits, trace=asked.trace)


if __name__ == "__main__":
    main()
