"""Who may enter: only this machine, or with the room token whoever was handed the address."""

import hmac
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
FORM = (
    "<!doctype html><html lang={lang} dir={dir}><meta charset=utf-8><title>{title}</title>"
    "<meta name=viewport content='width=device-width, initial-scale=1'>"
    "<meta name=color-scheme content='light dark'>"
    "<body style='font:1.1rem system-ui;max-width:30rem;margin:4rem auto;padding:0 1rem'>"
    "<main><h1>{title}</h1><p role=status>{text}</p>"
    # What stands behind the # in the address, a room's code, never reaches the server.
    "<form style='display:flex;flex-wrap:wrap;gap:.6rem' "
    "onsubmit='this.action=location.pathname+location.hash'>{kept}<label>{field} <input name=token "
    "autofocus autocomplete=off dir=ltr style='font:inherit'></label> "
    "<button style='font:inherit'>{enter}</button></form></main></body></html>"
)


class Guard:
    """Middleware that checks host, origin and token before anything else runs.

    Args:
        app: What is guarded.
        token: Asked of every visitor; "" admits this machine's own browsers only.
    """

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].endswith(ALIVE):
            await Response(status_code=204)(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _adding_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, _adding_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
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
        if not self.token or self._fits(_cookie(headers.get("cookie", ""))):
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        given = query.pop(QUERY, [""])[0]
        if scope["type"] == "http" and self._fits(given):
            rest = urlencode(query, doseq=True)
            # A path that begins with two slashes would be another machine.
            path = "/" + scope["path"].lstrip("/\\")
            answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(COOKIE, self.token, httponly=True, samesite="lax", max_age=KEPT)
            return answer
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


def _adding_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", []), *own]}
        await send(message)

    return sending
