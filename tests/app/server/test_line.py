"""The line to a browser: messages keep their order, and only a line that is full makes wait."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from divide.app.server import line
from divide.app.server.line import JOINT, Outbox, together

PATIENCE = 20


class Gone(Exception):  # noqa: N818 - a state, not a fault
    """Nobody is there any more."""


class Network:
    """Sends when it may."""

    def __init__(self):
        self.sent, self.may, self.gone = [], asyncio.Event(), False

    async def send(self, data):
        await self.may.wait()
        if self.gone:
            raise Gone
        self.sent.append(data)

    async def has_sent(self, count):
        while len(self.sent) < count:
            await asyncio.sleep(0)


def with_outbox(body):
    """Run `body(network, outbox)` in the loop of a server, in a thread of its own.

    The main thread may be in the loop of a browser's driver.
    """

    async def server():
        network = Network()
        outbox = Outbox(network.send, asyncio.get_running_loop(), Gone)
        async with asyncio.timeout(PATIENCE):
            await body(network, outbox)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, server()).result(2 * PATIENCE)


def test_a_sender_does_not_wait_and_messages_keep_their_order():
    messages = [f"{k}" if k % 3 else bytes([k]) for k in range(100)]

    async def body(network, outbox):
        def send():
            for message in messages[:60]:
                outbox.send(message)

        await asyncio.to_thread(send)  # comes back, though nothing can be sent yet
        assert network.sent == []
        network.may.set()
        for message in messages[60:]:
            await asyncio.to_thread(outbox.send, message)
        await network.has_sent(len(messages))
        assert network.sent == messages

    with_outbox(body)


def test_a_full_line_makes_the_sender_wait(monkeypatch):
    monkeypatch.setattr(line, "MOST", 10)

    async def body(network, outbox):
        done = threading.Event()

        def send():
            for _ in range(4):
                outbox.send("x" * 8)
            done.set()

        sending = asyncio.create_task(asyncio.to_thread(send))
        await asyncio.sleep(0.2)
        assert not done.is_set()
        network.may.set()
        await sending
        await network.has_sent(4)

    with_outbox(body)


def test_who_sends_over_a_line_that_has_gone_is_told(monkeypatch):
    monkeypatch.setattr(line, "MOST", 10)

    async def body(network, outbox):
        def send():
            while True:
                outbox.send("x" * 8)

        sending = asyncio.create_task(asyncio.to_thread(send))
        await asyncio.sleep(0.05)
        network.gone = True
        network.may.set()
        with pytest.raises(Gone):
            await sending
        assert network.sent == []

    with_outbox(body)


def test_what_belongs_together_goes_out_in_one_and_what_fails_meanwhile_is_not_lost():
    async def body(network, outbox):
        other = Outbox(network.send, asyncio.get_running_loop(), Gone)
        network.may.set()

        def send():
            with together():
                outbox.send("a")
                with together():
                    outbox.send("b")
                outbox.send(b"c")
                outbox.send("d")
            outbox.send("e")

        def fail():
            with together():
                other.send("f")
                raise RuntimeError("no frame")

        await asyncio.to_thread(send)
        await network.has_sent(4)
        assert network.sent == [f"a{JOINT}b", b"c", "d", "e"]
        with pytest.raises(RuntimeError, match="no frame"):
            await asyncio.to_thread(fail)
        await network.has_sent(5)
        assert network.sent[4:] == ["f"]

    with_outbox(body)
