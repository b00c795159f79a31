from typing import Any

from mesa.agentset import AgentSet as AgentSet
from mesa.model import Model

class Agent:
    model: Model
    unique_id: int
    pos: Any
    def __init__(self, model: Model) -> None: ...
    def remove(self) -> None: ...
    def step(self) -> None: ...
