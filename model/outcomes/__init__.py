"""What is measured: each outcome and country column is declared beside its formula."""

from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.declaration import Outcome, column, outcome
from divide.model.outcomes.inequality import MEASURES
from divide.model.outcomes.shipped import COUNTRY, OUTCOMES, SHIPPED, OutcomeSet

__all__ = [
    "COUNTRY",
    "DIMENSIONS",
    "MEASURES",
    "OUTCOMES",
    "SHIPPED",
    "Outcome",
    "OutcomeSet",
    "column",
    "outcome",
]
