"""The wheel: one name at the top, nothing forgotten, and the user's own `model.py` left alone."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: How the outlines of countries and the scripts of the page were made.
NOT_SHIPPED = {
    f"{place}/{name}"
    for place in ("app/bundle", "experiments/report/geometry")
    for name in ("README.md", "make.mjs")
} | {"app/bundle/dead.mjs"}
SCRIPT = '''
from pathlib import Path

from divide import DigitalDivideModel, LeverUse, Policy, Scenario, compare, load, run, sweep

EXPERIMENT = """
uncertainties: {adoption.imitation: [0.2, 0.5]}
policies: [balanced]
constants: {start: 2022, until: 2023, firms: 1000}
outcomes: [usage_gini]
design: {kind: factorial, levels: 2}
"""

if __name__ == "__main__":
    base = Scenario(firms=1000, until=2023)
    assert DigitalDivideModel(base).run().model["year"].max() == 2023
    policy = Policy("mine", "Mine", levers={"five_g": LeverUse(500.0)})
    assert len(run(base).country)
    found = compare([Policy.load("status_quo"), policy], base, replicates=1)
    assert set(found.differences()["policy"]) == {"mine"}
    Path("experiment.yaml").write_text(EXPERIMENT, encoding="utf-8")
    sweep("experiment.yaml", "found", workers=1)
    assert set(load("found").model["policy"]) == {"status_quo", "balanced"}
    print("all done")
'''


def command(words: Sequence[str], folder: Path) -> str:
    """What a command says, without the settings of this process; fails the test if it fails."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(words, cwd=folder, env=keep, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def uv() -> list[str]:
    """The command of uv, found as `start.py` finds it."""
    spec = importlib.util.spec_from_file_location("started", ROOT / "start.py")
    assert spec and spec.loader
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    found = start.installed_uv()
    assert found, "no uv"
    return list(found)


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """Every file of the repository, or of a copy without one."""
    if (ROOT / ".git").exists():
        words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        names = command(words, ROOT).splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    return sorted(n for n in names if (ROOT / n).is_file() and "__pycache__" not in n)


@pytest.fixture(scope="module")
def wheel(uv: list[str], tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clean copy, so that nothing left over from another build gets in."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in tracked:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    uv_command(uv, ["build", "--wheel", "--out-dir", str(out), str(copy)])
    (found,) = out.glob("*.whl")
    return found


def docker_install() -> list[str]:
    """The line by which the Dockerfile installs."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith("RUN pip "))
    return shlex.split(found)[1:]


def document(name: str) -> bool:
    """Whether a file is one of the documents that come along."""
    inside = name.startswith("docs/") and not name.startswith(("docs/pages/", "docs/site/"))
    return inside and name.endswith((".md", ".bib", ".svg", ".png", ".py"))


def lend_compiled(python: Path) -> None:
    """Gives a copy of the package the compiled loops of this checkout: half a minute of work.

    Numba takes them for files of the same time and size; those of the same bytes get that time.
    """
    where = "import importlib.util; print(importlib.util.find_spec('divide').origin)"
    there = Path(command([str(python), "-I", "-c", where], python.parent).strip()).parent
    for index in (ROOT / "model").rglob("__pycache__/*.nbi"):
        place = index.parent.parent.relative_to(ROOT)
        source = ROOT / place / f"{index.name.split('.')[0]}.py"
        copy = there / place / source.name
        if copy.read_bytes() == source.read_bytes():
            (copy.parent / "__pycache__").mkdir(exist_ok=True)
            os.utime(copy, ns=(source.stat().st_atime_ns, source.stat().st_mtime_ns))
            for file in index.parent.glob(f"{index.stem}*.nb?"):
                shutil.copyfile(file, copy.parent / "__pycache__" / file.name)


def uv_command(uv: list[str], words: list[str]) -> None:
    """uv, from what it has kept or else from the network."""
    offline = [*uv, "--offline", *words]
    if subprocess.run(offline, cwd=ROOT, capture_output=True, check=False).returncode:
        command([*uv, *words], ROOT)


def test_the_list_of_packages_is_that_of_the_folders(tracked: list[str]) -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    shipped = (".py", ".yaml", ".csv", ".gz", ".json", ".j2", ".css", ".js", ".vue", ".in")
    documents = {Path(name).parent for name in tracked if document(name)}
    homes = {
        Path(name).parent
        for name in tracked
        if name.startswith(("app/", "calibration/", "connect/", "experiments/", "model/"))
        and name.endswith(shipped)
    }
    homes |= documents
    homes |= {parent for home in homes for parent in home.parents}
    assert listed["packages"] == sorted(".".join(("divide", *home.parts)) for home in homes)


def test_the_wheel_owns_one_name_and_holds_every_file(wheel: Path, tracked: list[str]) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"divide"}
    wanted = {"divide/__init__.py", "divide/__main__.py", "divide/py.typed", "divide/start.py"} | {
        f"divide/{name}"
        for name in tracked
        if name.startswith(("app/", "calibration/", "connect/", "experiments/", "model/"))
        and name not in NOT_SHIPPED
    }
    wanted |= {f"divide/{name}" for name in tracked if document(name)}
    assert sorted(names ^ wanted) == []
    with zipfile.ZipFile(wheel) as file:
        kept = {name.partition(".dist-info/licenses/")[2] for name in file.namelist()}
    assert kept - {""} == {"LICENSE", "docs/licences.md"}


def test_a_script_runs_beside_the_users_own_modules(
    uv: list[str], wheel: Path, tmp_path: Path
) -> None:
    """In an environment made by the line of the Dockerfile."""
    home = tmp_path / "environment"
    uv_command(uv, ["venv", "--python", sys.executable, str(home)])
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    # The settings of the checkout hold releases to those of its own environment.
    install = docker_install()
    assert install[:3] == ["pip", "install", "--no-cache-dir"]
    arguments = [word.replace("/source/", f"{ROOT}/") for word in install[3:]]
    arguments = [word.replace("/source[", f"{wheel}[") for word in arguments]
    uv_command(uv, ["pip", "install", "--python", str(python), *arguments])
    lend_compiled(python)
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("model", "app", "agents", "experiments"):
        text = f"raise RuntimeError('the user\\'s own {name}.py was imported')"
        (mine / f"{name}.py").write_text(text, encoding="utf-8")
    (mine / "script.py").write_text(SCRIPT, encoding="utf-8")
    assert "all done" in command([str(python), "script.py"], mine)
    listed = command([str(python.with_name("divide")), "levers"], mine)
    assert "five_g" in listed and "5G networks" in listed
