"""What stands on the page while its scripts load: the question, and the years so far on a map."""

import json
import re
from functools import cache
from html import escape

import numpy as np
from numpy.typing import NDArray

from divide.app.figures.worldmap import GEOMETRY
from divide.app.page.opening import question
from divide.app.server.service import status_quo_at_hand
from divide.app.words import is_rtl, words
from divide.model.world import load_world, start_years

#: The outline is this many times coarser than that of the page's own map.
COARSER = 4
#: First year of the film, from which most countries have figures.
FIRST = 2000
#: Shades of the map, those of the figures' scale from few to many; the last is for no figure.
SHADES = ("#12305e", "#345184", "#62718a", "#938f7c", "#c4ad5c", "#f3d24a", "#e2e6ea")
NO_FIGURE = len(SHADES) - 1
_MOVE = re.compile(r"-?\d+")

# Its type is one that the browser has: scripts are not to wait for one.
PAGE = """
<div id="dv-preview" lang="{lang}" dir="{dir}" hidden>
<p>{sentence}</p><h1>{question}</h1>
<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}">{land}</svg>
<p class="dv-film"><b></b> {title} <bdi dir="ltr">0&nbsp;% <i></i> 100&nbsp;%</bdi></p>
<p role="status">{loading}</p></div>
<style>
#dv-preview {{ position: fixed; inset: 0; z-index: 100000; overflow: auto; padding: 3vh 4vw;
  color: #1c2733; background: #fff;
  font: 16px/1.4 "Noto Sans", "Segoe UI", system-ui, sans-serif; }}
#dv-preview[hidden] {{ display: none; }}
#dv-preview h1 {{ font-size: clamp(18px, 2.4vw, 28px); margin: 0 0 1vh; }}
#dv-preview p {{ margin: 0 0 1vh; }}
#dv-preview svg {{ display: block; width: 100%; max-height: 62vh; margin-bottom: 1vh; }}
#dv-preview i {{ display: inline-block; width: 9em; height: 10px; background: {scale}; }}
#dv-preview path {{ stroke: #fff; stroke-width: .4; }}
</style>
<script>
(() => {{
  const box = document.getElementById('dv-preview'), land = box.querySelectorAll('path');
  const shades = {shades}, film = {film}, first = {first}, waiting = {waiting};
  const said = box.querySelector('[role=status]'), name = box.querySelector('.dv-film b');
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let year = still ? film.length - 1 : 0, shown = 0;
  const draw = () => {{
    land.forEach((path, i) => path.setAttribute('fill', shades[film[year][i]]));
    name.textContent = first + year;
    if (year < film.length - 1) {{ year += 1; setTimeout(draw, 250); }}
  }};
  box.hidden = false;
  draw();
  const look = setInterval(() => {{
    const page = document.querySelector('.dv');
    if (page) {{ shown = shown || Date.now(); said.textContent = waiting; }}
    const late = shown && Date.now() - shown > 30000;
    const done = document.querySelector('.dv-mapbox [data-i]') || late;
    const missing = !document.getElementById('dv-no-line')?.hidden;
    if (done || missing) {{ box.remove(); clearInterval(look); }}
  }}, 100);
}})();
</script>
"""


def preview(lang: str) -> str:
    """The preview in a language; its question has a number once the first run is done."""
    t = words(lang)
    texts = {
        "question": question(status_quo_at_hand(), t),
        "sentence": t("first.sentence"),
        "title": t("columns.internet_users"),
        "loading": t("first.loading"),
    }
    plain = {name: escape(text) for name, text in texts.items()}
    waiting = json.dumps(t("first.waiting"), ensure_ascii=True)
    direction = "rtl" if is_rtl(lang) else "ltr"
    return PAGE.format(lang=lang, dir=direction, waiting=waiting, **plain, **_drawn())


@cache
def _drawn() -> dict[str, object]:
    """The map and its film, the same in every language."""
    world = load_world(start_years()[1])
    outline = json.loads(GEOMETRY)
    rows = {code: row for row, code in enumerate(world.iso3)}
    shapes = {code: coarse(land["d"]) for code, land in outline["countries"].items()}
    codes = [code for code, shape in shapes.items() if shape]
    years, seen = world.series("internet_users")
    known = years >= FIRST
    shade = _shades(seen[known])
    film = [
        "".join(str(shade[y, rows[code]] if code in rows else NO_FIGURE) for code in codes)
        for y in range(len(shade))
    ]
    return {
        "width": outline["width"] // COARSER,
        "height": outline["height"] // COARSER,
        "land": "".join(f'<path d="{shapes[code]}"/>' for code in codes),
        "shades": json.dumps(SHADES),
        "scale": f"linear-gradient(to right, {', '.join(SHADES[:NO_FIGURE])})",
        "film": json.dumps(film),
        "first": int(years[known][0]),
    }


def _shades(share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the shade of each share, sixths of the way from nobody to everybody."""
    missing = ~np.isfinite(share)
    found = np.clip(np.where(missing, 0.0, share) * NO_FIGURE, 0, NO_FIGURE - 1).astype(int)
    return np.where(missing, NO_FIGURE, found)


def coarse(path: str) -> str:
    """An outline of relative moves on a coarser grid; "" where nothing of it is left."""
    made = []
    for part in filter(None, path.split("M")):
        numbers = [int(number) for number in _MOVE.findall(part)]
        points = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
        points = np.round(points / COARSER).astype(int)
        moved = np.diff(points, axis=0)
        moved = moved[(moved != 0).any(axis=1)]
        if len(moved) > 2:
            steps = " ".join(f"{x} {y}" for x, y in moved.tolist()).replace(" -", "-")
            made.append(f"M{points[0, 0]} {points[0, 1]}l{steps}z")
    return "".join(made)
