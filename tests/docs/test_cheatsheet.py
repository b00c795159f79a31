"""What the cheat sheet says of installed tools and of this one is there; its code is a guide's."""

import re
from pathlib import Path

import mesa
import pytest
import yaml

import divide
from divide.experiments.plan.experiment import Experiment

TEXT = (Path(__file__).parents[2] / "docs" / "cheatsheet.md").read_text("utf-8")


def part(title: str) -> list[tuple[str, str]]:
    """Rows of the table of a tool."""
    text = TEXT.partition(f"## From {title}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return [row for row in found if row[0] != "---"][1:]


def test_names_of_mesa_are_those_of_mesa() -> None:
    said = " ".join(left for left, _ in part("Mesa"))
    assert mesa.__version__.startswith(re.search(r"Mesa (\d\.\d)", TEXT)[1])  # type: ignore[index]
    for name in re.findall(r"mesa\.(\w+)", said):
        assert hasattr(mesa, name), name
    for verb in re.findall(r"`\.(\w+)`", said):
        assert hasattr(mesa.agent.AgentSet, verb), verb
        assert hasattr(divide.DigitalDivideModel(until=2023, firms=400).firms, verb), verb


@pytest.mark.filterwarnings("ignore:.*not installed:UserWarning")
def test_names_of_the_workbench_are_those_of_the_workbench() -> None:
    import ema_workbench  # warns of what else it could use
    from ema_workbench.analysis import cart, prim
    from ema_workbench.em_framework.evaluators import BaseEvaluator

    said = " ".join(left for left, _ in part("the EMA Workbench"))
    assert ema_workbench.__version__.startswith(re.search(r"Workbench (\d\.\d)", TEXT)[1])  # type: ignore[index]
    for name in re.findall(r"`([A-Z]\w+)[`(]", said):
        assert hasattr(ema_workbench, name), name
    for name in re.findall(r"evaluator\.(\w+)", said):
        assert hasattr(BaseEvaluator, name), name
    samplers = [left for left, _ in part("the EMA Workbench") if "Samplers" in left]
    names = re.findall(r"\.([A-Z]+)`", samplers[0])
    assert len(names) == 4
    for name in names:
        assert name in ema_workbench.Samplers.__members__, name
    assert prim.Prim and cart.CART and ema_workbench.save_results


def test_what_it_says_of_experiments_is_an_experiment() -> None:
    settings: dict[str, object] = {}
    for _, right in [*part("the EMA Workbench"), *part("NetLogo")]:
        for text in re.findall(r"`((?:uncertainties|levers|outcomes|constants): [^`]*)`", right):
            if "..." not in text:
                settings |= yaml.safe_load(text)
    settings |= {"design": {"kind": "factorial", "levels": 2}}
    assert len(Experiment.from_mapping(settings).points) > 1
