"""A long-lived program that answers lines with lines of JSON, so that programs can take turns."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Asked:
    """The program, started.

    Args:
        command: Its words.
        folder: Where it runs.
        variables: Its environment.
    """

    def __init__(self, command: list[str], folder: Path, variables: Mapping[str, str]) -> None:
        self._program = subprocess.Popen(
            command, cwd=folder, env=variables, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._program.communicate()

    def ask(self, question: str) -> Any:
        """Its answer to one line.

        Raises:
            RuntimeError: The program has ended.
        """
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        try:
            self._program.stdin.write(f"{question}\n")
            self._program.stdin.flush()
        except BrokenPipeError:
            line = ""
        else:
            line = self._program.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._program.args} has ended")
        return json.loads(line)
