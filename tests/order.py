"""The slowest files first, so that no worker is left with a long one when the others are done.

How long a file takes stands in `seconds.yaml`; `DIVIDE_KEEP_SECONDS=yes python3 start.py test`
measures it anew. A file that is not in there is taken for a quick one.
"""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

SECONDS = Path(__file__).with_name("seconds.yaml")
#: A file that takes less (seconds) is not worth a line.
LEAST = 4


def file_of(nodeid: str) -> str:
    """The file of a test, relative to this folder."""
    return nodeid.partition("::")[0].removeprefix("tests/")


def by_seconds(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests in the order of their files' seconds, longest first; those of a file stay as they are.

    Workers take files in this order: pytest-xdist is told not to have an order of its own.
    """
    known = yaml.safe_load(SECONDS.read_text("utf-8"))
    return sorted(items, key=lambda item: -known.get(file_of(item.nodeid), 0))


class Measured:
    """Adds up how long each file takes and writes it down when all tests are done."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for the set-up, the call and the end of each test."""
        self.seconds[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        """Called by pytest at the end."""
        SECONDS.write_text(table(self.seconds.most_common()), "utf-8")


def table(found: Iterable[tuple[str, float]]) -> str:
    """The text of `seconds.yaml`."""
    long = {name: round(seconds) for name, seconds in found if seconds >= LEAST}
    return yaml.safe_dump(long, sort_keys=False)


def measure(config: pytest.Config) -> None:
    """Has the seconds measured if the environment asks for it; workers report to one process."""
    if os.environ.get("DIVIDE_KEEP_SECONDS") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measured())
