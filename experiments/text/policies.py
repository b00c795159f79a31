"""What policies are and do, in words."""

from divide.experiments.text.units import money
from divide.model.declare.levers import NO_REPLAY, Lever, levers
from divide.model.policy.policy import LeverUse, Policy


def _used(policy: Policy) -> list[tuple[Lever, LeverUse]]:
    """A policy's levers in the order of their declarations, however it was written."""
    return [
        (lever, policy.levers[name]) for name, lever in levers().items() if name in policy.levers
    ]


def speculative_levers(policy: Policy) -> list[str]:
    """Labels of the levers in use for which no outcome data exist."""
    return [lever.label for lever, use in _used(policy) if use.intensity and lever.speculative]


def lever_cost(lever: Lever) -> str:
    """Unit cost in words."""
    if lever.per == "handsets":
        return "the share of what buyers of handsets pay; nothing below zero"
    if lever.per == "payments":
        return "the share of what people pay digitally; nothing below zero"
    if lever.per == "nothing":
        return "nothing: a stress test"
    if lever.usd_per_unit is None:
        return "the share of what users pay for data; nothing below zero"
    if lever.unit.startswith("US$"):
        return "as spent"
    each = money(lever.usd_per_unit)
    if lever.per == "firms":
        return f"{each} a year for each firm without digital payment, times local cost"
    if lever.kind == "amount":
        return f"{each} per {lever.unit.removesuffix('/year').removesuffix('s')}"
    per_head = f" and US$ {lever.usd_per_head:g} a head" if lever.usd_per_head else ""
    return f"{each}{per_head} per year at full strength in a country"


def replayed(lever: Lever) -> str:
    """Whether the model is compared with a study of the lever, which one, and how that went."""
    found = lever.replayed
    if found is None:
        return NO_REPLAY
    figures = f"{found.agree} of {found.judged} judged figures agree"
    fit = "; a value or prior comes from it, so that this is no test" if found.use == "fit" else ""
    return f"replayed: {lever.replay}, {figures if found.judged else 'not judged'}{fit}"


def target_words(target: str) -> str:
    """A target rule as people say it."""
    return target.replace("_", " ").replace("bri ", "BRI ")


def in_force(use: LeverUse) -> str:
    """When a lever is in force, as people say it: the year under `end` is the first without it."""
    first = "from the start" if use.start is None else f"from {use.start:g}"
    if use.end is None:
        return f"{first} to the end"
    whole = use.end == int(use.end)
    return f"{first} to {f'the end of {use.end - 1:g}' if whole else f'{use.end:g}'}"


def lever_rows(policy: Policy) -> list[tuple[str, str, str, str, str]]:
    """A policy's levers in words: label, strength, years, target, evidence."""
    rows: list[tuple[str, str, str, str, str]] = []
    for lever, use in _used(policy):
        target = use.target if isinstance(use.target, str) else ", ".join(use.target)
        toward = f", toward {use.toward}" if lever.name == "regulatory_alignment" else ""
        strength = f"{use.intensity:,.10g} {lever.unit}"
        years = f"{in_force(use)}, ramp {use.ramp_years:g} y"
        rows.append((lever.label, strength, years, target_words(target) + toward, lever.evidence))
    return rows
