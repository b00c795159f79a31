"""The line to a browser: a frame of the page is handed over at once, and goes out in one go.

Solara waits for the loop of the server after each message. A frame is a dozen of them, and while
its thread waits the others take the interpreter, so that everybody's frame is ready later.
"""

import asyncio
import threading
from collections import deque
from typing import Any

from solara.server import starlette
from solara.server.websocket import WebSocketDisconnect

#: Bytes that may wait for a slow network before whoever sends more waits too.
MOST = 4_000_000
#: Seconds between looks whether a line that is full has gone.
LOOK = 0.5


class Line(starlette.WebsocketWrapper):
    """Sends messages in their order, without making the sender wait unless much is waiting.

    Args:
        ws: The line as Starlette has it.
        portal: The way into the loop of the server.
    """

    def __init__(self, ws: Any, portal: Any) -> None:
        super().__init__(ws, portal)
        self._room = threading.Condition()
        self._queue: deque[str | bytes] = deque()
        self._bytes = 0
        self._sending = self._gone = False
        self._task: asyncio.Task[None] | None = None

    def send(self, data: str | bytes) -> None:
        """Hand over a message.

        Raises:
            WebSocketDisconnect: The line has gone.
        """
        with self._room:
            while self._bytes > MOST and not self._gone:
                self._room.wait(LOOK)
            if self._gone:
                raise WebSocketDisconnect
            self._queue.append(data)
            self._bytes += len(data)
            if self._sending:
                return
            self._sending = True
        try:
            self.event_loop.call_soon_threadsafe(self._begin)
        except RuntimeError as error:  # the loop has ended, and the server with it
            raise WebSocketDisconnect from error

    def _begin(self) -> None:
        self._task = self.event_loop.create_task(self._drain())

    async def _drain(self) -> None:
        """Send what waits, and what comes meanwhile."""
        try:
            while (data := self._next()) is not None:
                if isinstance(data, bytes):
                    await self._send_bytes_exc(data)
                else:
                    await self._send_text_exc(data)
        except WebSocketDisconnect:
            self._leave()
        except BaseException:
            self._leave()
            raise

    def _next(self) -> str | bytes | None:
        with self._room:
            if not self._queue:
                self._sending = False
                return None
            data = self._queue.popleft()
            self._bytes -= len(data)
            self._room.notify_all()
            return data

    def _leave(self) -> None:
        with self._room:
            self._gone = True
            self._queue.clear()
            self._bytes = 0
            self._room.notify_all()


def install() -> None:
    """Have Solara talk to browsers over lines of ours."""
    starlette.WebsocketWrapper = Line  # type: ignore[misc]
