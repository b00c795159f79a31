"""Imported once by the process that workers are forked from: they start with the model loaded."""

from contextlib import suppress

from experiments.sweep import runs, shards  # noqa: F401 - what a worker needs beside the model
from experiments.sweep.worker import warm_up

with suppress(Exception):  # a worker that meets the same error reports it; the server must live
    warm_up()
