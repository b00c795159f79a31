"""Takes the picture of the workshop that the README shows: the full model, the balanced package.

It starts `divide serve`, opens it in Debian's Chromium (package `chromium`) by playwright and
writes docs/workshop.png.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error, sync_playwright

PICTURE = Path(__file__).parents[1] / "workshop.png"
#: Milliseconds until the server answers and the intervals are there, on a slow computer.
PATIENCE = 120_000
WINDOW = {"width": 1440, "height": 900}


def main() -> None:
    """Write the picture.

    Raises:
        SystemExit: There is no Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("the picture of the page needs Debian's package `chromium`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as rooms:
        command = [sys.executable, "-m", "divide", "serve", "--port", str(port)]
        server = subprocess.Popen([*command, "--rooms", rooms])  # noqa: S603 -- our own command
        try:
            take(chromium, f"http://127.0.0.1:{port}/")
        finally:
            server.terminate()
            server.wait()


def take(chromium: str, address: str) -> None:
    """Choose the package, wait for the intervals, and keep what the window shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE)
        for _ in range(30):
            try:
                page.goto(address)
                break
            except Error:  # the server is not up yet
                page.wait_for_timeout(1_000)
        page.locator("[data-test=package]").select_option("balanced")
        page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached")
        page.locator(".dv-int", has_text="90%").first.wait_for()
        page.locator("[data-test=mode]").select_option("change")
        page.wait_for_timeout(1_000)
        page.screenshot(path=PICTURE)
        browser.close()
    with Image.open(PICTURE) as picture:  # 256 colours are enough, and a third of the bytes
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
