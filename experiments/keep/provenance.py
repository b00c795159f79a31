"""What a run folder says about itself: scenarios, versions, digests."""

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from divide.experiments.carry.run import Comparison

MANIFEST = "manifest.json"
FORMAT = "digital-divide-run/1"
PROJECT = "digital-divide-abm"
PACKAGES = ("mesa", "numba", "numpy", "pandas", "scipy", "pyarrow", "matplotlib")


def version(package: str = PROJECT) -> str:
    """Version of an installed package; "not installed" when run from a bare checkout."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def describe(
    comparison: "Comparison", digest: str, files: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """The manifest of a run folder as plain data.

    Args:
        comparison: What was run.
        digest: Digest of the figures, which does not depend on the time.
        files: For each file its SHA-256, bytes and, for tables, rows.
    """
    plan = comparison.plan
    return {
        "format": FORMAT,
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "result_digest": digest,
        "plan_digest": plan.digest,
        "reference": plan.names[0],
        "policies": list(plan.names),
        "replicates": plan.replicates,
        "seeds": [plan.base.seed + replicate for replicate in range(plan.replicates)],
        "parameters_drawn": list(plan.drawn),
        "scenarios": {
            name: {"digest": scenario.digest, "scenario": scenario.as_dict()}
            for name, scenario in plan.scenarios.items()
        },
        "speculative_levers": plan.speculative,
        "world_digest": comparison.world_digest,
        "versions": {PROJECT: version(), **{name: version(name) for name in PACKAGES}},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "files": files,
    }
