"""The first visit on a slow line: `python -m benchmarks.slow_line [--visits N] [--trace]`.

A real `divide serve` is visited by a real Chromium whose cache is empty, at 1 Mbit/s down and 300 ms
there and back, slowed in two ways: by a proxy that holds bytes back (each new connection costs one
way there and back before its first byte, and all share the line), and by Chromium's own emulation.
Printed: seconds until a map is seen and until the page's own map is there, and the bytes of the
line. `--trace` prints what was asked when.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tests.app.conftest import chromium, free_port

#: Bytes a second each way, and seconds there and back.
RATE, LATENCY = 125_000, 0.3
SLOW = {"offline": False, "latency": 1000 * LATENCY, "downloadThroughput": RATE,
        "uploadThroughput": RATE}  # fmt: skip
#: What a connection may have on its way unanswered (bytes), as the buffers of a router.
CHUNK = 1500


class Line:
    """A slow line to a port of this machine; `down` counts what has come through it."""

    def __init__(self, port: int) -> None:
        self.port, self.target, self.down = free_port(), port, 0
        self._free = {"up": 0.0, "down": 0.0}
        self._begun = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._begun.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self._begun.set()
        await server.serve_forever()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        await asyncio.sleep(LATENCY)  # the handshake
        far, out = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._carry(near, out, "up"), self._carry(far, back, "down"))

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        """Hand bytes on at the line's rate, each half the latency after it was sent."""
        sent: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=20_000)

        async def arrive() -> None:
            while True:
                due, part = await sent.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not part:
                    sink.close()
                    return
                sink.write(part)
                await sink.drain()

        task = asyncio.create_task(arrive())
        with suppress(OSError):
            while part := await source.read(CHUNK):
                now = time.monotonic()
                begin = max(now, self._free[way])
                self._free[way] = begin + len(part) / RATE
                if way == "down":
                    self.down += len(part)
                await sent.put((self._free[way] + LATENCY / 2, part))
                # Others get their turn on the line before this one sends more.
                await asyncio.sleep(max(0.0, self._free[way] - time.monotonic()))
        await sent.put((time.monotonic() + LATENCY / 2, b""))
        with suppress(OSError):
            await task


def start(scratch: Path, port: int, firms: int) -> subprocess.Popen[bytes]:
    """The server, once it answers."""
    words = [sys.executable, "-m", "divide", "serve", "--port", str(port), "--firms", str(firms)]
    words += ["--rooms", str(scratch / "rooms")]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    while server.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return server
        time.sleep(0.2)
    raise SystemExit("the server does not start")


def visit(browser: Browser, url: str, *, slow: bool, trace: bool) -> dict[str, float]:
    """One first visit: seconds until each sign is seen, and bytes by Chromium's own count."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(120_000)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    if slow:
        line.send("Network.emulateNetworkConditions", SLOW)
    seen: dict[str, list[object]] = {}
    frames: list[tuple[float, int, str]] = []
    line.on("Network.requestWillBeSent", lambda e: seen.setdefault(
        e["requestId"], [e["timestamp"], 0.0, 0.0, 0, e["request"]["url"]]))  # fmt: skip

    def got(event: dict[str, object], place: int) -> None:
        if event["requestId"] in seen:
            seen[event["requestId"]][place] = event["timestamp"]
            if place == 2:
                seen[event["requestId"]][3] = event["encodedDataLength"]

    line.on("Network.responseReceived", lambda e: got(e, 1))
    line.on("Network.loadingFinished", lambda e: got(e, 2))
    line.on("Network.webSocketCreated", lambda e: frames.append((0, 0, "created")))
    line.on("Network.webSocketFrameReceived", lambda e: frames.append(
        (e["timestamp"], len(e["response"]["payloadData"]), e["response"]["payloadData"][:150])))
    line.on("Network.webSocketFrameSent", lambda e: frames.append(
        (e["timestamp"], -len(e["response"]["payloadData"]), e["response"]["payloadData"][:150])))
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#dv-preview path[fill='#f3d24a']")
    preview = time.monotonic() - begun
    page.wait_for_selector(".dv-mapbox [data-i]")
    shown = time.monotonic() - begun
    page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached")
    page.wait_for_timeout(3000)
    if trace:
        first = min(row[0] for row in seen.values())
        rows = [(row[0] - first, row[1] and row[1] - first, row[2] and row[2] - first, row[3], row[4]) for row in seen.values()]
        rows += [(at - first, 0, 0, size, text) for at, size, text in frames]
        for row in sorted(rows):
            print(f"  {row[0]:7.2f} {row[1]:7.2f} {row[2]:7.2f} {row[3]:9,} {row[4][:150]}")
        print(page.evaluate("performance.getEntriesByType('mark').map(m => `${m.name} ${m.startTime}`).join('; ')"))
    context.close()
    return {"preview": preview, "map": shown, "bytes": sum(int(row[3]) for row in seen.values())}


def main() -> None:
    """Visit as often as asked, and say what each way of slowing gives."""
    parser = argparse.ArgumentParser(description="The first visit on a slow line.")
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--firms", type=int, default=60_000)
    parser.add_argument("--trace", action="store_true")
    asked = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        server = start(Path(folder), port, asked.firms)
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            visit(browser, f"http://127.0.0.1:{port}", slow=False, trace=False)  # compiles, packs
            for way in ("proxy", "chromium"):
                found = []
                for number in range(asked.visits):
                    line = Line(port)
                    at = line.port if way == "proxy" else port
                    one = visit(
                        browser,
                        f"http://127.0.0.1:{at}",
                        slow=way == "chromium",
                        trace=asked.trace and not number,
                    )
                    found.append({**one, "line": line.down})
                middle = {key: median(one[key] for one in found) for key in found[0]}
                print(
                    f"{way:8}: a map {middle['preview']:.1f} s, the map {middle['map']:.1f} s "
                    f"({', '.join(f'{one["map"]:.1f}' for one in found)}), "
                    f"{middle['bytes']:,} bytes of files, {middle['line']:,} over the line",
                    flush=True,
                )
        finally:
            browser.close()
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


if __name__ == "__main__":
    main()
