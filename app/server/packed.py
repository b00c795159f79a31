"""Files of the page as small as they can be sent, packed once for all visitors."""

import gzip
from typing import Any

import anyio.to_thread
import pyarrow as pa
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from divide.app.server.shell import is_page
from divide.app.server.slim import slimmed

#: Paths under which Solara has files that are the same for everybody.
FILES = ("/_solara/cdn/", "/jupyter/nbextensions/", "/static/")
#: Kinds of files that are not packed already.
TEXT = ("text/", "application/javascript", "application/json", "image/svg")
#: How long a browser may keep a file whose address has its version in it (seconds).
KEPT = 86_400
#: Brotli above this takes seconds and saves little.
BROTLI = 9


class Packed:
    """Middleware that packs files and the page; what a browser has already is not sent again.

    Args:
        app: Answers with the files; its answers to other requests pass through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[tuple[str, str], tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not (is_page(scope) or _is_file(scope)):
            await self.app(scope, receive, send)
            return
        coding = _coding(Headers(scope=scope).get("accept-encoding", ""))
        key = (scope["path"], coding)
        if key in self._kept and not is_page(scope):
            await _answer(send, *self._kept[key])
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            made = await anyio.to_thread.run_sync(_packed, scope, start, b"".join(parts), coding)
            if start["status"] == 200 and not is_page(scope):
                self._kept[key] = made
            await _answer(send, *made)

        await self.app({**scope, "headers": plain}, receive, collect)


async def _answer(send: Send, start: Message, body: bytes) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _is_file(scope: Scope) -> bool:
    """Whether a request is for a whole file that everybody gets alike."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    asked = {name for name, _ in scope["headers"]}
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.startswith(FILES) and not asked & {b"range", b"if-none-match", b"if-modified-since"}


def _coding(accepted: str) -> str:
    """The best way of packing that a browser understands; "" for none."""
    known = {part.partition(";")[0].strip() for part in accepted.split(",")}
    ours = ("br", "gzip") if pa.Codec.is_available("brotli") else ("gzip",)
    return next((coding for coding in ours if coding in known), "")


def _packed(scope: Scope, start: Message, body: bytes, coding: str) -> tuple[Message, bytes]:
    """The answer with its body packed, and headers that fit it."""
    headers = MutableHeaders(raw=list(start["headers"]))
    if start["status"] == 200:
        body = slimmed(scope["path"], body)
        if "/_solara/cdn/" in scope["path"]:
            headers["cache-control"] = f"max-age={KEPT}"
        if coding and len(body) > 500 and headers.get("content-type", "").startswith(TEXT):
            body = _squeezed(body, coding)
            headers["content-encoding"] = coding
        headers.add_vary_header("Accept-Encoding")
        headers["content-length"] = str(len(body))
    return {**start, "headers": headers.raw}, body


def _squeezed(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, 9)
    codec: Any = pa.Codec("brotli", compression_level=BROTLI)
    return bytes(codec.compress(body, asbytes=True))
