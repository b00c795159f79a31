"""Writes the generated documentation, or checks that it is up to date.

python -m docs.pages                 rewrite the tables made from declarations
python -m docs.pages --check         write nothing; exit 1 and name what is stale
python -m docs.pages --write NAME    run the model and write a kept page
"""

import argparse
import sys

from docs.pages import kept, parts


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit status is 1 if a check found something stale."""
    listed = "\n".join(f"    {name:<12} {page.takes}" for name, page in kept.PAGES.items())
    parser = argparse.ArgumentParser(
        prog="python -m docs.pages",
        description=f"{__doc__}\nKept pages, and how long they take on two cores:\n\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    parser.add_argument("--write", choices=kept.PAGES, metavar="NAME", help="write a kept page")
    given = parser.parse_args(arguments)
    if given.write:
        kept.write(given.write)
        parts.refresh(check=False)  # verdicts of replays are copied from their page
        return 0
    stale = parts.refresh(check=given.check)
    for line in stale:
        sys.stdout.write(f"{line} {'is stale' if given.check else 'rewritten'}\n")
    if not given.check:
        return 0
    wrong, older = kept.check()
    sys.stdout.writelines(f"{line}\n" for line in (*wrong, *older))
    return int(bool(stale or wrong))


if __name__ == "__main__":
    sys.exit(main())
