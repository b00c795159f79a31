"""Settings of Sphinx for the site. Nothing in it is fetched when somebody reads it."""

from importlib import metadata

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
