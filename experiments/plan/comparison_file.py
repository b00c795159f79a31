"""The file of a comparison: a scenario with several policies, and how often each is run.

```yaml
policies:            # written out by name, the reference first
  status_quo: {title: Status quo, levers: {}}
  wires: {levers: {five_g: 500}}
start: 2022          # and all that a scenario has but `policy`
until: 2040
draws: 32            # or `replicates: 5`
posterior: draws.csv # beside the file; without it the draws that come with the model
```
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from divide.experiments.plan.comparison import MOST_REPLICATES
from divide.experiments.plan.draws import SHIPPED
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.uncertainty import MOST_DRAWS
from divide.model.declare.checks import check_mapping, check_text, check_whole, refuse_unknown
from divide.model.declare.errors import InputError, inside, located
from divide.model.declare.extension import Extension
from divide.model.declare.yamlfile import Lines, dump_yaml, read_yaml
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario, policy_for_file

#: What a comparison says beside what a scenario says.
KEYS = ("policies", "draws", "replicates", "posterior")


@dataclass(frozen=True)
class Asked:
    """What a scenario file or the file of a comparison asks for.

    Attributes:
        base: The scenario, without a policy if several are compared.
        policies: Those compared, the reference first; none if the file is a scenario.
        draws, replicates: Runs of each policy, None where the file does not say.
        posterior: Draws of the fitted parameters, a path or "shipped".
    """

    base: Scenario
    policies: tuple[Policy, ...] = ()
    draws: int | None = None
    replicates: int | None = None
    posterior: str = SHIPPED


def read_asked(path: str | Path, extensions: tuple[Extension, ...] = ()) -> Asked:
    """What a file asks `divide run` for.

    Args:
        path: A scenario, a policy package or a comparison.
        extensions: What is added to the model beside what the file names.

    Raises:
        InputError: The file cannot be read, or a key or value is not allowed.
    """
    path = Path(path)
    data = read_yaml(path)
    if "policies" not in data:
        return Asked(Scenario.from_mapping(data, str(path), path.parent, extensions))
    with located(str(path), data):
        return _comparison(data, path, extensions)


def _comparison(data: Lines, path: Path, extensions: tuple[Extension, ...]) -> Asked:
    rest = Lines({key: value for key, value in data.items() if key not in KEYS})
    rest.lines = data.lines
    refuse_unknown(data, {*Scenario.__dataclass_fields__, *KEYS} - {"policy"})
    base = Scenario.from_mapping(rest, str(path), path.parent, extensions)
    given = check_mapping(data["policies"], "names to policies, the reference first", "policies")
    policies = []
    for name, written in given.items():
        with inside("policies", name):
            policies.append(Policy.from_mapping(_mapping(written), str(name)))
    if not policies:
        raise InputError("names none; write at least the reference", ("policies",))
    if "draws" in data and "replicates" in data:
        raise InputError("stands beside draws; each draw is run once", ("replicates",))
    most = {"draws": (0, MOST_DRAWS), "replicates": (1, MOST_REPLICATES)}
    counts = {
        key: check_whole(data[key], bounds, key, key) for key, bounds in most.items() if key in data
    }
    posterior = check_text(data.get("posterior", SHIPPED), "posterior")
    if posterior != SHIPPED:
        posterior = str(path.parent / posterior)
    return Asked(base, tuple(policies), **counts, posterior=posterior)


def _mapping(written: object) -> Mapping[str, Any]:
    if not isinstance(written, Mapping):
        raise InputError("must be written out: title, budget_usd_m_per_year, spend, levers")
    return written


def comparison_text(experiment: Experiment, posterior: str) -> str:
    """A comparison as the text of a file that `read_asked` reads back, to the same digest.

    Args:
        experiment: The comparison.
        posterior: Name of a file beside it with the values of all that was drawn.
    """
    data: dict[str, Any] = {
        "policies": {p.name: policy_for_file(p) for p in experiment.policies.values()},
        **experiment.base.for_file(),
    }
    del data["policy"]
    if experiment.predictive:
        data |= {"draws": len(experiment.points) - 1, "posterior": posterior}
    else:
        data |= {"replicates": experiment.replicates}
    return dump_yaml(data)
