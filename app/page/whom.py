"""Outcomes of all, and the same of women and men, poorest and richest, town and country."""

from functools import cache
from typing import Any

from divide.app.words import words

#: Country column of each group of people, by the column of all of them.
WHOM: dict[str, dict[str, str]] = {
    "internet_users": {
        "everyone": "internet_users",
        "women": "online_women",
        "men": "online_men",
        "poorest": "online_poorest40",
        "richest": "online_richest60",
        "town": "online_urban",
        "countryside": "online_rural",
        "gap": "online_sex_gap",
    },
    "account_holders": {
        "everyone": "account_holders",
        "women": "accounts_women",
        "men": "accounts_men",
        "poorest": "accounts_poorest40",
        "richest": "accounts_richest60",
        "gap": "accounts_sex_gap",
    },
}
_FAMILY = {column: all_ for all_, groups in WHOM.items() for column in groups.values()}
_OWN_SCALE = {groups["gap"] for groups in WHOM.values()}


def whole(column: str) -> str:
    """The column whose scale a column has: that of everybody, or its own."""
    return column if column in _OWN_SCALE else _FAMILY.get(column, column)


@cache
def whom(column: str, lang: str) -> list[dict[str, Any]]:
    """Groups of people that the outcome of a column is known for; none for most."""
    t = words(lang)
    groups = WHOM.get(_FAMILY.get(column, ""), {})
    return [{"value": name, "label": t(f"page.whom.{group}")} for group, name in groups.items()]
