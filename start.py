"""Makes the project's environment on first use, then hands over to it.

    python3 start.py run            what `divide run` does; other words go to `divide` as well
    python3 start.py test           the tests; more words go to pytest
    python3 start.py python FILE    the environment's own Python

It needs Python 3.9 or newer and nothing else: no pip, no venv module, no rights of an
administrator. uv makes the environment, in `.venv`; where there is no uv it is put into `.uv`, by
pip or straight from the package index. Once made, the environment needs no network.
"""

import errno
import hashlib
import importlib.util
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from configparser import ConfigParser, Error
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

if sys.version_info < (3, 9):  # noqa: UP036 -- the only file that an older Python may meet
    sys.exit("start.py: this Python is too old; use Python 3.9 or newer")

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
#: The project's own code.
OWN = ("__init__.py", "__main__.py", "app", "calibration", "connect", "experiments", "model")
#: Where uv is put if the computer has none.
TOOLS = HERE / ".uv"
#: What the environment was made from.
MADE = VENV / "made-from.txt"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
UV = "uv.exe" if WINDOWS else "uv"
SUPPORTED = ">=3.12,<3.14"
PYPI = "https://pypi.org/simple"
#: Bytes that the environment and what is fetched for it take, roughly.
ROOM = 2_000_000_000
#: With less than this free, a failure is put down to the disk.
FULL = 50_000_000
TIMEOUT = 60
WHEEL = re.compile(r"uv-(\d+)\.(\d+)\.(\d+)-py3-none-(.+)\.whl")


class StartError(Exception):
    """The reason why it cannot go on, in one line."""


def main(words: list[str]) -> None:
    """Makes the environment if need be and becomes the command that was asked for."""
    try:
        if not ready():
            make()
        hand_over(words)
    except StartError as error:
        sys.exit(f"start.py: {error}")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sys.exit(f"start.py: {full()}")
        sys.exit(f"start.py: {error}")
    except KeyboardInterrupt:
        sys.stderr.write("start.py: interrupted; the same command goes on\n")
        sys.exit(130)


def source() -> str:
    """What the environment is made from: the requirements, and the place of the checkout."""
    return f"{hashlib.sha256((HERE / 'pyproject.toml').read_bytes()).hexdigest()} {HERE}\n"


def ready() -> bool:
    """Whether the environment is there and made from the present requirements."""
    return PYTHON.exists() and MADE.exists() and MADE.read_text("utf-8") == source()


def make() -> None:
    """Makes or renews the environment.

    Raises:
        StartError: It cannot be made.
    """
    tell("making the environment in .venv; once, and a few minutes on a slow line")
    uv = installed_uv() or fetched_uv()
    # Compiled here once, or else every process of a first run would compile 1,500 files.
    words = [*uv, "sync", "--compile-bytecode", "--project", str(HERE)]
    if not has_python(uv):  # the one that developers use; any that will do, before one is fetched
        words += ["--python", SUPPORTED]
    if subprocess.run(words, env=settings(), check=False).returncode:
        raise StartError(reason(uv))
    # uv compiles what it installs, and the project itself stays where it is.
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", *OWN], cwd=HERE, check=False)
    MADE.write_text(source(), "utf-8")


def hand_over(words: list[str]) -> None:
    """Becomes the command; does not return."""
    first, *others = words or ["run"]
    if first == "test":
        os.chdir(HERE)
        command = [str(PYTHON), "-m", "pytest", *others]
    elif first == "python":
        command = [str(PYTHON), *others]
    else:
        command = [str(PYTHON), "-m", "divide", first, *others]
    if WINDOWS:  # a process cannot be replaced there
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


# --- uv ---------------------------------------------------------------------------------------


def installed_uv() -> list[str]:
    """The command of a uv that works: the user's, or the one put here before; else nothing."""
    ways = [[path] for path in (shutil.which("uv"), *map(str, TOOLS.rglob(UV))) if path]
    if importlib.util.find_spec("uv"):
        ways.append([sys.executable, "-m", "uv"])
    return next((way for way in ways if works([*way, "--version"])), [])


def fetched_uv() -> list[str]:
    """The command of a uv fetched by pip, which knows the user's proxies and certificates.

    Without pip it comes straight from the index.
    """
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    pip += ["--only-binary", ":all:", "--retries", "1", "--upgrade", "--target", str(TOOLS), "uv"]
    if not (importlib.util.find_spec("pip") and works(pip) and installed_uv()):
        unpack(*newest_wheel(index() or PYPI))
    found = installed_uv()
    if not found:
        raise StartError("the uv that was fetched does not run on this computer; install uv")
    return found


