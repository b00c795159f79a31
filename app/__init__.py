"""The workshop: the model in a browser, for people who do not write code.

Where things are, from the server to what a visitor sees:

- `server/`: `serve.py` the command `divide serve`; `guard.py` who may enter; `service.py` what
  the server has once; `engine.py` runs the model for all visitors
- `visit/`: `driver.py` one visit at work: which runs it needs and the frame to show; `state.py`
  what the visitor has chosen, with undo and pins; `result.py` what is kept of a run; `interval.py`
  intervals; `why.py` contributions of levers; `events.py` what each click does; `link.py` the
  address that shares a page; `download.py` files and "reproduce this"
- `page/`: `page.py` the page; `components.py` and the `.vue` files its parts; `map_and_figures.py`
  the map and the tabs; `levers.py` the panel of levers; `display.py` the cards; `figure_data.py`
  results as figures draw them; `texts.py` words by component
- `figures/` the figures; `words/` what the page says, in five
  languages
- `rooms/`: rooms, teams and what they hand in, with its records, file and limits, and the panel
- `solaraviz.py` the same model in Mesa's own SolaraViz, for modelers
"""
