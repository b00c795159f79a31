"""Solara's page without what is not ours: its logo, its English boxes, its sheets of styles."""

import re

from divide.app.server.known import script

#: Boxes about the line to the server (the page tells of it by itself), icons, sheets of styles.
SIGNS = re.compile(
    rb"<v-(alert|overlay|dialog|menu|progress-linear)\b.*?</v-\1>"
    rb'|<link rel="icon"[^>]*>'
    rb'|<link [^>]*rel="stylesheet"[^>]*>(?:</link>)?'
    rb'|<style class="solara-template-css">.*?</style>',
    re.DOTALL,
)
#: The logo that turns while Solara loads.
LOADER = re.compile(rb'<div v-if="loading" id="loader-container">.*?<div v-else>', re.DOTALL)
#: Where the bundle of scripts is.
BUNDLE = re.compile(rb'src="([^"]*)(/_solara/cdn/[^"]*/dist)/solara-vuetify-app[^"]*"')
#: Scripts that are wanted once the line is open, and asked for while it is being opened.
LATER = ("jupyter-vue/nodeps-vue-sfc.js", "jupyter-vue/nodeps.js", "jupyter-vuetify/nodeps.js")
HEAD = """<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%230b5cad'/%3E%3Cpath d='M1 8h14M8 1v14' \
stroke='%23fff' fill='none'/%3E%3C/svg%3E">
<style>body {{ margin: 0; }}
@font-face {{ font-family: Roboto; font-weight: 400; font-display: swap;
 src: local("Roboto"), url({fonts}/cb41c1e71debe927815c.woff2) format("woff2"); }}
@font-face {{ font-family: Roboto; font-weight: 700; font-display: swap;
 src: local("Roboto Bold"), url({fonts}/1ab7bbddcdbde1b6f274.woff2) format("woff2"); }}</style>
"""


def bare(page: bytes) -> bytes:
    """The page with our icon, two weights of its font, and scripts asked for in time.

    A page of another make, without Solara's bundle, is left as it is.
    """
    bundle = BUNDLE.search(page)
    if bundle is None:
        return page
    root, fonts = bundle[1].decode(), (bundle[1] + bundle[2]).decode()
    later = [f"{root}/jupyter/nbextensions/{file}" for file in LATER]
    head = HEAD.format(fonts=fonts) + script(root, later)
    page = SIGNS.sub(b"", LOADER.sub(b'<div v-if="loading"></div><div v-else>', page, count=1))
    return page.replace(b"</head>", head.encode() + b"</head>", 1)
