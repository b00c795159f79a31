"""Terms of the page that are hard to say in another language, side by side for native readers."""

from collections.abc import Callable, Iterable

from divide.app.words import catalogue, languages, words

#: What makes each text hard, by its key.
HARD = {
    "page.label.speculative_short": "Not “estimated”: no figures exist; the effect may be zero.",
    "targets.least_connected": "By the share online, not by the number of people.",
    "rooms.cost_per_person": "Of people whom the policy adds; not of all who are online.",
    "lens.person_years": "One person online for one year; not years of life.",
    "page.label.levers": "What a policy maker can move, not a device.",
    "page.label.status_quo": "Without new programmes; trends go on. Not “nothing changes”.",
    "page.label.package": "Several levers together; not a parcel and not a law.",
    "page.label.outcome": "A figure of the model, not proof that a policy works.",
    "page.label.seed": "The number from which chance is drawn.",
    "page.card.usage_gini": "An inequality, not the share of people who are offline.",
    "page.card.hub_dependence": "The hub is a place in a network; no word of praise or blame.",
    "page.million": "The word by which people count: 万 in Chinese.",
    "page.usd_billion": "1,000 million in English; 亿 is 100 million.",
    "page.interval": "Holds 90 % of what may come; not a margin of error of a survey.",
    "takehome.caveat": "An exploration must not sound like a forecast.",
    "takehome.label.who_note": "Treatment as in a trial; not medical care, not courtesy.",
    "targets.bri_members": "The name that the United Nations use in the language.",
    "rooms.teams_only": "Handing in is giving the facilitator a scenario, not giving up.",
    "token.field": "A secret word for the room; not the room's code, not the facilitator's key.",
    "think.label.set_mark": "A guess on a scale, made before the answer; not a school mark.",
    "debrief.sure": "“Sure” is of figures, not of self-confidence.",
    "platforms.correspondent": "Banks that keep accounts for foreign banks.",
    "measures.gini_shortfall": "The Gini of those left out.",
}


def by_language(table: Callable[[Iterable[str], Iterable[Iterable[object]]], str]) -> str:
    """Every hard term: key, why it is hard, and what each language says."""
    head = ["key", "why it is hard", *languages().values()]
    return table(head, ([f"`{key}`", why, *_said(key)] for key, why in HARD.items()))


def _said(key: str) -> list[str]:
    return [_text(key, lang).replace("|", "/") for lang in languages()]


def _text(key: str, lang: str) -> str:
    text = catalogue(lang).get(key)
    return text if isinstance(text, str) else words(lang)(key)
