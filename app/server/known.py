"""Texts that are the same for everybody go to a browser as one packed file, not over its line.

A new page is sent its parts as text: templates, the sheet of styles, the outline of the world, 230
kB before it is packed, and anew at every visit. Here they are one file, which a browser asks for
while its line is being opened, and keeps. On the line a number between two marks stands for each.
A browser says in the address of the line which file it has; any other is sent everything.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from divide.app import page, rooms, takehome
from divide.app.figures.component import HERE, source
from divide.app.figures.worldmap import GEOMETRY
from divide.app.page.page import CSS
from divide.app.server.line import JOINT

PATH = "/static/known.json"
#: A character that JSON never has as it is.
MARK = "\x01"
#: How long a browser may keep the file, whose address has its version in it (seconds).
KEPT = 31_536_000
#: The line of the page, which puts the texts where numbers stand for them.
SCRIPT = """<script>
if (window.WebSocket) {{
  let texts, coming;
  const later = {later};
  const ask = () => fetch('{path}')
    .then((reply) => (reply.ok ? reply.json() : Promise.reject(reply)))
    .then((found) => {{ texts = found.map((text) => JSON.stringify(text).slice(1, -1)); }})
    .catch(() => new Promise((done) => {{ setTimeout(done, 1000); }}).then(ask));
  const made = (data) => new MessageEvent('message', {{ data }});
  const whole = (text) => text.replace(/\\x01(\\d+)\\x01/g, (_, place) => texts[place]);
  window.WebSocket = class extends WebSocket {{
    constructor(address, ...more) {{
      super(`${{address}}${{/[?]/.test(address) ? '&' : '?'}}known={version}`, ...more);
      coming ??= ask();
      for (const href of later.splice(0)) {{
        const link = {{ rel: 'preload', as: 'script', href }};
        document.head.append(Object.assign(document.createElement('link'), link));
      }}
    }}
    get onmessage() {{ return super.onmessage; }}
    set onmessage(tell) {{
      let held = [];
      // What belongs together comes in one, and is drawn in one go.
      const give = (event) => {{
        if (typeof event.data !== 'string') one(event);
        else event.data.split('{joint}').forEach((data) => one(made(data)));
      }};
      const one = (event) => {{
        const plain = typeof event.data !== 'string' || !event.data.includes('\\x01');
        if (!texts && (held.length || !plain)) held.push(event);
        else tell(plain ? event : made(whole(event.data)));
      }};
      super.onmessage = tell && give;
      if (!texts) coming.then(() => {{
        const late = held;
        held = [];
        late.forEach(one);
      }});
    }}
  }};
}}
</script>
"""


class Known:
    """Middleware that offers the file, and leaves its texts out of the lines of those who have it.

    They also know how to take joined messages apart; any other browser gets them one by one.

    Args:
        app: Answers everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or carry a line."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and path == PATH:
            await _file(scope)(scope, receive, send)
            return
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        knows = f"known={version()}".encode() in scope["query_string"]

        async def told(message: Message) -> None:
            parts = (message.get("text") or "").split(JOINT)
            if knows:
                joined = JOINT.join(map(shortened, parts))
                await send({**message, "text": joined} if joined else message)
                return
            for text in parts:
                await send({**message, "text": text} if text else message)

        await self.app(scope, receive, told)


def script(root: str, later: Sequence[str]) -> str:
    """What the page needs to read such a line.

    Args:
        root: The path before all addresses of the page.
        later: Addresses of scripts that are asked for when the line is.
    """
    path = f"{root}{PATH}?v={version()}"
    given = {"version": version(), "later": json.dumps(later), "joint": f"\\x{ord(JOINT):02x}"}
    return SCRIPT.format(path=path, **given)


def shortened(text: str) -> str:
    """A message of the server without the texts that a browser knows; only new parts have them."""
    if '"comm_open"' not in text[:400]:
        return text
    for place, known in enumerate(_written()):
        text = text.replace(known, f"{MARK}{place}{MARK}")
    return text


@cache
def version() -> str:
    """Changes with any of the texts."""
    return hashlib.sha256(json.dumps(texts()).encode()).hexdigest()[:12]


@cache
def texts() -> tuple[str, ...]:
    """The texts, each once."""
    folders = (Path(str(package.__file__)).parent for package in (page, rooms, takehome))
    parts = [path for folder in folders for path in sorted(folder.glob("*.vue"))]
    drawn = [source(path.name) for path in sorted(HERE.glob("*.vue"))]
    return (GEOMETRY, CSS, *(path.read_text(encoding="utf-8") for path in parts), *drawn)


@cache
def _written() -> tuple[str, ...]:
    """The texts as they stand in a message."""
    return tuple(json.dumps(text)[1:-1] for text in texts())


def _file(scope: Scope) -> Response:
    if f"v={version()}".encode() != scope["query_string"]:
        return Response(status_code=404)
    headers = {"cache-control": f"max-age={KEPT}, immutable"}
    return Response(json.dumps(texts()), headers=headers, media_type="application/json")
