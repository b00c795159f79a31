"""All figures on one page, with made-up numbers: `solara run tests/app/figures/gallery.py`.

For whoever works on the figures, and for their tests. `?dark`, `?rtl` and `?locale=fr` in the
address show the other looks.
"""

import math
from typing import Any

import solara

from divide.app.figures import Contributions, Firms, Lines, Lorenz, Ranking, WorldMap, pack
from divide.app.figures.lines import Style
from divide.model.world import load_world

TEXTS = {
    "table": "Table", "save_svg": "SVG", "save_png": "PNG", "country": "Country",
    "no_data": "no data", "keys": "Arrow keys move, Enter chooses, plus and minus magnify.",
    "wheel": "Ctrl and wheel magnify the map", "zoom": "Magnify", "zoom_in": "Magnify",
    "zoom_out": "Make smaller", "better": "better", "unequal": "Unequal steps",
    "zoom_reset": "Whole world", "year": "Year", "people": "People",
    "held": "Users they hold", "equal": "equality", "gini": "Gini", "name": "Name",
    "value": "Value", "change": "Change", "share": "Share", "search": "Find a country",
    "nothing_found": "Nothing found", "contribution": "Contribution", "total": "Whole change",
    "firms": "Firms", "marketplaces": "Marketplaces", "rails": "Payment rails",
}  # fmt: skip

YEARS = list(range(2022, 2041))


CURVES: list[tuple[str, float, Style]] = [
    ("Status quo", 0.32, "baseline"),
    ("Pinned", 0.3, "pin"),
    ("You", 0.22, "you"),
]


def wave(i: int, move: float) -> float:
    """Something between 20 and 100 for country `i`."""
    return min(100.0, 60 + 35 * math.sin(i * 1.7) + move)


def lorenz(gini: float) -> tuple[list[float], list[float]]:
    """A curve x^a with the given coefficient."""
    power = (1 + gini) / (1 - gini)
    x = [i / 40 for i in range(41)]
    return x, [v**power for v in x]


@solara.component
def Page() -> None:  # noqa: N802
    """The gallery."""
    world = solara.use_memo(lambda: load_world(2022), [])
    move, set_move = solara.use_state(0)
    kind, set_kind = solara.use_state("sequential")
    selected, set_selected = solara.use_state("")
    year, set_year = solara.use_state(2030.0)
    query = solara.use_router().search or ""
    dark, rtl = "dark" in query, "rtl" in query
    locale = query.partition("locale=")[2] or "en"
    look: dict[str, Any] = {"dark": dark, "rtl": rtl, "locale": locale, "texts": TEXTS}
    iso3 = list(world.iso3)
    names = [str(name) for name in world.table["name"]]
    values: list[float | None] = [wave(i, move) for i in range(len(iso3))]
    values[10] = None
    legend: Any = {
        "title": "Internet users",
        "unit": "{amount}%",
        "kind": "sequential",
        "low": 20,
        "high": 100,
    }
    if kind == "diverging":
        values = [None if v is None else (v - 60) / 10 for v in values]
        legend = {"title": "Change", "unit": "points", "kind": kind, "low": -5, "high": 5}

    solara.Style(".gallery .fig { border-radius: 8px; padding: 16px }")
    background = "#0c1116" if dark else "#eef1f4"
    with solara.Column(
        gap="16px", style={"padding": "12px", "background": background}, classes=["gallery"]
    ):
        with solara.Row(style={"background": "transparent"}):
            solara.Button("move", on_click=lambda: set_move(move + 1))
            solara.Button(
                "kind",
                on_click=lambda: set_kind("sequential" if kind == "diverging" else "diverging"),
            )
            solara.Text(f"selected {selected} {year:.0f}", classes=["selected"])
        WorldMap(
            pack(values), iso3, names, legend, selected=selected, on_select=set_selected, **look
        )
        path = [50 + 2.2 * i - 0.03 * i * i for i in range(19)]
        Lines(
            [
                {"name": "Status quo", "values": path, "style": "baseline"},
                {"name": "Finance first", "values": [v + i * 0.3 for i, v in enumerate(path)],
                 "style": "pin"},
                {"name": "Skills and a very long name indeed",
                 "values": [v + i * 0.32 for i, v in enumerate(path)], "style": "pin"},
                {"name": "You", "values": [v + i * (0.5 + move / 20) for i, v in enumerate(path)],
                 "low": [v + i * 0.4 - 1 for i, v in enumerate(path)],
                 "high": [v + i * 0.6 + 1 for i, v in enumerate(path)], "style": "you"},
            ],
            YEARS, title="Internet users", unit="{amount}%", marker_year=year,
            on_year=set_year, **look,
        )  # fmt: skip
        Lorenz(
            [
                {
                    "name": name,
                    "x": (xy := lorenz(gini))[0],
                    "y": xy[1],
                    "gini": gini,
                    "style": style,
                }
                for name, gini, style in CURVES
            ],
            title="Who is online",
            **look,
        )
        Ranking(
            [
                {"key": code, "label": name, "value": wave(i, move), "change": wave(i, 0) / 9 - 6}
                for i, (code, name) in enumerate(zip(iso3, names, strict=True))
            ],
            title="Countries", unit="{amount}%", selected=selected, on_select=set_selected, **look,
        )  # fmt: skip
        Contributions(
            [
                {"label": "Backbone and landing stations", "value": 2.1, "low": 1.6, "high": 2.4},
                {"label": "Digital skills", "value": 1.2, "low": 0.9, "high": 1.5},
                {"label": "Data localisation", "value": -0.8, "low": -1.1, "high": -0.4},
                {"label": "Acting together", "value": 0.2, "low": -0.1, "high": 0.5},
            ],
            total=2.7, title="Why did it move?", unit="US$ {amount} million", **look,
        )  # fmt: skip
        names_of = ["connected", "accepting payments", "selling online", "exporting"]
        Firms(
            {
                "years": YEARS,
                "states": [
                    {"key": n, "label": n, "values": [(60 + i) / (k + 1) for i in range(19)]}
                    for k, n in enumerate(names_of)
                ],
                "marketplaces": [
                    {"name": "Largest", "jurisdiction": "United States", "share": 31.0},
                    {"name": "Second", "jurisdiction": "China", "share": 24.0},
                    {"name": "All local ones", "jurisdiction": "local", "share": 12.0},
                ],
                "rails": [
                    {"name": "Card network", "jurisdiction": "United States", "share": 48.0},
                    {"name": "Wallet", "jurisdiction": "China", "share": 22.0},
                ],
            },
            unit="{amount}%", marker_year=year, **look,
        )  # fmt: skip
