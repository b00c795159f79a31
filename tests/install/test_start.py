"""`start.py`: an environment out of nothing, and one line where it cannot be made."""

import errno
import functools
import hashlib
import http.server
import importlib.util
import io
import os
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
#: Newer than any that is really there, for every computer; each says what it was called with.
PLATFORMS = (
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "musllinux_1_1_x86_64",
    "macosx_11_0_arm64",
    "macosx_10_12_x86_64",
    "win_amd64",
    "win_arm64",
    "win32",
)
PROGRAM = b"""#!/bin/sh
echo "$@" >>"$(dirname "$0")/calls"
if [ "$1" = sync ]; then mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
ln -sf PYTHON "$UV_PROJECT_ENVIRONMENT/bin/python"; fi
""".replace(b"PYTHON", sys.executable.encode())


def wheel(program: bytes = PROGRAM) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("uv-9.10.0.data/scripts/uv", program)
        made.writestr("uv-9.10.0.data/scripts/uvx", b"no")
    return data.getvalue()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file, in a checkout of its own, on a computer without uv and pip."""
    home = tmp_path / "checkout"
    home.mkdir()
    for name in ("start.py", "pyproject.toml"):
        (home / name).write_bytes((ROOT / name).read_bytes())
    spec = importlib.util.spec_from_file_location("started", home / "start.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return module


@pytest.fixture
def index(start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package index that is served, and set as pip's after `start` has unset it."""
    folder = tmp_path / "index"
    (folder / "simple" / "uv").mkdir(parents=True)
    publish(folder, wheel())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield folder
        server.shutdown()


def publish(folder: Path, data: bytes, mark: str = "") -> None:
    """Put a wheel for every platform beside older, withdrawn and unfinished ones."""
    digest = hashlib.sha256(data).hexdigest()
    lines = [
        f'<a href="../../uv-9.9.9-py3-none-{tag}.whl#sha256={digest}">old</a>' for tag in PLATFORMS
    ] + [
        f'<a data-yanked="" href="../../uv-9.99.0-py3-none-{tag}.whl#sha256={digest}">bad</a>'
        f'<a href="../../uv-10.0.0rc1-py3-none-{tag}.whl#sha256={digest}">unfinished</a>'
        f'<a href="../../uv-11.0.0-py3-none-{tag}.whl">without a digest</a>'
        for tag in PLATFORMS
    ]
    for tag in PLATFORMS:
        name = f"uv-9.10.0-py3-none-{tag}.whl"
        (folder / name).write_bytes(data + mark.encode())
        lines.append(f'<a href="../../{name}#sha256={digest}">{name}</a>')
    (folder / "simple" / "uv" / "index.html").write_text("\n".join(lines), "utf-8")


