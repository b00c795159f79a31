"""The pages of the site, laid out as in the repository, so that links between them hold."""

import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from latex2mathml.converter import convert

from docs.site import notebook

ROOT = Path(__file__).parents[2]
#: In the order in which they are best read.
NOTEBOOKS = (
    "first_run", "own_policy", "own_mechanism", "sweep", "calibration", "robust_search",
)  # fmt: skip
#: What a reader meets first, by part of the contents; what is not named comes last.
CONTENTS = {
    "Learn": ("docs/modelers", "docs/cheatsheet"),
    "Use": (
        "docs/sweeps", "docs/connect", "docs/extending", "docs/data", "docs/serving",
        "docs/workshop/participants", "docs/workshop/facilitator",
    ),
    "Understand": ("docs/ODD", "docs/outcomes", "docs/architecture"),
    "Trust": (
        "docs/validation", "docs/findings", "docs/ablation", "docs/replay", "docs/road",
        "Draft of a paper <docs/paper>",
    ),
}  # fmt: skip
REFERENCE = {
    "divide": ("divide",),
    "The model": (
        "divide.model.scenario", "divide.model.policy.policy", "divide.model.model",
        "divide.model.declare.extension", "divide.model.outcomes.results", "divide.model.cells",
        "divide.model.streams", "divide.model.world",
    ),
    "Experiments": (
        "divide.experiments", "divide.experiments.plan.experiment",
        "divide.experiments.carry.sweep", "divide.experiments.read.load",
        "divide.experiments.read.compare", "divide.experiments.read.paired",
        "divide.experiments.read.sensitivity", "divide.experiments.read.discovery",
    ),
    "Other tools": (
        "divide.connect", "divide.connect.ema", "divide.connect.salib", "divide.connect.optuna",
    ),
}  # fmt: skip
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def lay_out(stage: Path, notebooks: Iterable[str] = NOTEBOOKS) -> None:
    """Write everything that the site is made from into a folder.

    Args:
        stage: An empty folder.
        notebooks: Those that are carried out; the others show their code alone.

    Raises:
        NotebookError: A cell of a notebook failed.
    """
    for path in _written():
        target = stage / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            _page(path, target)
        else:
            shutil.copyfile(path, target)
    _notebooks(stage / "docs" / "notebooks", set(notebooks))
    reference = stage / "reference"
    reference.mkdir()
    for title, modules in REFERENCE.items():
        (reference / f"{_slug(title)}.md").write_text(_reference(title, modules), encoding="utf-8")
    (stage / "index.md").write_text(_index(stage), encoding="utf-8")
    (stage / "README.md").unlink()


def _written() -> list[Path]:
    """Pages for people, and their pictures."""
    found = [*ROOT.glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    for kind in ("md", "svg", "png"):
        found += (ROOT / "docs").rglob(f"*.{kind}")
    return sorted(found)


def _page(path: Path, target: Path) -> None:
    """A page with its formulas as MathML, and whatever file it links to beside it."""
    text = formulas(path.read_text(encoding="utf-8")).replace("../README.md", "../index.md")
    target.write_text(text, encoding="utf-8")
    for link in _LINK.findall(text):
        linked = (path.parent / link).resolve()
        if linked.is_file() and linked.is_relative_to(ROOT) and linked.suffix != ".md":
            copy = target.parent / link
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(linked, copy)


def formulas(text: str) -> str:
    """TeX between GitHub's marks as MathML, which browsers show without a script."""
    parts = _FENCED.split(text)
    for number, part in enumerate(parts):
        if part.startswith("```math"):
            tex = part.removeprefix("```math").removesuffix("```").strip()
            parts[number] = convert(tex, display="block")
        elif not part.startswith("```"):
            parts[number] = re.sub(
                r"\$`(.+?)`\$", lambda m: convert(" ".join(m[1].split())), part, flags=re.DOTALL
            )
    return "".join(parts)


def _notebooks(folder: Path, wanted: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in NOTEBOOKS:
        path = notebook.HOME / f"{name}.py"
        (folder / f"{name}.ipynb").write_text(notebook.jupyter(path), encoding="utf-8")
        shutil.copyfile(path, folder / path.name)
        if name in wanted:
            with tempfile.TemporaryDirectory() as work:
                text = notebook.shown(path, Path(work), folder)
        else:
            text = "\n\n".join(
                cell.source if cell.text else f"```python\n{cell.source}\n```"
                for cell in notebook.cells(path)
            )
        files = (
            f"\n\nThis page as a [notebook for Jupyter]({name}.ipynb), as [Python]({name}.py).\n"
        )
        (folder / f"{name}.md").write_text(text + files, encoding="utf-8")


def _reference(title: str, modules: Iterable[str]) -> str:
    parts = [f"# {title}"]
    for module in modules:
        # The public names are described where they are defined.
        members = "" if module == "divide" else "   :members:\n   :member-order: bysource\n"
        parts.append(f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n{members}```")
    return "\n\n".join(parts) + "\n"


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _index(stage: Path) -> str:
    """The README, with the contents of the site."""
    named = {page.rpartition("<")[2].rstrip(">") for pages in CONTENTS.values() for page in pages}
    every = {str(path.relative_to(stage).with_suffix("")) for path in stage.rglob("*.md")}
    every -= {"README"}
    every -= {page for page in every if page.startswith(("docs/notebooks/", "reference/"))}
    contents = {
        "Learn": (CONTENTS["Learn"][0], *(f"docs/notebooks/{n}" for n in NOTEBOOKS),
                  *CONTENTS["Learn"][1:]),
        **{title: pages for title, pages in CONTENTS.items() if title != "Learn"},
        "Reference": tuple(f"reference/{_slug(title)}" for title in REFERENCE),
        "Project": tuple(sorted(every - named)),
    }  # fmt: skip
    trees = [
        f"```{{toctree}}\n:caption: {title}\n:hidden:\n:titlesonly:\n\n"
        + "\n".join(pages)
        + "\n```"
        for title, pages in contents.items()
    ]
    return (stage / "README.md").read_text("utf-8") + "\n" + "\n\n".join(trees) + "\n"
