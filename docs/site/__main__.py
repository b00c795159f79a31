"""Builds the documentation site, with every notebook carried out.

python -m docs.site                      into site/
python -m docs.site --out DIR            elsewhere
python -m docs.site --notebooks NAME...  carries out these alone; the others show their code
"""

import argparse
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

from docs.site.notebook import NotebookError
from docs.site.pages import NOTEBOOKS, ROOT, lay_out


def main(arguments: list[str] | None = None) -> int:
    """Build it; the exit status is 1 where a notebook failed or a page has a fault."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.site",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", default=str(ROOT / "site"), metavar="DIR", help="folder to write")
    parser.add_argument("--notebooks", nargs="*", choices=NOTEBOOKS, default=NOTEBOOKS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder, "pages")
        stage.mkdir()
        try:
            lay_out(stage, given.notebooks)
        except NotebookError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        how = ["-b", "html", "-c", str(Path(__file__).parent), "-d", f"{folder}/trees"]
        # Warnings are errors; with two processes, as pages are many and short.
        return build_main(["-q", "-W", "--keep-going", "-j", "2", *how, str(stage), given.out])


if __name__ == "__main__":
    sys.exit(main())
