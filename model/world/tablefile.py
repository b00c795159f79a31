"""Writes a table the same way every time, so that its hash depends on its content alone."""

import gzip
import io
from pathlib import Path

import pandas as pd


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a CSV file with LF and UTF-8; compressed, without a time stamp, if it ends in .gz."""
    content = frame.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()
    if path.suffix == ".gz":
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as file:
            file.write(content)
        content = buffer.getvalue()
    path.write_bytes(content)
