# ruff: noqa: RUF001 - letters and marks of other languages are what is tested
"""What a visitor handed in and cannot be used is refused in the language of the page."""

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from dataclasses import fields as fields_of
from pathlib import Path
from string import Formatter
from typing import Any
from unittest.mock import Mock

import pytest

import divide
from divide.app.visit.driver import Driver
from divide.app.visit.events import VisitEvents
from divide.app.visit.state import Draft, Visit
from divide.app.words import ENGLISH, catalogue, languages, words
from divide.app.words.refused import GROUP, reason
from divide.model.declare.errors import InputError, inside, located
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.phrase import Phrase
from divide.model.policy.policy import STANDARDS, TARGETS, LeverUse, packages
from divide.model.scenario import Scenario

ROOT = Path(divide.__file__).parent
OTHERS = [code for code in languages() if code != ENGLISH]
#: Where input of a page is checked, beside the page itself.
CHECKS = ("declare/checks", "declare/errors", "declare/yamlfile", "policy/policy", "scenario")
#: Files of the page that nothing but a command asks.
COMMANDS = ("rooms/command", "rooms/file", "takehome/export")
#: Said to those who write Python, or name a file to a command.
PYTHON = {
    "{value}; allowed: a LeverUse, such as LeverUse(intensity=1)",
    "{value}; must be a list of extensions or of their files",
    "{value}; allowed: an Extension, or the path of its file",
    "{value}; allowed: a Policy, the name of a package, or a policy file",
    "{unknown}, or a file *.yaml",
}


def files() -> Iterator[Path]:
    yield from (ROOT / "model" / f"{name}.py" for name in CHECKS)
    commands = {ROOT / "app" / f"{name}.py" for name in COMMANDS}
    for folder in ("visit", "page", "rooms", "takehome", "figures", "words"):
        yield from sorted(set((ROOT / "app" / folder).glob("*.py")) - commands)


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of functions of these names in all files that check input of a page."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield path, node


def phrases() -> dict[str, set[str]]:
    """Templates, each with the names of its values."""
    found: dict[str, set[str]] = {}
    for path, call in calls("Phrase"):
        first = call.args[0]
        if isinstance(first, ast.Constant):
            found.setdefault(first.value, set()).update(str(one.arg) for one in call.keywords)
        else:  # kinds of names and of values, which are below
            assert isinstance(first, ast.Name) and first.id == "kind", (path, call.lineno)
    kinds = {call.args[0].value for _, call in calls("unknown")}
    return found | {kind: set() for kind in kinds | {"key", "list", "str", "NoneType"}}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def has_words(template: str) -> bool:
    return any(c.isalpha() for text, *_ in Formatter().parse(template) for c in text)


def test_whatever_a_page_can_be_told_is_said_as_a_phrase():
    """Text that is put together otherwise would come in English."""
    said = {"Phrase", "unknown"}
    handed_on = {  # reasons of other errors, and one that is made above
        ("errors.py", "str(self)"), ("errors.py", "found.reason"), ("yamlfile.py", "reason"),
    }  # fmt: skip
    plain = [
        f"{path.name}:{call.lineno}"
        for path, call in calls("InputError", "UnknownKeyError")
        if getattr(getattr(call.args[0], "func", None), "id", "") not in said
        and (path.name, ast.unparse(call.args[0])) not in handed_on
    ]
    assert plain == []
    assert len(list(calls("InputError", "UnknownKeyError"))) > 40


#: Places of a template that a library fills, whose words are English.
FOREIGN = {"yaml", "error"}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_reason_has_a_translation_with_the_same_places(lang: str):
    own = {
        key.removeprefix(f"{GROUP}."): str(text)
        for key, text in catalogue(lang).items()
        if key.startswith(f"{GROUP}.")
    }
    said = phrases()
    assert {one for one in said if has_words(one) or one == "{yaml}"} - set(own) == PYTHON, (
        "missing"
    )
    values = {"int", "float", "bool", "{where}: {what}"}
    assert set(own) - set(said) == values, "left over"
    for template, text in own.items():
        wanted = fields(template) - FOREIGN
        assert not fields(text) & FOREIGN, "a library speaks English"
        assert wanted <= fields(text) <= wanted | said.get(template, set()), template
        assert text != template or not has_words(template) or template == "(calendar year)"


class Resting(Driver):
    """Carries out what a visitor does and computes nothing."""

    def refresh(self) -> None:
        pass


