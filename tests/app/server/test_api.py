"""The model over HTTP, on a real server."""

import json
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from divide.app.server.guard import COOKIE
from divide.connect import evaluate
from tests.app.conftest import Serve, Site
from tests.app.server.test_guard import ROOM, TOKEN, ask

SMALL = {"start": 2021, "until": 2023, "firms": 1000, "platforms": 20}
OPTIONS = ("serve", "--api", "--port", "{port}", "--firms", "1000")


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    rooms = str(tmp_path_factory.mktemp("rooms"))
    running = serve(command=(sys.executable, "-m", "divide", *OPTIONS, "--rooms", rooms))
    yield running
    running.stop(signal.SIGKILL)


def call(site: Site, path: str, body: object = None, **headers: str) -> tuple[int, object]:
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(f"{site.url}/api/{path}", data, headers)
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_it_answers_what_the_model_says(site: Site) -> None:
    asked = {"policy": "balanced", "levers": {"five_g": 500}, "seed": 3, **SMALL}
    status, found = call(site, "evaluate", {**asked, "series": True})
    assert status == 200
    here = evaluate("balanced", {"five_g": 500}, seed=3, **SMALL)
    assert {k: v for k, v in found["outcomes"].items() if v is not None} == {
        k: v for k, v in here.items() if v == v
    }
    assert found["years"] == [2021, 2022, 2023]
    assert found["series"]["spend"][-1] == here["spend"]
    status, found = call(site, "evaluate", {**asked, "outcomes": ["usage_gini"]})
    assert (status, found["outcomes"]) == (200, {"usage_gini": here["usage_gini"]})
    assert "series" not in found


def test_it_says_what_there_is(site: Site) -> None:
    status, about = call(site, "")
    assert status == 200
    lists = {line.removeprefix("GET /api/") for line in about["lists"]}
    found = {name: call(site, name)[1] for name in lists}
    assert found["levers"]["five_g"]["bounds"][0] == 0
    assert found["outcomes"]["usage_gini"]["better"] == "lower"
    assert "balanced" in found["policies"]
    assert found["parameters"]["adoption.imitation"]["unit"]
    assert call(site, "secrets")[0] == 404
    status, refused = call(site, "evaluate")
    assert status == 405 and "is asked with POST" in refused["error"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"levers": {"five_gee": 1}}, 400, "request, line 1: levers: unknown lever 'five_gee'"),
        ({"levers": {"five_g": -1}}, 400, "-1 is out of range"),
        ({"levers": 3}, 400, "levers"),
        ({"policy": "/etc/passwd"}, 400, "must be one of"),
        ({"policy": "mine.yaml"}, 400, "must be one of"),
        ({"extensions": ["evil.py"]}, 400, "is not loaded here"),
        ({"firms": 10_000_000}, 400, "at most"),
        ({"outcomes": "all"}, 400, "must be a list of names"),
        ({"outcomes": ["usage_ginny"]}, 400, "did you mean 'usage_gini'"),
        ({"series": 1}, 400, "must be true or false"),
        ({"untill": 2030}, 400, "did you mean 'until'"),
        (b"{", 400, "request, line"),
        (b"\xff", 400, "UTF-8"),
        (b"[]", 400, "request"),
        (b"{" + b" " * 200_000 + b"}", 413, "longer than"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(
    body: object, status: int, says: str, site: Site
) -> None:
    code, found = call(site, "evaluate", body)
    assert code == status
    assert says in found["error"]


def test_pages_of_others_are_refused(site: Site) -> None:
    assert call(site, "evaluate", {}, Origin="https://evil.example")[0] == 403


def test_programs_give_the_token_in_a_header() -> None:
    assert ask(TOKEN, "/api/", ROOM, authorization=f"Bearer {TOKEN}").text == "inside "
    assert ask(TOKEN, "/api/", ROOM, authorization="Bearer wrong").status == 401
    assert ask(TOKEN, "/api/", ROOM, authorization="").status == 401
    assert ask(TOKEN, "/api/", ROOM, cookie=f"{COOKIE}={TOKEN}").text == "inside "
