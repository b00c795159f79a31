"""Settings of Sphinx for the site. Nothing in it is fetched when somebody reads it."""

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # for `docs`

project = "Digital divide, agent by agent"
author = "The digital-divide-abm developers"
release = metadata.version("digital-divide-abm")
html_title = f"{project} {release}"
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
#: Members that a docstring names stand in the class as well.
napoleon_use_ivar = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
#: Files for examples in the guides have names that no lexer knows.
suppress_warnings = ["misc.highlighting_failure"]


def setup(app: Any) -> None:
    """Docstrings are Markdown: before napoleon reads their sections."""
    from docs.site.docstrings import convert

    app.connect("autodoc-process-docstring", convert, priority=400)
