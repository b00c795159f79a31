from typing import Any

import pandas as pd
from mesa.model import Model

class DataCollector:
    model_vars: dict[str, list[Any]]
    _collection_steps: list[int]
    def __init__(
        self,
        model_reporters: dict[str, Any] | None = None,
        agent_reporters: dict[str, Any] | None = None,
        agenttype_reporters: dict[type, dict[str, Any]] | None = None,
        tables: dict[str, list[str]] | None = None,
    ) -> None: ...
    def collect(self, model: Model) -> None: ...
    def get_model_vars_dataframe(self) -> pd.DataFrame: ...
    def get_agent_vars_dataframe(self) -> pd.DataFrame: ...
    def get_agenttype_vars_dataframe(self, agent_type: type) -> pd.DataFrame: ...
