"""How a figure gets from a `.vue` file to the page.

As `solara.component_vue`, with two differences: a figure may import scripts beside it, so that
what figures share is written once; and values travel compactly.
Only a property that has changed is sent, so the outline of the world goes to a browser once and a
moved lever costs what it moves, most of it the map of all years (about 20 kB).

Nothing here belongs to one browser: the classes hold the text of the figures, and each browser's
values live in the widgets of its own kernel.
"""

import functools
import inspect
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ParamSpec

import ipyvue
import ipywidgets
import reacton.core
import traitlets

from divide.app.figures.sealed import Sealed, opened, resealed, seal

P = ParamSpec("P")

HERE = Path(__file__).parent / "vue"

#: Significant digits that travel to the browser: a pixel of the largest chart is 1 in 4000.
DIGITS = 6


def compact(value: Any, _: object = None) -> Any:
    """The value as JSON can carry it: numbers cut to `DIGITS`, not-a-number as None.

    Arrays become lists; tuples and mappings go all the way down.
    """
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): compact(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return compact(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return [compact(item) for item in value]


COMMENT = re.compile(r"^\s*(/\*.*?\*/|<!--.*?-->)\s*$", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r'^import .* from "\./(\w+\.js)";\n+', re.MULTILINE)


def source(name: str) -> str:
    """The single-file component `name` with the scripts that it imports written into it.

    A browser gets a component as text, which has no neighbours to import from.
    """
    done: set[str] = set()

    def script(found: re.Match[str]) -> str:
        if found[1] in done:
            return ""
        done.add(found[1])
        text = IMPORT.sub(script, (HERE / found[1]).read_text(encoding="utf-8"))
        return re.sub("^export ", "", text, flags=re.MULTILINE) + "\n"

    style = json.dumps(slim((HERE / "figure.css").read_text(encoding="utf-8")))
    own = (HERE / name).read_text(encoding="utf-8")
    return slim(IMPORT.sub(script, own)).replace('"figure.css"', style, 1)


def slim(text: str) -> str:
    """A script, sheet or component without indents and lines of comment, which need not travel."""
    lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def figure(
    name: str, texts: tuple[str, ...], **constants: str
) -> Callable[[Callable[P, None]], Callable[P, reacton.core.Element]]:
    """Makes a component of a function: its parameters are the properties of the Vue file.

    Args:
        name: File in `vue/`.
        texts: Keys that the parameter `texts` must have; the figure has no words of its own.
        constants: Properties that are the same for everyone and are sent once.

    Parameters named `on_*` are called back: `on_select` when the Vue file calls `select(value)`.
    """

    def decorate(function: Callable[P, None]) -> Callable[P, reacton.core.Element]:
        signature = inspect.signature(function)
        title = function.__name__
        widget = _widget(title, name, signature, constants)

        @functools.wraps(function)
        def component(*args: P.args, **kwargs: P.kwargs) -> reacton.core.Element:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            missing = [key for key in texts if key not in given["texts"]]
            if missing:
                raise ValueError(f"{title}: texts lacks {', '.join(missing)}")
            calls = {key[3:]: given.pop(key) for key in list(given) if key.startswith("on_")}
            return widget.element(calls=Sealed(calls), **{k: _sent(v) for k, v in given.items()})

        component.texts = texts  # type: ignore[attr-defined]
        return component

    return decorate


def _widget(
    title: str, name: str, signature: inspect.Signature, constants: dict[str, str]
) -> type[ipywidgets.Widget]:
    """The widget class of one kind of figure."""
    members: dict[str, Any] = {
        "template": traitlets.Unicode(source(name)).tag(sync=True),
        **{key: traitlets.Unicode(text).tag(sync=True) for key, text in constants.items()},
    }
    calls = [key for key in signature.parameters if key.startswith("on_")]
    values = dict.fromkeys((key for key in signature.parameters if key not in calls), opened())
    return widget_class(title, members, [key[3:] for key in calls], values)


def widget_class(
    title: str,
    members: Mapping[str, Any],
    calls: Iterable[str],
    values: Mapping[str, Callable[[Any, object], Any]],
) -> type[ipywidgets.Widget]:
    """A widget that draws a Vue file.

    Args:
        title: Name of the class.
        members: Where the file is, and what else the class has.
        calls: Events of the file; what is to be called stands in `calls`, sealed.
        values: Properties of the file, and how each is sent.
    """
    made = {
        "calls": traitlets.Instance(Sealed, args=({},)),
        # The file never changes a property of its own accord, and no browser need look for it.
        "given": traitlets.Bool(True).tag(sync=True),
        **{f"vue_{name}": functools.partialmethod(_call, name) for name in calls},
        **{
            name: traitlets.Any().tag(sync=True, to_json=way, from_json=resealed)
            for name, way in values.items()
        },
    }
    return type(title, (ipyvue.VueTemplate,), {**members, **made})


def _sent(value: Any) -> Any:
    """The value as it is sent; what was sealed before is ready."""
    return value if isinstance(value, Sealed) else seal(compact(value))


def _call(self: Any, event: str, value: Any = None) -> None:
    """Hands an event of the browser to the function that the page gave, if any."""
    function = self.calls.value.get(event)
    if function is not None:
        function(value)
