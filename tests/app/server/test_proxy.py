"""The configuration of docs/serving.md in a real nginx, with a prefix and a certificate."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.conftest import free_port

GUIDE = Path("docs") / "serving.md"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


@pytest.fixture
def offered(serve, popen, tmp_path):
    """The address at which nginx offers the workshop, and its token."""
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("needs Debian's packages nginx-light and openssl")
    outer, inner = free_port(), free_port()
    address = f"https://127.0.0.1:{outer}/divide/"
    options = ("--port", str(inner), "--firms", "1000", "--rooms", str(tmp_path))
    serve(
        command=(sys.executable, "-m", "divide", "serve", *options, "--behind", address),
        url=f"http://127.0.0.1:{inner}",
        fresh=True,
    )
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    text = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[1]
    for written, here in (
        ("listen 443", f"listen 127.0.0.1:{outer}"),
        ("127.0.0.1:8765", f"127.0.0.1:{inner}"),
        ("/etc/ssl/certs/workshop.pem", str(certificate)),
        ("/etc/ssl/private/workshop.key", str(key)),
    ):
        assert written in text
        text = text.replace(written, here)
    path = tmp_path / "nginx.conf"
    log = f"error_log {tmp_path}/error.log;"
    path.write_text(
        f"daemon off; pid {tmp_path}/pid; {log} events {{}} http {{ access_log off; {text} }}"
    )
    proxy = popen([NGINX, "-c", path, "-e", tmp_path / "error.log"])
    until = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert proxy.poll() is None, (tmp_path / "error.log").read_text()
    return address, (tmp_path / "token").read_text().strip()


def test_the_workshop_behind_a_prefix_and_a_certificate(offered, new_context):
    address, token = offered
    context = new_context(ignore_https_errors=True)
    page = context.new_page()
    lines = []
    page.on("websocket", lambda line: lines.append(line.url))
    page.goto(f"{address}?token={token}&until=2024&from=balanced")
    page.wait_for_selector(".dv-card", timeout=120_000)
    expect(page).to_have_url(re.compile(rf"{re.escape(address)}\?.*from=balanced"))
    assert "token" not in page.url
    assert lines and all(line.startswith(address.replace("https", "wss")) for line in lines)
    page.locator("[data-test=package]").select_option("payments_first")
    expect(page.locator(".dv-whose")).to_contain_text("Payments first", timeout=120_000)
    page.locator("[data-test=room-toggle]").click()
    page.locator("[data-test=room-make]").click()
    expect(page.locator("[data-test=room-link]")).to_contain_text(address)
    for cookie in context.cookies():
        assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        assert cookie["path"] == "/divide/"
