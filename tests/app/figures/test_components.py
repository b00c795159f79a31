"""What goes to the browser: compact values, complete components, words that the page must give."""

import json
import math
import re

import numpy as np
import pytest
import reacton
from ipywidgets import Widget

from divide.app.figures import Bars, Contributions, Firms, Lines, Lorenz, Ranking, WorldMap
from divide.app.figures.component import HERE, compact, source
from divide.app.figures.sealed import SEARCHED
from tests.app.figures.gallery import TEXTS

FILES = sorted(path.name for path in HERE.glob("*.vue"))


def test_values_are_cut_to_what_can_be_seen() -> None:
    sent = compact({"values": np.array([1 / 3, math.nan, math.inf]), 3: (True, None, "a", 2)})
    assert sent == {"values": [0.333333, None, None], "3": [True, None, "a", 2]}
    json.dumps(sent, allow_nan=False)


def test_numpy_scalars_are_sent_as_numbers() -> None:
    assert compact([np.float64(2.5), np.int64(3), np.bool_(True)]) == [2.5, 3, True]


@pytest.mark.parametrize("name", FILES)
def test_a_component_carries_all_its_scripts(name: str) -> None:
    text = source(name)
    assert "./" not in "".join(re.findall("^import .*$", text, flags=re.MULTILINE))
    assert text.count("export default {") == 1
    assert text.count("const known =") == 1
    assert '"figure.css"' not in text


@pytest.mark.parametrize("name", FILES)
def test_components_have_no_words_of_their_own(name: str) -> None:
    """Between tags of a template stand expressions and signs, never letters."""
    template = (HERE / name).read_text(encoding="utf-8").split("<script>", 1)[0]
    for text in re.findall(r">([^<>]+)<", re.sub(r"\{\{.*?\}\}", "", template, flags=re.DOTALL)):
        assert not re.search("[A-Za-z]", re.sub("&#?[a-z0-9]+;", "", text)), text


def test_missing_words_are_named() -> None:
    with pytest.raises(ValueError, match="Lines: texts lacks save_png, year"):
        Lines([], [], title="", unit="", texts={"table": "", "save_svg": "", "no_data": ""})


def test_every_figure_says_which_words_it_needs() -> None:
    for component in (Bars, Contributions, Lines, Lorenz, Ranking, WorldMap):
        assert set(component.texts) <= set(TEXTS)
    assert callable(Firms)


def test_nothing_is_sent_of_a_frame_in_which_nothing_has_changed(monkeypatch) -> None:
    """Neither values nor functions are looked into, and equal ones are not sent again."""
    sent: list[object] = []

    def drawn(last: float) -> reacton.core.Element:
        values = np.array([1.0, math.nan, last])
        return Lines(
            [{"name": "a", "values": values, "style": "you"}],
            np.arange(3),
            title="a",
            unit="",
            texts=dict(TEXTS),
            on_year=print,
        )

    searched = [name for name, v in drawn(2.0).kwargs.items() if isinstance(v, SEARCHED)]
    assert searched == []
    box, context = reacton.render(drawn(2.0), handle_error=False)
    try:
        monkeypatch.setattr(Widget, "send_state", lambda self, key=None: sent.extend(key or ()))
        context.render(drawn(2.0), box)
        assert sent == []
        context.render(drawn(3.0), box)
        assert sent == ["series"]
    finally:
        monkeypatch.undo()
        context.close()
