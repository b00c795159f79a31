"""Functions that worker processes find under "called"; some of them go wrong at number 3."""

import os
import signal
import time
from pathlib import Path

BAD = 3


def square(number):
    time.sleep(0.01)
    return number**2


def raises(number):
    if number == BAD:
        raise ValueError("the bridge is out")
    return number


def not_to_be_sent(number):
    return (lambda: number) if number == BAD else number


def kills(scratch, number, times):
    """Kills its worker so many times; a line in a log for each beginning."""
    log = Path(scratch) / "log"
    with log.open("a") as file:
        file.write(f"{number}\n")
    if number == BAD and log.read_text().splitlines().count(str(BAD)) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def where(number):
    time.sleep(0.05)
    return os.getpid()
