"""The first question: what to do with the same money a year, and three answers to press."""

from dataclasses import replace
from functools import cache

from divide.app.visit.state import CUSTOM, shipped
from divide.model.policy.policy import LeverUse, Policy

#: Answers in the order of their buttons, and the keys of their texts; none may spend more than
#: the others may.
LABELS = {
    "least_connected": "first.least_connected",
    "evenly": "first.evenly",
    "skills_and_price": "first.skills_and_price",
}
ANSWERS = tuple(LABELS)
#: The shipped package that the first answer is, and whose levers the second spreads evenly.
PACKAGE = "least_connected_first"


@cache
def answer(name: str) -> Policy:
    """The policy of an answer; its title is its name until somebody gives it another.

    The third teaches as many people a year as the package "People and rules first", and lowers the
    price of data by 5 %, which takes nearly all of the rest of the money (strengths assumed).
    """
    package = shipped(PACKAGE)
    if name == "least_connected":
        return package
    if name == "evenly":
        uses = {lever: replace(use, target="all") for lever, use in package.levers.items()}
    else:
        uses = {"skills_training": LeverUse(60e6), "price_subsidy": LeverUse(0.05)}
    return Policy(CUSTOM, name, budget=package.budget, spend=package.spend, levers=uses)
