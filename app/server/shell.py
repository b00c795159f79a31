"""What the page says where its scripts or its line to the server are missing."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from divide.app.server.bare import bare
from divide.app.server.preview import preview
from divide.app.words import is_rtl, preferred, words

#: Put behind the opening tag of the body; the workshop itself is the element of class `dv`.
NOTICE = """
<noscript><p role="alert" lang="{lang}" dir="{dir}" class="dv-notice">{no_script}</p></noscript>
<p role="alert" lang="{lang}" dir="{dir}" class="dv-notice" id="dv-no-line" hidden>{no_line}</p>
<style>.dv-notice {{ font: 1.1rem system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem;
 position: relative; z-index: 100003; color: #8a4b00; }}</style>
<script>
  const noLine = document.getElementById('dv-no-line'), begun = Date.now();
  const look = setInterval(() => {{
    const there = document.querySelector('.dv');
    noLine.hidden = there || (window.WebSocket && Date.now() - begun < 20000);
    if (there) clearInterval(look);
  }}, 500);
  // A page loaded anew before its address said what it showed: the page kept that at its end.
  try {{
    const [had, shown] = JSON.parse(sessionStorage.getItem('dv-address'));
    const [how] = performance.getEntriesByType('navigation');
    const again = how.type === 'reload' && had.includes(location.href);
    if (again) history.replaceState(history.state, '', shown);
  }} catch {{ /* nothing was kept */ }}
</script>
"""
BODY = re.compile(rb"<body[^>]*>")


class Shell:
    """Middleware that adds notices and preview to the page, in the language of the browser.

    Args:
        app: Answers with the page; what it answers to other paths passes through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not is_page(scope):
            await self.app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-language", "")
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                said = (notice(accepted) + preview(preferred(accepted))).encode()
                whole = BODY.sub(lambda tag: tag[0] + said, bare(body), count=1)
                headers = MutableHeaders(raw=list(start["headers"]))
                headers["content-length"] = str(len(whole))
                headers.add_vary_header("Accept-Language")
                await send({**start, "headers": headers.raw})
                await send({**message, "body": whole})

        await self.app({**scope, "headers": plain}, receive, collect)


def is_page(scope: Scope) -> bool:
    """Whether a request loads the page itself, not a part of it."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")


def notice(accepted: str) -> str:
    """The notices, in the language of a browser."""
    lang = preferred(accepted)
    t = words(lang)
    said = {"no_script": t("shell.no_script"), "no_line": t("shell.no_line")}
    return NOTICE.format(lang=lang, dir="rtl" if is_rtl(lang) else "ltr", **said)
