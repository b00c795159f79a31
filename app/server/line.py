"""The line to a browser: a frame of the page is handed over at once, and goes out in one go.

Solara waits for the loop of the server after each message. A frame is a dozen of them, and while
its thread waits the others take the interpreter, so that everybody's frame is ready later.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable

Data = str | bytes

#: Bytes that may wait for a slow network before whoever sends more waits too.
MOST = 4_000_000
#: Seconds between looks whether a line that is full has gone.
LOOK = 0.5


class Outbox:
    """Sends messages in their order, without making the sender wait unless much is waiting.

    Args:
        send: Sends one; raises `gone` once there is nobody any more.
        loop: The loop in which it is called.
        gone: Raised to whoever sends after that.
    """

    def __init__(
        self,
        send: Callable[[Data], Awaitable[None]],
        loop: asyncio.AbstractEventLoop,
        gone: type[Exception],
    ) -> None:
        self._pass_on, self._loop, self._error = send, loop, gone
        self._room = threading.Condition()
        self._queue: deque[Data] = deque()
        self._bytes = 0
        self._sending = self._gone = False
        self._task: asyncio.Task[None] | None = None

    def send(self, data: Data) -> None:
        """Hand over a message, from any thread but that of the loop.

        Raises:
            gone: The line has gone.
        """
        with self._room:
            while self._bytes > MOST and not self._gone:
                self._room.wait(LOOK)
            if self._gone:
                raise self._error
            self._queue.append(data)
            self._bytes += len(data)
            if self._sending:
                return
            self._sending = True
        try:
            self._loop.call_soon_threadsafe(self._begin)
        except RuntimeError as error:  # the loop has ended, and the server with it
            self._leave()
            raise self._error from error

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._drain())

    async def _drain(self) -> None:
        """Send what waits, and what comes meanwhile."""
        try:
            while (data := self._next()) is not None:
                await self._pass_on(data)
        except self._error:
            self._leave()
        except BaseException:
            self._leave()
            raise

    def _next(self) -> Data | None:
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
    """Have Solara talk to browsers by way of an outbox."""
    from solara.server import starlette
    from solara.server.websocket import WebSocketDisconnect

    class Line(starlette.WebsocketWrapper):
        """A line as Solara has it, which sends by way of an outbox."""

        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            self._outbox = Outbox(self._one, self.event_loop, WebSocketDisconnect)

        def send(self, data: Data) -> None:
            """Hand over a message."""
            self._outbox.send(data)

        async def _one(self, data: Data) -> None:
            if isinstance(data, bytes):
                await self._send_bytes_exc(data)
            else:
                await self._send_text_exc(data)

    setattr(starlette, "WebsocketWrapper", Line)  # noqa: B010 - a class as a variable