def refusal(start: ModuleType, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        start.main(list(words))
    said = str(ended.value)
    assert said.startswith("start.py: ") and "\n" not in said
    return said


@pytest.fixture
def handed(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that the process would have become."""
    found: list[list[str]] = []
    monkeypatch.setattr(start.os, "execv", lambda path, command: found.append(command))
    monkeypatch.setattr(start.os, "chdir", lambda folder: found.append([str(folder)]))
    return found


@pytest.mark.usefixtures("index")
def test_without_uv_and_pip_the_newest_fitting_wheel_is_fetched_and_makes_the_environment(
    start: ModuleType, handed: list[list[str]]
) -> None:
    start.main(["run", "--until", "2025"])
    python = str(start.PYTHON)
    assert handed == [[python, "-m", "divide", "run", "--until", "2025"]]
    calls = (start.TOOLS / "calls").read_text().splitlines()
    assert calls[-1] == f"sync --compile-bytecode --project {start.HERE}"
    assert os.access(start.TOOLS / "uv", os.X_OK)


def test_once_made_it_needs_neither_network_nor_uv(
    start: ModuleType, index: Path, handed: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start.main(["levers"])
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setattr(start, "installed_uv", lambda: pytest.fail("uv was asked for"))
    start.main([])
    start.main(["test", "-k", "words"])
    start.main(["python", "mine.py"])
    python = str(start.PYTHON)
    assert handed[1:] == [
        [python, "-m", "divide", "run"],
        [str(start.HERE)],
        [python, "-m", "pytest", "-k", "words"],
        [python, "mine.py"],
    ]


@pytest.mark.usefixtures("index", "handed")
def test_other_requirements_or_another_place_renew_the_environment(start: ModuleType) -> None:
    start.main(["levers"])
    assert start.ready()
    with (start.HERE / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert not start.ready()
    start.main(["levers"])
    assert start.ready()
    start.MADE.write_text(start.source().replace("checkout", "elsewhere"), "utf-8")
    assert not start.ready()


@pytest.mark.usefixtures("index", "handed")
def test_another_python_that_will_do_is_taken_before_one_is_fetched(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "has_python", lambda uv, wanted="": False)
    start.main(["levers"])
    calls = (start.TOOLS / "calls").read_text().splitlines()
    assert calls[-1].endswith(f"--project {start.HERE} --python >=3.12,<3.14")
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert tomllib.loads(text)["project"]["requires-python"] == start.SUPPORTED


@pytest.mark.usefixtures("index", "handed")
def test_the_python_that_the_user_has_set_is_looked_for(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON", "/opt/python")
    start.main(["levers"])
    calls = (start.TOOLS / "calls").read_text().splitlines()
    assert calls[-2].startswith("python find") and calls[-2].endswith(" /opt/python")
    assert calls[-1].startswith("sync") and "--python" not in calls[-1]


def test_a_damaged_uv_is_refused(start: ModuleType, index: Path) -> None:
    publish(index, wheel(), mark="changed on the way")
    assert "SHA-256" in refusal(start)
    assert not (start.TOOLS / "uv").exists()


def test_a_uv_that_does_not_run_is_refused(start: ModuleType, index: Path) -> None:
    publish(index, wheel(b"not a program"))
    assert "does not run on this computer" in refusal(start)


def test_without_network_it_says_so(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple/")
    assert "no network? http://127.0.0.1:9/simple/uv/ does not answer" in refusal(start)


def test_an_index_without_a_fitting_uv(
    start: ModuleType, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.platform, "machine", lambda: "abacus")
    monkeypatch.setattr(start.sys, "platform", "linux")
    monkeypatch.setattr(start, "WINDOWS", False)
    assert "no uv for" in refusal(start) and "abacus" in refusal(start)


@pytest.mark.parametrize(
    ("free", "python", "said"),
    [(1_000, True, "disk is full"), (10**12, False, "no Python 3.12 or 3.13"),
     (10**12, True, "says why above")],
)  # fmt: skip
@pytest.mark.usefixtures("index")
def test_why_uv_failed(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, free: int, python: bool, said: str
) -> None:
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: type("Disk", (), {"free": free}))
    monkeypatch.setattr(start, "installed_uv", lambda: ["false"])
    monkeypatch.setattr(start, "works", lambda command: python)
    assert said in refusal(start)
    assert not start.ready()


def test_a_disk_that_fills_up_and_an_interrupt(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(error: BaseException) -> None:
        def make() -> None:
            raise error

        monkeypatch.setattr(start, "make", make)

    failing(OSError(errno.ENOSPC, "No space left on device"))
    assert "disk is full" in refusal(start)
    failing(PermissionError(errno.EACCES, "Permission denied", "/checkout/.uv"))
    assert "Permission denied" in refusal(start)
    failing(KeyboardInterrupt())
    with pytest.raises(SystemExit, match="130"):
        start.main([])
    assert capsys.readouterr().err == "start.py: interrupted; the same command goes on\n"


def test_the_index_of_pip_is_used_and_handed_to_uv(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("[global]\nindex-url = https://mirror.example/%20simple\n", "utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(conf))
    assert start.index() == "https://mirror.example/%20simple"
    assert start.settings()["UV_DEFAULT_INDEX"] == "https://mirror.example/%20simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert start.index() == start.settings()["UV_DEFAULT_INDEX"] == "https://own.example/simple"


@pytest.mark.parametrize(
    ("system", "machine", "libc", "tag"),
    [
        ("linux", "x86_64", "glibc", PLATFORMS[0]),
        ("linux", "aarch64", "glibc", PLATFORMS[1]),
        ("linux", "aarch64", "", PLATFORMS[1]),
        ("linux", "x86_64", "", PLATFORMS[2]),
        ("darwin", "arm64", "", PLATFORMS[3]),
        ("darwin", "x86_64", "", PLATFORMS[4]),
        ("win32", "AMD64", "", PLATFORMS[5]),
        ("win32", "ARM64", "", PLATFORMS[6]),
        ("win32", "x86", "", PLATFORMS[7]),
    ],
)
def test_the_wheel_of_each_computer(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    machine: str,
    libc: str,
    tag: str,
) -> None:
    monkeypatch.setattr(start.sys, "platform", system)
    monkeypatch.setattr(start, "WINDOWS", system == "win32")
    monkeypatch.setattr(start.platform, "machine", lambda: machine)
    monkeypatch.setattr(start.platform, "libc_ver", lambda: (libc, ""))
    assert [one for one in PLATFORMS if start.fits(one)] == [tag]


def test_it_runs_on_the_python_of_an_older_system() -> None:
    """Nothing in it is newer than Python 3.9."""
    import ast

    ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 9))
    found = Path("/usr/bin/python3")
    if found.exists():
        code = "import sys; sys.argv = ['start.py']; import start"
        subprocess.run([str(found), "-B", "-c", code], cwd=ROOT, check=True)
