"""Roles that teams may play, what each cares for, and the questions at the end; also as a page."""

from functools import cache
from html import escape
from typing import Any

from divide.app.rooms.records import Membership
from divide.app.rooms.stage import ROLES
from divide.app.words import Words, is_rtl, words

#: Parts of a brief, in order.
PARTS = ("cares", "watches", "argues")
#: Questions of the debrief.
QUESTIONS = ("expected", "moved", "who", "price", "sure", "decide")

_PAGE = """<!doctype html>
<html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 12pt/1.5 Roboto, "Noto Sans", "Segoe UI", system-ui, sans-serif; color: #111;
 background: #fff; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }}
section {{ break-after: page; break-inside: avoid; padding: 0 0 2rem; }}
section:last-child {{ break-after: auto; }}
h1 {{ font-size: 11pt; color: #444; font-weight: 400; margin: 0; }}
h2 {{ font-size: 22pt; margin: 0 0 1rem; }} h3 {{ font-size: 13pt; margin: 1.2rem 0 .2rem; }}
p {{ margin: 0; }} li {{ margin: 0 0 2.6rem; }}
@page {{ size: A4; margin: 22mm; }}
</style></head><body>{body}</body></html>
"""


@cache
def roles(lang: str) -> list[dict[str, str]]:
    """The brief of each role, in a language."""
    t = words(lang)
    return [
        {"value": name, "title": t(f"roles.{name}.title")}
        | {part: t(f"roles.{name}.{part}") for part in PARTS}
        for name in ROLES
    ]


def briefs(place: Membership, taken: dict[str, tuple[str, str]], t: Words) -> dict[str, Any]:
    """Whom this team speaks for, and whom the others do."""
    said = [f"{team}: {t(f'roles.{role}.title')}" for team, role in taken.values()]
    own = "" if place.facilitator else taken.get(place.key, ("", ""))[1]
    return {"role": own, "taken": said}


@cache
def debrief(lang: str) -> list[str]:
    """The questions at the end, in a language."""
    t = words(lang)
    return [t(f"debrief.{name}") for name in QUESTIONS]


def printed(t: Words) -> str:
    """All briefs, one a sheet, and the debrief: a page that needs no server."""
    title, body = t("page.label.title"), ""
    for role in roles(t.lang):
        parts = [(t(f"rooms.label.{part}"), role[part]) for part in PARTS]
        body += _sheet(title, role["title"], "".join(_part(*part) for part in parts))
    questions = "".join(f"<li>{escape(question)}</li>" for question in debrief(t.lang))
    body += _sheet(title, t("rooms.label.debrief"), f"<ol>{questions}</ol>")
    direction = "rtl" if is_rtl(t.lang) else "ltr"
    return _PAGE.format(lang=t.lang, dir=direction, title=escape(title), body=body)


def _sheet(head: str, title: str, text: str) -> str:
    return f"<section><h1>{escape(head)}</h1><h2>{escape(title)}</h2>{text}</section>"


def _part(head: str, text: str) -> str:
    return f"<h3>{escape(head)}</h3><p>{escape(text)}</p>"