USES = "policy: {{levers: {{{}}}}}"
#: What a visitor does, and the words of it and of libraries that a message may repeat.
BAD: dict[str, tuple[str, Any, str]] = {
    "too strong": ("set_lever", {"name": "five_g", "value": 1e9}, ""),
    "not a number": ("outside", {"name": "five_g", "value": "plenty"}, "plenty"),
    "no lever": ("set_lever", {"name": "flying_boats", "value": 1}, "flying_boats"),
    "no target": ("upload", USES.format("five_g: {intensity: 1, target: moon}"), "moon"),
    "ends early": ("upload", USES.format("five_g: {intensity: 5, start: 2035, end: 2030}"), ""),
    "budget": ("policy", {"budget": -5}, ""),
    "spend": ("policy", {"spend": "thrifty"}, "thrifty planned"),
    "period": ("period", {"until": 1999}, ""),
    "half a year": ("period", {"start": 2022.5}, ""),
    "goal": ("goal", {"kind": "online", "year": 2040, "share": 7}, ""),
    "no yaml": ("upload", "policy: [1, 2\nuntil: 3", "did not find expected"),
    "strange letter": ("upload", "a: \x01", "control characters are allowed not position unicode"
                       " unacceptable character special string"),
    "no mapping": ("upload", "- 1\n- 2", ""),
    "empty": ("upload", "", ""),
    "alias": ("upload", "a: &b 1\nc: *b", ""),
    "tag": ("upload", "a: !!python/object:os.system 1", "python object system"),
    "twice": ("upload", "until: 2030\nuntil: 2031", ""),
    "key": ("upload", "untill: 2030", "untill"),
    "lever": ("upload", USES.format("five_gee: 1"), "five_gee"),
    "no strength": ("upload", USES.format("five_g: {start: 2030}"), ""),
    "standard": ("upload", USES.format("five_g: {intensity: 1, toward: mars}"), "mars"),
    "package": ("upload", "policy: perfect_world", "perfect_world"),
    "country": ("upload", USES.format("five_g: {intensity: 1, target: [KEN, XYZ]}"), ""),
    "no code": ("upload", USES.format("five_g: {intensity: 1, target: [kenya]}"), "kenya"),
    "country twice": ("upload", USES.format("five_g: {intensity: 1, target: [KEN, KEN]}"), ""),
    "targets": ("upload", USES.format("five_g: {intensity: 1, target: []}"), ""),
    "text": ("upload", "policy: {title: [1], levers: {}}", ""),
    "a list of levers": ("upload", "policy: {levers: [five_g]}", ""),
    "parameter": ("upload", "parameters: {adoption.imitatoin: 1}", "imitatoin"),
    "parameter out of bounds": ("upload", "parameters: {adoption.imitation: 99}", ""),
    "huge": ("upload", f"seed: {10**60}", ""),
    "steps": ("upload", "steps_per_year: 5", ""),
    "platforms": ("upload", "platforms: 1", ""),
    "backwards": ("upload", "{start: 2022, until: 2023, firms: 9999999999}", ""),
    "firms": ("upload", "firms: 200000", ""),
    "extension": ("upload", "extensions: [magic.py]", "magic"),
    "large": ("upload", "a" * 200_000, ""),
    "no scenario": ("upload", None, ""),
    "unknown in link": ("paste", "?colour=5", "colour"),
    "view in link": ("paste", "?map=treasure", "treasure"),
    "package in link": ("paste", "?from=nowhere", "nowhere"),
    "number in link": ("paste", "?l.five_g=lots", "lots"),
    "whole in link": ("paste", "?until=soon", "soon"),
    "lever in link": ("paste", "?l.five_g=1~all~1900", ""),
    "too much in link": ("paste", "?l.five_g=1~~~~~~~", ""),
    "twice in link": ("paste", "?until=2030&until=2031", ""),
    "goal in link": ("paste", "?goal=everyone", "everyone"),
    "bytes in link": ("paste", "?title=%ff", ""),
    "long link": ("paste", "?title=" + "a" * 9_000, ""),
}  # fmt: skip
#: Words of files and commands, which are the same in any language.
CODES = {
    *levers(), *packages(), *TARGETS, *STANDARDS, *(one.name for one in fields_of(Scenario)),
    *(one.name for one in fields_of(LeverUse)), "mine", "yaml", "YAML", "divide", "countries",
    "levers", "title", "alpha", "alias",
    *(part for name in parameters() for part in name.split(".")),
}  # fmt: skip
ENGLISH_WORDS = re.compile(
    r"\b(the|not|allowed|must|unknown|which|line|than|nothing|with|is|of|file|steps)\b"
)
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")


