"""Who may enter."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from divide.app.server.guard import COOKIE, Guard

TOKEN = "right-token"
ROOM = "10.0.0.7:8765"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def finish(work):
    """Run a coroutine in a thread: the browser tests keep a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def inside(scope, receive, send):
    """What is guarded: says that somebody got in."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = b"inside " + scope["query_string"]
    await send({"type": "http.response.body", "body": body})


def ask(token, address="/", host="localhost:8765", kind="http", **headers):
    """What a guard with this token answers to one request."""
    parts = urlsplit(address)
    sent = []
    given = {"host": host, **headers}
    scope = {
        "type": kind,
        "method": "GET",
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }

    async def receive():
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message):
        sent.append(message)

    finish(Guard(inside, token)(scope, receive, send))
    if kind == "websocket":
        return sent[0]["type"].removeprefix("websocket.")
    pairs = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    return Answer(sent[0]["status"], pairs, text)


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:1", "[::1]:1"])
def test_this_machine_needs_no_token(host):
    assert ask("", host=host).text == "inside "


@pytest.mark.parametrize("host", ["evil.example", ROOM, "localhost.evil.example", "", "["])
def test_other_names_do_not_reach_this_machine(host):
    answer = ask("", host=host)
    assert answer.status == 421
    assert answer.text == "This server answers to localhost only."


def test_a_room_asks_for_its_token():
    answer = ask(TOKEN, host=ROOM)
    assert answer.status == 401 and "Ask the facilitator for the token." in answer.text
    answer = ask(TOKEN, "/?token=wrong", host=ROOM)
    assert answer.status == 401 and "This token is not right." in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("accepted", "lang", "direction", "text"),
    [
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar", "rtl", "اطلبوا الرمز من الميسّر."),
        ("fr", "fr", "ltr", "Demandez le jeton à la personne qui anime."),
        ("sw", "en", "ltr", "Ask the facilitator for the token."),
    ],
)
def test_the_token_is_asked_for_in_the_language_of_the_browser(accepted, lang, direction, text):
    answer = ask(TOKEN, host=ROOM, **{"accept-language": accepted})
    assert answer.status == 401 and text in answer.text
    assert f"<html lang={lang} dir={direction}>" in answer.text
    assert answer.headers["content-language"] == lang


def test_the_token_becomes_a_cookie_and_leaves_the_address():
    answer = ask(TOKEN, f"/?token={TOKEN}&l.five_g=5", host=ROOM)
    assert answer.status == 303 and answer.headers["location"] == "/?l.five_g=5"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    own = cookie.partition(";")[0]
    assert ask(TOKEN, "/?l.five_g=5", host=ROOM, cookie=own).text == "inside l.five_g=5"
    assert ask(TOKEN, "/ws", ROOM, "websocket", cookie=own) == "accept"


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example"])
def test_a_token_does_not_send_anybody_elsewhere(path):
    answer = ask(TOKEN, f"/?token={TOKEN}", host=ROOM)
    assert answer.headers["location"].startswith("/")
    scope_path = ask_path(path)
    assert not scope_path.startswith(("//", "/\\"))


def ask_path(path):
    """Where a visitor of a strange path is sent with the token."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", ROOM.encode())],
             "query_string": f"token={TOKEN}".encode()}  # fmt: skip
    finish(Guard(inside, TOKEN)(scope, None, send))
    return dict(sent[0]["headers"])[b"location"].decode()


@pytest.mark.parametrize("given", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü", '";,= '])
def test_a_wrong_cookie_opens_nothing(given):
    cookie = f"{COOKIE}={given}"
    assert ask(TOKEN, host=ROOM, cookie=cookie).status == 401
    assert ask(TOKEN, "/ws", ROOM, "websocket", cookie=cookie) == "close"


def test_another_page_cannot_open_a_line():
    line = {"address": "/ws", "kind": "websocket"}
    assert ask("", **line, origin="http://localhost:8765") == "accept"
    assert ask("", **line, origin="http://evil.example") == "close"
    assert ask("", **line, origin="null") == "close"


def test_the_browser_is_told_to_fetch_nothing_from_elsewhere():
    policy = ask("").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http:" not in policy and "*" not in policy
