"""Imported once by the process that workers are forked from: they start with the model loaded."""

from contextlib import suppress

from divide.experiments.carry.compiling import helped
from divide.experiments.carry.worker import warm_up
from divide.experiments.keep import shards  # noqa: F401 - what a worker needs beside the model

with suppress(Exception), helped():  # a worker that meets the same error reports it; we must live
    warm_up()
