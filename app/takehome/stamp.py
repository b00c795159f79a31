"""What a saved picture says of itself, so that it can be found again and is not overread."""

import numpy as np

from divide.app.page.display import changing, readable, written
from divide.app.visit.driver import Frame
from divide.app.visit.state import titled
from divide.app.words import Words
from divide.experiments.keep.identity import edition
from divide.experiments.text.units import decimals
from divide.model.outcomes import OUTCOMES


def stamp(frame: Frame, t: Words) -> list[str]:
    """Scenario, version, interval of what is drawn, source and caveat: a line each."""
    if frame.shown is None or frame.you is None or frame.base is None:
        return []
    scenario = frame.shown.scenario
    name = titled(scenario.policy.title, t)
    return [
        t("page.whose", name=name, start=scenario.start, until=scenario.until),
        *_interval(frame, t),
        t("takehome.stamp", version=edition(), digest=scenario.digest[:12]),
        t("takehome.label.sources"),
        t("takehome.caveat"),
    ]


def _interval(frame: Frame, t: Words) -> list[str]:
    """The difference of the drawn outcome in the year of the map, and its interval if known."""
    if frame.interval is None or not frame.changed:
        return []
    you, base = frame.results
    name, year = frame.view.headline, you.row(frame.view.year)
    change = float(you.series[name][year] - base.series[name][year])
    _, low, high = frame.interval.difference(name, year)
    level = readable(OUTCOMES[name].unit, float(np.abs(base.series[name]).max()), t)
    unit = changing(OUTCOMES[name].unit, level, change, t)
    places = min(max(decimals(change * unit.factor) - 1, 0), 4)
    said = [written(x * unit.factor, places, t, sign=True) for x in (change, low, high)]
    return [
        t(
            "takehome.stamp_interval",
            outcome=t(f"outcomes.{name}"),
            year=int(you.years[year]),
            difference=unit.moved(said[0]),
            interval=t("page.interval", low=said[1], high=said[2]),
        )
    ]
