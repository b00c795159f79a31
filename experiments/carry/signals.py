"""Requests to end that wait until a run is over."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a request to end or a closed terminal set; a second ends at once.

    An exception out of nowhere is not safe in the middle of a run: compiled code that calls back
    into Python turns it into a SystemError. Outside the main thread nothing is ever set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def request_stop(signum: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    kinds = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        kinds.append(signal.SIGHUP)
    before = [signal.signal(kind, request_stop) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, old in zip(kinds, before, strict=True):
            signal.signal(kind, old)
