"""Outcomes stay what they were until somebody says that they should change."""

import math
import runpy
from pathlib import Path

import yaml

UPDATE = runpy.run_path(str(Path(__file__).with_name("update.py")))
TOLERANCE = 1e-9
HOW = (
    "Outcomes have changed. If they were meant to, run `python -m tests.golden.update` and mark "
    "the change 'Regression' in CHANGELOG.md, with the reason; if not, there is a bug."
)


def test_outcomes_are_those_of_the_baseline() -> None:
    kept = yaml.safe_load(UPDATE["FILE"].read_text(encoding="utf-8"))
    now = UPDATE["measure"]()
    assert now.keys() == kept.keys(), HOW
    changed = []
    for policy, parts in now.items():
        assert parts.keys() == kept[policy].keys(), HOW
        for part, values in parts.items():
            before = kept[policy][part]
            names = values.keys() ^ before.keys()
            assert not names, f"{HOW} New or gone: {sorted(names)}"
            for name, value in values.items():
                if not math.isclose(value, before[name], rel_tol=TOLERANCE):
                    changed.append(f"{policy}, {part}, {name}: {before[name]} -> {value}")
    assert not changed, "\n".join([HOW, *changed])


def test_the_baseline_tells_the_policies_apart() -> None:
    kept = yaml.safe_load(UPDATE["FILE"].read_text(encoding="utf-8"))
    one, other = (kept[policy]["outcomes"] for policy in UPDATE["POLICIES"])
    assert one["spend"] == 0.0
    assert other["spend"] > 0.0
    assert sum(one[name] != other[name] for name in one) > 0.9 * len(one)
