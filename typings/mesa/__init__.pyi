"""The part of Mesa that the model uses, typed: Mesa itself is not."""

from collections.abc import Iterable, Mapping
from typing import Any

from mesa.agent import Agent as Agent
from mesa.datacollection import DataCollector as DataCollector
from mesa.model import Model as Model

def batch_run(
    model_cls: type[Model],
    parameters: Mapping[str, Any | Iterable[Any]],
    number_processes: int | None = 1,
    iterations: int | None = None,
    data_collection_period: int = -1,
    max_steps: int = 1000,
    display_progress: bool = True,
    rng: int | Iterable[int | None] | None = None,
) -> list[dict[str, Any]]: ...