def told(lang: str, what: str, data: Any) -> str:
    """What a visitor of a page in a language is told."""
    page = Draft(Scenario(until=2040, firms=1_000))
    visit = Visit(page, page)
    visit.look(lang=lang)
    events = VisitEvents(visit, Resting(Mock(), visit, lambda frame: None))
    if what == "upload":
        data = {"name": "mine.yaml", "texts": [] if data is None else [data]}
    getattr(events, what)(data)
    if what != "paste":
        assert visit.draft == page, "nothing of it was taken"
    return visit.message


@pytest.mark.parametrize("lang", OTHERS)
def test_no_english_is_left_in_what_a_visitor_is_told(lang: str):
    for name, (what, data, own) in BAD.items():
        message = told(lang, what, data)
        key = "page.link_part" if what == "paste" else "page.refused"
        assert message.startswith(words(lang)(key, reason="|").partition("|")[0]), name
        assert "\n" not in message and len(message) < 3_000
        assert message.count("\u2068") == message.count("\u2069")
        if lang in ("ar", "ru", "zh"):
            found = set(re.findall(r"[A-Za-z_]{4,}", message)) - CODES - set(own.split())
            assert found == set(), (name, message)
        assert not ENGLISH_WORDS.search(ISOLATED.sub("", message)), (name, message)
        assert what != "upload" or "mine.yaml" in message


def plainly(message: str) -> str:
    """A message without the signs that isolate code, its spaces all alike."""
    return re.sub("[\u2068\u2069]", "", message).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("lang", "name", "said"),
    [
        (
            "zh",
            "too strong",
            "未被接受：5G 网络：强度：1,000,000,000 超出范围；允许 0 至 20,000 百万美元/年",
        ),
        (
            "fr",
            "no yaml",
            "Non accepté : mine.yaml, ligne 2 : illisible comme YAML à la colonne 6",
        ),
        (
            "ru",
            "lever in link",
            "Ссылка открыта без одной её части: Сети 5G: С года: 1900 – вне допустимых пределов; "
            "допустимо: от 2000 до 2060 (календарный год)",
        ),
        (
            "ar",
            "firms",
            "لم يُقبل: mine.yaml، السطر 1: firms: 200,000 شركة أكثر مما تحسبه هذه الصفحة "
            "(150,000 على الأكثر)؛ الحسابات الأكبر تُجرى من سطر الأوامر",
        ),
        (
            "es",
            "country",
            "No aceptado: mine.yaml, línea 1: policy.levers.five_g.target[1]: 'XYZ' no es un país "
            "del modelo (tiene 188, véase `divide countries`)",
        ),
        (
            "pt",
            "half a year",
            "Não aceito: Primeiro ano: 2022,5 não é um número inteiro; "
            "permitido: de 2000 a 2022 (ano civil)",
        ),
        (
            "en",
            "backwards",
            "Not accepted: mine.yaml, line 1: firms: 9999999999 is out of range; "
            "allowed: 188 to 1e+07 firms, one a country at least",
        ),
    ],
)
def test_numbers_units_lines_and_names_are_written_as_in_the_language(lang, name, said):
    assert plainly(told(lang, *BAD[name][:2])) == said


def test_code_and_numbers_do_not_turn_a_line_around_that_is_read_from_the_right():
    said = told("ar", *BAD["budget"][:2])
    assert "\u2068-5\u2069" in said and "\u20681,000,000\u2069" in said
    assert "\u2068mine.yaml\u2069" in told("ar", *BAD["firms"][:2])


def test_what_has_no_translation_is_quoted_in_english():
    error = InputError(Phrase("{count:,} moons", count=1_200), ("budget",))
    assert plainly(reason(words("fr"), error)).endswith(": 1,200 moons")
    assert reason(words("fr"), ValueError("5 is too much")) == "\u20685 is too much\u2069"


def test_a_phrase_is_its_english_and_survives_a_copy_and_another_process():
    with pytest.raises(InputError) as raised, located("a.yaml"), inside("levers", "five_g"):
        raise InputError(Phrase("{end:g} is after {start}", end=2e3, start=Phrase("{a}", a="{b}")))
    error = raised.value
    assert str(error) == "a.yaml: levers.five_g: 2000 is after {b}"
    for back in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (str(back), back.path) == (str(error), error.path)
        assert isinstance(back.reason, Phrase) and back.reason.values == error.reason.values
        assert back.reason.template == error.reason.template
