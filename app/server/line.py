"""The line to a browser: a frame of the page is handed over at once, and goes out in one go.

Solara waits for the loop of the server after each message. A frame is a dozen of them, and while
its thread waits the others take the interpreter, so that everybody's frame is ready later. And a
browser that gets a dozen messages one after the other lays out and paints its page several times.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby

Data = str | bytes

#: Stands between messages that go out as one; JSON never has it as it is.
JOINT = "\x02"
#: How a message says that the server has begun with an event.
BUSY = '"content": {"execution_state": "busy"}'

#: Bytes that may wait for a slow network before whoever sends more waits too.
MOST = 4_000_000
#: Seconds between looks whether a line that is full has gone.
LOOK = 0.5


class _Held(threading.local):
    """What the present thread keeps back until all of it is there; None if nothing is."""

    messages: "list[tuple[Outbox, Data]] | None" = None


_held = _Held()


@contextmanager
def together() -> Iterator[None]:
    """What this thread sends meanwhile goes out as one message a line, at the end."""
    if _held.messages is not None:
        yield
        return
    _held.messages = []
    try:
        yield
    finally:
        messages, _held.messages = _held.messages, None
        for (outbox, _), group in groupby(messages, key=lambda one: (one[0], type(one[1]))):
            _send_joined(outbox, [data for _, data in group])


def _send_joined(outbox: "Outbox", messages: list[Data]) -> None:
    """Hand over texts as one, bytes one by one; a line that has gone is found out by the next."""
    texts = [data for data in messages if isinstance(data, str)]
    with suppress(outbox.gone):
        for data in [JOINT.join(texts)] if texts else messages:
            outbox.send(data)


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
        self._pass_on, self._loop, self.gone = send, loop, gone
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
        if _held.messages is not None and not self._gone:
            _held.messages.append((self, data))
            return
        with self._room:
            while self._bytes > MOST and not self._gone:
                self._room.wait(LOOK)
            if self._gone:
                raise self.gone
            self._queue.append(data)
            self._bytes += len(data)
            if self._sending:
                return
            self._sending = True
        try:
            self._loop.call_soon_threadsafe(self._begin)
        except RuntimeError as error:  # the loop has ended, and the server with it
            self._leave()
            raise self.gone from error

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._drain())

    async def _drain(self) -> None:
        """Send what waits, and what comes meanwhile."""
        try:
            while (data := self._next()) is not None:
                await self._pass_on(data)
        except self.gone:
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
    """Have Solara talk to browsers by way of an outbox, and answer an event in one message."""
    from solara.server import server, starlette
    from solara.server.websocket import WebSocketDisconnect

    class Line(starlette.WebsocketWrapper):
        """A line as Solara has it, which sends by way of an outbox."""

        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            self._outbox = Outbox(self._one, self.event_loop, WebSocketDisconnect)

        def send(self, data: Data) -> None:
            """Hand over a message."""
            if not _is_busy(data):
                self._outbox.send(data)

        async def _one(self, data: Data) -> None:
            if isinstance(data, bytes):
                await self._send_bytes_exc(data)
            else:
                await self._send_text_exc(data)

    setattr(starlette, "WebsocketWrapper", Line)  # noqa: B010 - a class as a variable
    server.process_kernel_messages = together()(server.process_kernel_messages)


def _is_busy(data: Data) -> bool:
    """Whether a message only says that an event has come; that it is dealt with is said later."""
    return isinstance(data, str) and BUSY in data[-len(BUSY) - 60 :]