def works(command: list[str]) -> bool:
    """Whether a command ends well; what it says is kept back."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Links(HTMLParser):
    """The links of a package's page in an index: name of the file, address, SHA-256."""

    def __init__(self, page: str, base: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.base = base
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        """Note a link; withdrawn files and those without a SHA-256 do not count."""
        marks = dict(attrs)
        if tag == "a" and "data-yanked" not in marks:
            address, digest = urldefrag(urljoin(self.base, marks.get("href") or ""))
            if digest.startswith("sha256="):
                name = address.rpartition("/")[2]
                self.found.append((name, address, digest[len("sha256=") :]))


def newest_wheel(where: str) -> tuple[str, str]:
    """Address and SHA-256 of the newest uv in an index for this computer.

    Raises:
        StartError: There is none, or the index does not answer.
    """
    page = f"{where.rstrip('/')}/uv/"
    text = fetch(page).decode("utf-8")
    fitting = []
    for name, address, digest in Links(text, page).found:
        parts = WHEEL.fullmatch(name)
        if parts and fits(parts[4]):
            fitting.append((tuple(map(int, parts.groups()[:3])), address, digest))
    if not fitting:
        computer = f"{platform.system()} {platform.machine()}"
        raise StartError(f"no uv for {computer} at {where}; install uv by hand")
    return max(fitting)[1:]


def fits(tag: str) -> bool:
    """Whether a wheel's tag of the platform is this computer's."""
    machine = platform.machine().lower()
    if WINDOWS:
        return tag == {"amd64": "win_amd64", "arm64": "win_arm64"}.get(machine, "win32")
    if sys.platform == "darwin":
        return tag.startswith("macosx") and tag.endswith(machine)
    family = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return family in tag and tag.endswith(machine)


def unpack(address: str, digest: str) -> None:
    """Fetches a wheel of uv and puts its program into `TOOLS`.

    Raises:
        StartError: The file is not the one that the index names.
    """
    tell(f"fetching {address.rpartition('/')[2]}")
    data = fetch(address)
    if hashlib.sha256(data).hexdigest() != digest:
        raise StartError("uv came damaged: its SHA-256 is not the index's; try again")
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(f"/scripts/{UV}"))
        program = wheel.read(name)
    TOOLS.mkdir(exist_ok=True)
    half = TOOLS / "half"
    half.write_bytes(program)
    half.chmod(0o755)
    half.replace(TOOLS / UV)


def fetch(address: str) -> bytes:
    """What stands at an address.

    Raises:
        StartError: It does not answer.
    """
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as reply:  # noqa: S310 -- the user's
            return bytes(reply.read())
    except OSError as error:
        raise StartError(f"no network? {address} does not answer: {error}") from None


# --- what the computer has --------------------------------------------------------------------


def index() -> str:
    """The package index that the user has set for uv or pip; empty if none."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    home = Path.home()
    places = [
        Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)),
        Path(os.environ.get("APPDATA", home), "pip", "pip.ini"),
        Path(os.environ.get("XDG_CONFIG_HOME", home / ".config"), "pip", "pip.conf"),
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/pip.conf"),
    ]
    for place in places:
        try:
            read = ConfigParser(interpolation=None)
            read.read(place, "utf-8")
            if read.get("global", "index-url", fallback=""):
                return read.get("global", "index-url")
        except (OSError, Error, UnicodeError):
            continue
    return ""


def settings() -> dict[str, str]:
    """The environment of uv: this project's folder, and the user's index and certificates."""
    found = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    found["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    found.setdefault("UV_SYSTEM_CERTS", "true")
    if index():
        found.setdefault("UV_DEFAULT_INDEX", index())
    return found


def has_python(uv: list[str], wanted: str = "") -> bool:
    """Whether uv finds a Python: the wanted one, the user's, or that of `.python-version`."""
    words = ["python", "find", "--no-python-downloads", "--project", str(HERE)]
    wanted = wanted or os.environ.get("UV_PYTHON", "")
    return works([*uv, *words, *filter(None, [wanted])])


def full() -> str:
    """What to say of a full disk."""
    return f"the disk is full; the environment takes about {ROOM / 1e9:.0f} GB"


def reason(uv: list[str]) -> str:
    """Why uv has failed, by what can be seen from here."""
    if min(shutil.disk_usage(place).free for place in (HERE, Path.home())) < FULL:
        return full()
    if not has_python(uv) and not has_python(uv, SUPPORTED):
        return "there is no Python 3.12 or 3.13 here, and uv could not fetch one; install one"
    fetch(f"{(index() or PYPI).rstrip('/')}/uv/")
    return "uv could not make the environment; it says why above"


def tell(what: str) -> None:
    """A line on what is going on."""
    sys.stderr.write(f"start.py: {what}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
