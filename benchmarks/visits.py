"""Memory of a server over page loads: `python -m benchmarks.visits [--visits N]`.

A real `divide serve` is visited by a real browser, which opens the page, waits for its figures and
leaves, N times. Printed now and then, when all pages are left: memory, threads and objects of the
server. Anything of a visit that stays is an error.
"""

import argparse
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.app.conftest import chromium, free_port
from tests.app.server.visited import command, left, visit

VISITS, EVERY = 200, 20


@contextmanager
def visited(port: int) -> Iterator[tuple[Browser, int, Path]]:
    """A browser, and the process of a server that answers and where it reports; ended after use.

    Raises:
        SystemExit: The server does not start.
    """
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        report = Path(folder) / "report.json"
        words = [word.format(port=port) for word in command(report, Path(folder) / "rooms")]
        env = {**os.environ, "SOLARA_KERNEL_CULL_TIMEOUT": "1s"}
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=env, start_new_session=True)
        try:
            answers(server, port)
            browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            try:
                yield browser, server.pid, report
            finally:
                browser.close()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def answers(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a server answers."""
    while server.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/alive", timeout=5).close()
            return
        time.sleep(0.2)
    raise SystemExit("the server does not start")


def main() -> None:
    """Visit as often as asked, and say what it cost."""
    parser = argparse.ArgumentParser(description="Memory of a server over page loads.")
    parser.add_argument("--visits", type=int, default=VISITS)
    asked = parser.parse_args()
    port = free_port()
    with visited(port) as (browser, process, report):
        for number in range(1, asked.visits + 1):
            visit(browser, f"http://127.0.0.1:{port}")
            if number % EVERY == 0:
                now = left(process, report)
                print(
                    f"{number:4} visits: {now.memory / 1e6:.1f} MB, {now.threads} threads, "
                    f"{now.objects:,} objects",
                    flush=True,
                )
                if now.visits:
                    raise SystemExit(f"still alive: {now.visits}")


if __name__ == "__main__":
    main()
