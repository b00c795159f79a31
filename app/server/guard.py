"""Who may enter: only this machine, or with the room token whoever was handed the address."""

import hmac
import re
from contextlib import nullcontext
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from divide.app.rooms.limit import Limit
from divide.app.server.shell import is_page
from divide.app.server.visitors import ADDRESS, Pages, Visitor, page_of, visitor_of
from divide.app.words import is_rtl, preferred, words

COOKIE = "divide-token"
QUERY = "token"
#: A browser that was let in is known for a month (seconds), or until the token is renewed.
KEPT = 30 * 86_400
#: Where a page asks whether the server is there; the answer says nothing else.
ALIVE = "/alive"
LOCAL = {"localhost", "127.0.0.1", "::1"}
#: Nothing is fetched from anywhere else, and nobody frames the page.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data: blob:; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: Flags of a cookie that are set here for all (see `_adding_headers`).
FLAGS = re.compile(r";\s*(HttpOnly|Secure|SameSite=\w+|Path=[^;]*)", re.IGNORECASE)
#: Wrong tokens of an address in a minute that are answered by the form.
WRONG_TOKENS = 10
PAPER = (
    "<!doctype html><html lang={lang} dir={dir}><meta charset=utf-8><title>{title}</title>"
    "<meta name=viewport content='width=device-width, initial-scale=1'>"
    "<meta name=color-scheme content='light dark'>"
    "<body style='font:1.1rem system-ui;max-width:30rem;margin:4rem auto;padding:0 1rem'>"
    "<main><h1>{title}</h1><p role=status>{text}</p>"
)
FORM = (
    PAPER
    # What stands behind the # in the address, a room's code, never reaches the server.
    + "<form style='display:flex;flex-wrap:wrap;gap:.6rem' "
    "onsubmit='this.action=location.pathname+location.hash'>{kept}<label>{field} <input name=token "
    "autofocus autocomplete=off dir=ltr style='font:inherit'></label> "
    "<button style='font:inherit'>{enter}</button></form></main></body></html>"
)


class Guard:
    """Middleware that checks host, origin, token and limits before anything else runs.

    Args:
        app: What is guarded.
        token: Asked of every visitor; "" admits this machine's own browsers only.
        pages: The pages that visitors hold; none is counted without.
    """

    def __init__(self, app: ASGIApp, token: str = "", pages: Pages | None = None) -> None:
        self.app, self.token = app, token
        self.pages = pages or Pages(tuple)
        self._tries = Limit(WRONG_TOKENS, 60)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].endswith(ALIVE):
            await Response(status_code=204)(scope, receive, send)
            return
        who, page = visitor_of(scope), page_of(scope)
        refusal = self._refusal(scope, who) or self._full(scope, who, page)
        if refusal is not None:
            await self._refuse(refusal, scope, receive, send)
            return
        own = ADDRESS.encode()
        headers = [(name, value) for name, value in scope["headers"] if name != own]
        scope = {**scope, "headers": [*headers, (own, who.address.encode())]}
        with self.pages.line(who, page) if page else nullcontext():
            await self.app(scope, receive, _adding_headers(scope, send))

    @staticmethod
    async def _refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or a line before it is opened, where the server can say why."""
        extensions = scope.get("extensions") or {}
        if scope["type"] == "websocket" and "websocket.http.response" not in extensions:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await refusal(scope, receive, _adding_headers(scope, send))

    def _full(self, scope: Scope, who: Visitor, page: str) -> Response | None:
        """The refusal of a visitor who may hold no other page."""
        if not page and not is_page(scope):
            return None
        full = self.pages.refusal(who, page)
        return None if full is None else _wait(scope, full.key, most=full.most)

    def _refusal(self, scope: Scope, who: Visitor) -> Response | None:
        """What to answer instead, or None for a welcome visitor."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = _name(host)
        if not self.token and name not in LOCAL:
            # A page elsewhere that lets its name point here must not get in.
            return HTMLResponse("This server answers to localhost only.", 421)
        origin = headers.get("origin")
        if scope["type"] == "websocket" and origin and urlsplit(origin).netloc != host:
            return HTMLResponse("Requests from other pages are refused.", 403)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")  # of programs
        if not self.token or any(map(self._fits, (_cookie(headers.get("cookie", "")), bearer))):
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        given = query.pop(QUERY, [""])[0]
        if scope["type"] == "http" and self._fits(given):
            rest = urlencode(query, doseq=True)
            # A path that begins with two slashes would be another machine.
            path = "/" + scope["path"].lstrip("/\\")
            answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(COOKIE, self.token, max_age=KEPT)
            return answer
        if given:
            if self._tries.wait(who.address):
                return _wait(scope, "token.tries")
            self._tries.count(who.address)
        return _token_form(headers.get("accept-language", ""), query, wrong=bool(given))

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def _token_form(accepted: str, query: dict[str, list[str]], *, wrong: bool) -> Response:
    """The page that asks for the token, in the language of the browser; it keeps the address."""
    lang = preferred(accepted)
    t = words(lang)
    said = {key: t(f"token.{key}") for key in ("title", "field", "enter")}
    text = t("token.wrong" if wrong else "token.ask")
    kept = "".join(
        f'<input type=hidden name="{escape(name)}" value="{escape(value)}">'
        for name, values in query.items()
        for value in values
    )
    direction = "rtl" if is_rtl(lang) else "ltr"
    page = FORM.format(lang=lang, dir=direction, text=text, kept=kept, **said)
    return HTMLResponse(page, 401, {"Content-Language": lang, "Vary": "Accept-Language"})


def _wait(scope: Scope, key: str, **values: object) -> Response:
    """The page that says which limit is reached, in the language of the browser."""
    lang = preferred(Headers(scope=scope).get("accept-language", ""))
    t = words(lang)
    direction = "rtl" if is_rtl(lang) else "ltr"
    page = PAPER.format(lang=lang, dir=direction, title=t("limits.title"), text=t(key, **values))
    headers = {"Content-Language": lang, "Vary": "Accept-Language", "Retry-After": "60"}
    return HTMLResponse(page + "</main></body></html>", 429, headers)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # half a bracket
        return ""


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _adding_headers(scope: Scope, send: Send) -> Send:
    """Sends an answer with our headers, and every cookie with the strictest flags that work.

    A cookie must come along when somebody follows a link to the page, which `strict` forbids.
    """
    path = scope.get("root_path", "")
    secure = "; Secure" if scope.get("scheme") in ("https", "wss") else ""
    flags = f"; Path={path}/; HttpOnly; SameSite=lax{secure}"

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            own = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
            given = [
                (k, FLAGS.sub("", v.decode("latin-1")).encode("latin-1") + flags.encode())
                if k.lower() == b"set-cookie"
                else (k, v)
                for k, v in message.get("headers", [])
            ]
            message = {**message, "headers": [*given, *own]}
        await send(message)

    return sending
