"""Texts that a browser has as a file do not go over its line; what it is sent is the same."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from divide.app.figures.component import source
from divide.app.figures.worldmap import GEOMETRY
from divide.app.server import known
from divide.app.server.line import JOINT

MAP = json.dumps({"msg_type": "comm_open", "template": source("map.vue"), "geometry": GEOMETRY})


def restored(text: str) -> str:
    """A message as the script of the page restores it."""
    written = [json.dumps(one)[1:-1] for one in known.texts()]
    return re.sub("\x01(\\d+)\x01", lambda found: written[int(found[1])], text)


def answered(scope, *messages):
    """What Known sends where the page sends these messages."""
    sent = []

    async def app(_scope, _receive, send):
        for message in messages:
            await send(message)

    async def send(message):
        sent.append(message)

    # A thread of its own, for the browser's driver has a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, known.Known(app)(scope, None, send)).result()
    return sent


def line(query: str):
    return {"type": "websocket", "path": "/jupyter/api/kernels/1/channels", "query_string": query}


def test_a_line_that_knows_the_texts_is_sent_their_numbers():
    scope = line(f"session_id=1&known={known.version()}".encode())
    (sent,) = answered(scope, {"type": "websocket.send", "text": MAP})
    assert len(sent["text"]) < 200 < len(MAP)
    assert restored(sent["text"]) == MAP


@pytest.mark.parametrize("query", [b"session_id=1", b"session_id=1&known=other"])
def test_any_other_line_is_sent_everything(query):
    message = {"type": "websocket.send", "text": MAP}
    assert answered(line(query), message) == [message]


def test_what_moves_the_page_is_sent_as_it_is():
    scope = line(f"known={known.version()}".encode())
    moved = {"type": "websocket.send", "text": MAP.replace("comm_open", "comm_msg")}
    packed = {"type": "websocket.send", "bytes": b"1"}
    assert answered(scope, moved, packed) == [moved, packed]


def test_joined_messages_are_shortened_each_and_taken_apart_for_whoever_cannot():
    moved = MAP.replace("comm_open", "comm_msg")
    message = {"type": "websocket.send", "text": JOINT.join([MAP, moved])}
    (sent,) = answered(line(f"known={known.version()}".encode()), message)
    opened, after = sent["text"].split(JOINT)
    assert len(opened) < 200 and restored(opened) == MAP and after == moved
    apart = answered(line(b"session_id=1"), message)
    assert [each["text"] for each in apart] == [MAP, moved]


@pytest.mark.parametrize(("root", "version", "status"), [("", known.version(), 200),
                                                         ("/divide", known.version(), 200),
                                                         ("", "other", 404)])  # fmt: skip
def test_the_file_has_all_texts_and_is_of_one_version(root, version, status):
    query = f"v={version}".encode()
    scope = {"type": "http", "method": "GET", "path": f"{root}{known.PATH}", "root_path": root,
             "query_string": query}  # fmt: skip
    start, *body = answered(scope)
    assert start["status"] == status
    if status == 200:
        assert tuple(json.loads(b"".join(part["body"] for part in body))) == known.texts()
