"""A question in SQL that can read the tables it is given, and do nothing else.

DuckDB would otherwise read and write any file, load extensions from the network and look into the
variables of the program. One statement that selects is answered, within a time and a memory limit.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import pandas as pd

from divide.experiments.keep.machine import machine_memory
from divide.model.declare.errors import InputError

#: Seconds after which a question is given up, unless it is said otherwise.
LIMIT_S = 60.0
#: Share of the machine's memory that an answer may take.
MEMORY = 0.5
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,  # variables of this program are no tables
    "python_scan_all_frames": False,
    "temp_directory": "",
}

#: Tables that may be asked; the last two stand in a comparison.
NAMES = ("runs", "inputs", "model", "country", "spend", "groups", "platform")


@contextmanager
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory, for tables to be put into before it is `close`d in."""
    memory = f"{MEMORY * machine_memory() / 2**20:.0f}MiB"
    with closing(duckdb.connect(":memory:", config={**SETTINGS, "memory_limit": memory})) as made:
        yield made


def confine(made: duckdb.DuckDBPyConnection, files: Iterable[str]) -> None:
    """Let a database read these files and no others, and let nothing undo that."""
    quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    for setting in (
        f"allowed_paths = [{quoted}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        made.execute(f"SET {setting}")


def answer(
    made: duckdb.DuckDBPyConnection,
    sql: str,
    given: Mapping[str, Any] | None = None,
    seconds: float = LIMIT_S,
) -> pd.DataFrame:
    """What a database answers to one statement that selects.

    Args:
        made: A database that is confined.
        sql: The question.
        given: Values for its parameters $name.
        seconds: When it is given up.

    Raises:
        InputError: It is not one such statement, is not understood, asks for what it may not have,
            or takes longer or more memory than it may.
    """
    with understood():
        statements = made.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(str(each.type).rpartition(".")[2] for each in statements) or "nothing"
        raise InputError(f"query: one SELECT, WITH, DESCRIBE or SHOW is answered, not {kinds[:80]}")
    clock = threading.Timer(min(seconds, threading.TIMEOUT_MAX), made.interrupt)
    clock.daemon = True
    clock.start()
    try:
        with understood():
            return made.execute(statements[0], dict(given) if given else None).df()
    except duckdb.InterruptException:
        raise InputError(f"query: took longer than {seconds:g} s, its limit") from None
    finally:
        clock.cancel()


@contextmanager
def understood() -> Iterator[None]:
    """What DuckDB complains of is said of the question."""
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.CatalogException as error:
        missing = "Table with name" in str(error)
        allowed = f" (allowed: {', '.join(NAMES)})" if missing else ""
        raise InputError(f"query: {str(error).strip()}{allowed}") from None
    except duckdb.Error as error:
        raise InputError(f"query: {str(error).strip()}") from None
    except RuntimeError as error:
        if "interrupted" in str(error):  # how DuckDB says Ctrl-C
            raise KeyboardInterrupt from None
        raise
