"""However a server is asked to end: it lets go of everybody, and the rooms are whole."""

import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from divide.app.rooms.file import FILE
from divide.app.rooms.registry import Rooms
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario
from tests.app.conftest import Serve

LINE = "/jupyter/api/kernels/{page}/channels?session_id=x"


def handed_in(folder: Path) -> list[tuple[str, bool]]:
    """Names of what was handed in, and whether each is computed."""
    rooms = Rooms.open(folder)
    with rooms.file.closing() as db:
        rows = db.execute("SELECT name, headline FROM submission ORDER BY id").fetchall()
        return [(row[0], bool(row[1] and json.loads(row[1]))) for row in rows]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_end_keeps_its_rooms(
    kind: signal.Signals, serve: Serve, tmp_path: Path
) -> None:
    rooms = Rooms.open(tmp_path)
    with rooms.file.closing():
        rooms.create("lead", "Nairobi", Scenario(until=2024, firms=1_000))
        rooms.join("a", rooms.room("lead").code, "One")
        policy = Policy("custom", "Ours", levers={"five_g": LeverUse(100.0)})
        rooms.submit("a", "Plan", policy)
    options = ("serve", "--port", "{port}", "--firms", "1000", "--rooms", str(tmp_path))
    site = serve(command=(sys.executable, "-m", "divide", *options), fresh=True)
    server = psutil.Process(site.process.pid)
    family = server.children(recursive=True)
    assert family, "the model runs in processes of its own"
    address = site.url.replace("http", "ws") + LINE.format(page="a-page")
    with connect(address, open_timeout=60) as line:
        server.send_signal(kind)
        with suppress(ConnectionClosed):
            line.recv(timeout=60)
        assert site.process.wait(60) == 0
    said = site.log.read_text()
    assert said.endswith("Stopped.\n") and "Traceback" not in said
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(FILE)] == [FILE]
    assert [name for name, _ in handed_in(tmp_path)] == ["Plan"]


@pytest.mark.usefixtures("terminal")
def test_work_that_a_closed_terminal_left_is_done_after_the_next_start(
    serve: Serve, tmp_path: Path
) -> None:
    """SIGHUP ends a server as the other signals do; another takes up what was in hand."""
    test_a_server_that_is_asked_to_end_keeps_its_rooms(signal.SIGHUP, serve, tmp_path)
    options = ("serve", "--port", "{port}", "--firms", "1000", "--rooms", str(tmp_path))
    serve(command=(sys.executable, "-m", "divide", *options), fresh=True)
    until = time.monotonic() + 120
    while handed_in(tmp_path) != [("Plan", True)]:
        assert time.monotonic() < until, "the scenario is not computed"
        time.sleep(0.1)
