"""A slow line to a server of this machine: every byte takes its time, every message its way."""

import asyncio
import threading
import time
from contextlib import suppress

from tests.app.conftest import free_port

#: Bytes a second each way, and seconds there and back.
RATE, LATENCY = 125_000, 0.3
#: What goes over the line at a time (bytes), so that connections take turns.
PART = 1500
#: Parts of a connection that may be on their way.
MOST = 20_000


class Line:
    """A port of this machine behind a slow line.

    A connection costs one way there and back before its first byte, and all share the line.

    Args:
        target: The port that the line leads to.

    Attributes:
        port: Where the line begins.
        down: Bytes that have come back over it.
    """

    def __init__(self, target: int) -> None:
        self.port, self.target, self.down = free_port(), target, 0
        self._free = {"up": 0.0, "down": 0.0}
        self._begun = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._begun.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self._begun.set()
        await server.serve_forever()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        await asyncio.sleep(LATENCY)
        far, out = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._carry(near, out, "up"), self._carry(far, back, "down"))

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        """Hand bytes on at the rate of the line, each half the latency after it was sent."""
        sent: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST)
        arriving = asyncio.create_task(_arrive(sent, sink))
        with suppress(OSError):
            while part := await source.read(PART):
                self._free[way] = max(time.monotonic(), self._free[way]) + len(part) / RATE
                self.down += len(part) * (way == "down")
                await sent.put((self._free[way] + LATENCY / 2, part))
                await asyncio.sleep(max(0.0, self._free[way] - time.monotonic()))
        await sent.put((time.monotonic() + LATENCY / 2, b""))
        with suppress(OSError):
            await arriving


async def _arrive(sent: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter) -> None:
    while True:
        due, part = await sent.get()
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if not part:
            sink.close()
            return
        sink.write(part)
        await sink.drain()
