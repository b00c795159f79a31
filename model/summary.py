"""What a model shows of itself: a few lines, a table in a notebook, a collector of Mesa's."""

from html import escape

import mesa

from divide.model.outcomes.results import results
from divide.model.run import Run


def facts(m: Run) -> dict[str, str]:
    """What a run is and where it stands, by name."""
    plan, step = m.plan, m.state.step
    people = m.state.countries.population
    online = float(m.national(m.state.countries.online) @ people / people.sum())
    return {
        "policy": plan.policy.title,
        "period": f"{plan.start} to {plan.until}",
        "step": f"{step} of {plan.steps}, at {m.year:g}",
        "seed": str(plan.seed),
        "firms": f"{len(m.firms):,}",
        "online": f"{100 * online:.1f} % of people",
    }


def as_text(m: Run) -> str:
    """A few lines."""
    rows = [f"  {name:<7} {value}" for name, value in facts(m).items()]
    return "\n".join([type(m).__name__, *rows])


def as_html(m: Run) -> str:
    """The same as a small table."""
    rows = (
        f'<tr><th style="text-align:left">{name}</th><td>{escape(value)}</td></tr>'
        for name, value in facts(m).items()
    )
    return f"<table><caption>{type(m).__name__}</caption>{''.join(rows)}</table>"


def collected(m: Run) -> mesa.DataCollector:
    """The outcomes after each step so far, as if Mesa had collected them."""
    found = results(m).outcomes
    collector = mesa.DataCollector(model_reporters={name: name for name in found})
    collector.model_vars = {name: x.tolist() for name, x in found.items()}
    collector._collection_steps = list(range(m.state.record.done))
    return collector
