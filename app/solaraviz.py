"""Mesa's own view of the model: `solara run divide.app.solaraviz`.

SolaraViz steps any Mesa model with its controls. The model is made inside the component, once a
visitor; one at module level would be shared by every browser.
"""

import solara
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from divide.model import DigitalDivideModel
from divide.model.outcomes import COUNTRY
from divide.model.policy.policy import packages

#: Country columns drawn, averages over the world's people in percent.
DRAWN = ("internet_users", "skills", "account_holders")
#: Small enough that a step takes milliseconds.
FIRMS = 5_000


@solara.component
def Averages(model: DigitalDivideModel) -> None:  # noqa: N802
    """World averages so far."""
    update_counter.get()  # drawn anew after each step
    record = model.state.record
    people = record.column("population")
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    for name in DRAWN:
        mean = (record.column(name) * people).sum(axis=1) / people.sum(axis=1)
        axes.plot(100 * mean, label=COUNTRY[name].label)
    axes.set(xlabel="quarters since the start", ylabel="%", ylim=(0, 100))
    axes.legend(loc="lower right")
    solara.FigureMatplotlib(figure)


@solara.component
def Page() -> None:  # noqa: N802
    """Mesa's controls around a model of this visitor's own."""
    model = solara.use_memo(lambda: DigitalDivideModel(policy="balanced", firms=FIRMS), [])
    controls = {
        "firms": FIRMS,
        "policy": {
            "type": "Select",
            "value": "balanced",
            "values": list(packages()),
            "label": "Policy package",
        },
        "seed": {"type": "InputText", "value": 1, "label": "Seed"},
    }
    SolaraViz(model, components=[(Averages, 0)], model_params=controls, name="Digital divide")
