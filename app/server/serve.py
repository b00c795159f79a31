"""The command `divide serve`: the workshop on this machine, or for a room."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from divide.experiments.cli.carrying import extension_option

if TYPE_CHECKING:
    from starlette.types import ASGIApp

#: A page that nobody looks at any more is kept this long, for a phone that wakes up again.
KEPT_AFTER_LEAVING = "10m"
#: Largest message that a browser may send (bytes): a scenario file and little more.
LARGEST_MESSAGE = 2_000_000
#: Seconds after which a thread that computes lets others have the interpreter. A run is handed to a
#: worker in a few short steps, each of which would wait so long while a page is drawn.
SWITCH = 0.001


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--lan",
    is_flag=True,
    help="Let other devices in: prints address and QR code, and asks visitors for a token.",
)
@click.option(
    "--behind",
    metavar="URL",
    default="",
    help="Address at which a reverse proxy on this machine offers the page, as in"
    " https://example.org/divide/; asks visitors for a token.",
)
@click.option(
    "--firms",
    type=int,
    default=60_000,
    show_default=True,
    help="Representative firms of each run; fewer for a slow machine.",
)
@click.option(
    "--rooms",
    type=click.Path(path_type=Path),
    default=Path("runs") / "rooms",
    show_default=True,
    metavar="DIR",
    help="Where rooms are kept between starts.",
)
@click.option(
    "--api", is_flag=True, help="Answer programs too: scenarios in JSON at /api/ (docs/connect.md)."
)
@click.option(
    "--new-token", is_flag=True, help="Make another token; devices that were let in must ask again."
)
@extension_option
def serve(
    port: int,
    lan: bool,
    behind: str,
    firms: int,
    rooms: Path,
    api: bool,
    new_token: bool,
    extensions: tuple[Any, ...],
) -> None:
    """Open the workshop: the model in a browser, without a network."""
    from divide.app.server.service import begin, check_firms, end
    from divide.app.server.token import kept_token

    check_firms(firms)
    if lan and behind:
        raise click.UsageError("--lan and --behind exclude each other")
    if behind and urlsplit(behind).scheme not in ("http", "https"):
        raise click.BadParameter("must begin with https:// or http://", param_hint="--behind")
    listening = _listen("0.0.0.0" if lan else "127.0.0.1", port)  # noqa: S104 - asked for
    port = listening.getsockname()[1]
    token = kept_token(rooms, renew=new_token) if lan or behind else ""
    offered = f"{behind.rstrip('/')}/" if behind else f"http://{_address()}:{port}/"
    address = f"{offered}?token={token}" if token else ""
    here = "" if behind else f"http://localhost:{port}/" + (f"?token={token}" if lan else "")
    prefix = urlsplit(behind).path.rstrip("/")
    try:
        begin(firms, address, rooms)
        _announce(here, address)
        _run(guarded(token, behind, api=api), listening, prefix)
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        end()


def guarded(token: str = "", behind: str = "", *, api: bool = False) -> "ASGIApp":
    """The workshop as an ASGI application; settings of Solara that matter here are made first."""
    from divide.app.server.visitors import MOST_LINES, MOST_PAGES, Pages

    os.environ.setdefault("SOLARA_KERNEL_CULL_TIMEOUT", KEPT_AFTER_LEAVING)
    os.environ.update(
        SOLARA_APP="divide.app.page.page",
        SOLARA_TELEMETRY_MIXPANEL_ENABLE="false",
        # The guard counts pages; beyond this many lines Solara would let visitors wait in silence.
        SOLARA_KERNEL_MAX_COUNT=str(MOST_PAGES * MOST_LINES),
        SOLARA_SESSION_HTTP_ONLY="true",
        # Files come from the installed packages; what they lack is not fetched from anywhere.
        SOLARA_ASSETS_PROXY="true",
        SOLARA_ASSETS_CDN="http://127.0.0.1:9/",
        SOLARA_ASSETS_FONTAWESOME_ENABLED="false",
        SOLARA_THEME_TITLE="Digital divide",
        SOLARA_THEME_SHOW_BANNER="false",
        # A page that a restarted server does not know is loaded anew from its address.
        SOLARA_THEME_FORCE_REFRESH="true",
    )
    if behind:
        os.environ.update(
            SOLARA_ROOT_PATH=urlsplit(behind).path.rstrip("/"),
            SOLARA_BASE_URL=f"{behind.rstrip('/')}/",
        )
    from solara.server.kernel_context import contexts
    from solara.server.starlette import app

    from divide.app.server import line
    from divide.app.server.guard import Guard
    from divide.app.server.known import Known
    from divide.app.server.packed import Packed
    from divide.app.server.shell import Shell

    line.install()
    shown: ASGIApp = Packed(Known(Shell(app)))
    if api:
        from divide.app.server.api import Api

        shown = Api(shown)
    return Guard(shown, token, Pages(lambda: contexts))


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        message = f"--port {port}: {error.strerror}; choose another port, or 0 for a free one"
        raise click.ClickException(message) from None
    listening.listen(128)
    return listening


def _address() -> str:
    """This machine's address on its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])


def _announce(here: str, address: str) -> None:
    if here:
        click.echo(f"The workshop is open at {here}")
    if address:
        import segno

        click.echo(f"Other devices: {address}\n")
        segno.make(address).terminal(compact=True)
    click.echo("Stop with Ctrl-C.")


def _run(app: "ASGIApp", listening: socket.socket, prefix: str) -> None:
    import warnings

    import uvicorn

    # Solara says at length that its cookie is not for pages inside pages of others; it need not be.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=2,
        # The proxy takes the prefix off; addresses and cookies of the page have it.
        root_path=prefix,
    )
    server = uvicorn.Server(config)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        # A closed terminal is a request to end; uvicorn itself knows two others.
        signal.signal(signal.SIGHUP, lambda *_: server.handle_exit(signal.SIGTERM, None))
    sys.setswitchinterval(SWITCH)
    server.run([listening])
