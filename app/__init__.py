"""The workshop: the model in a browser, for people who do not write code.

Where things are, from the server to what a visitor sees:

- `serve.py` the command `divide serve`; `guard.py` who may enter; `service.py` what the
  server has once
- `engine.py` runs the model for all visitors; `result.py` what is kept of a run
- `driver.py` one visit at work: which runs it needs and the frame to show; `state.py` what the
  visitor has chosen, with undo and pins; `interval.py` intervals; `why.py` contributions of levers
- `page.py` the page; `components.py` and the `.vue` files its parts; `map_and_figures.py` the map
  and the tabs; `events.py` what each click does; `link.py` the address that shares a page;
  `download.py` files and "reproduce this"
- `levers.py` the panel of levers; `display.py` the cards; `figure_data.py` results as figures draw
  them; `figures/` the figures; `geometry/` outlines of countries
- `texts.py` and `words/` what the page says, in five languages
- `rooms.py` rooms, teams and what they hand in (`rooms_*.py` its records, file and limits);
  `room_*.py` the panel of a room
- `solaraviz.py` the same model in Mesa's own SolaraViz, for modelers
"""
