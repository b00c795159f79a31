"""How well each study was replayed, taken from docs/replay.md for all who cannot read that page.

The command line and the workshop page say it beside each lever. The page of replays takes a quarter
of an hour of runs; its verdicts are copied, so that no number is kept twice by hand.
"""

import re
from pathlib import Path

import yaml

from divide.model.declare.yamlfile import read_yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "replay.md"
STUDIES = next((ROOT / "calibration").rglob("experiments.yaml"))
WRITTEN = ROOT / "model" / "policy" / "replays.yaml"
HEAD = "# Studies replayed in the model and how many of their judged figures agree: made from\n"
HEAD += "# docs/replay.md by `python -m docs.pages`; do not edit.\n\n"
_VERDICT = re.compile(r"^\| `(\w+)` \|.*\| (agrees|misses) \|$", re.MULTILINE)


def verdicts() -> str:
    """The text of `WRITTEN`: of each study its title, its use and its judged figures."""
    judged = _VERDICT.findall(PAGE.read_text(encoding="utf-8"))
    found = {}
    for name, study in read_yaml(STUDIES).items():
        mine = [verdict for which, verdict in judged if which == name]
        found[name] = {
            "title": study["title"],
            "use": study["use"],
            "agree": mine.count("agrees"),
            "judged": len(mine),
        }
    return HEAD + yaml.safe_dump(found, sort_keys=False, width=200)
