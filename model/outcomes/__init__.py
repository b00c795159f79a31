"""What is measured: declarations here, formulas in `measures`, recording in `record`."""

from divide.model.outcomes.declared import COUNTRY, DIMENSIONS, OUTCOMES, Outcome

__all__ = ["COUNTRY", "DIMENSIONS", "OUTCOMES", "Outcome"]
