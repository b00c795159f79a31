"""The catalogues: nothing missing, nothing left over, nothing but text."""

import re
from collections.abc import Iterator
from inspect import getsource
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import pytest
from babel import Locale

from divide.app.figures.worldmap import LAND
from divide.app.page.display import CARDS, KINDS, platform_name
from divide.app.page.levers import FUTURES, panel
from divide.app.page.texts import headline_groups, land_elsewhere
from divide.app.page.whom import WHOM
from divide.app.rooms.board import BESIDE
from divide.app.rooms.briefs import PARTS, QUESTIONS
from divide.app.rooms.stage import ROLES
from divide.app.visit.events import VisitEvents
from divide.app.visit.state import CHOICES
from divide.app.words import (
    HERE,
    catalogue,
    declared,
    flat,
    is_rtl,
    key_of,
    languages,
    preferred,
    words,
)
from divide.app.words.refused import refusal
from divide.experiments.text.headline import reading
from divide.model.agents.columns import AXES
from divide.model.declare.extension import Extension, forget
from divide.model.declare.levers import Lever, levers
from divide.model.declare.yamlfile import read_yaml
from divide.model.outcomes import COUNTRY, DIMENSIONS, MEASURES, OUTCOMES
from divide.model.policy.policy import STANDARDS, TARGETS, Policy, packages
from divide.model.terms import TERMS
from divide.model.world import load_world

APP = HERE.parent
OTHERS = [code for code in languages() if code != "en"]
EVERY = list(languages())


def forms(text):
    return text if isinstance(text, dict) else {"": text}


def lever_texts():
    """Lever and text of each text of a lever; not every lever has a study."""
    for name, lever in levers().items():
        parts = ("label", "help", "acts_on", "study", "example")
        yield from ((name, part) for part in parts if getattr(lever, part))


def declarations():
    """Keys of all that is said in English by a declaration."""
    yield from (f"levers.{name}.{part}" for name, part in lever_texts())
    yield from {f"replays.{lever.replay}" for lever in levers().values() if lever.replayed}
    yield from (f"packages.{name}.{part}" for name in packages() for part in ("title", "purpose"))
    yield from (f"dimensions.{name}" for name in DIMENSIONS)
    yield from (f"measures.{name}" for name in MEASURES)
    yield from (f"outcomes.{name}" for name in OUTCOMES)
    yield from (f"columns.{name}" for name in COUNTRY)
    things = (*levers().values(), *OUTCOMES.values(), *COUNTRY.values())
    yield from {f"units.{key_of(thing.unit)}" for thing in things}


def english():
    """Every English text: the catalogue's, and those of the declarations."""
    return {**catalogue("en"), **{key: declared(key) for key in declarations()}}


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_language_says_the_same_things(lang):
    said, other = english(), catalogue(lang)
    named = {key for key in said if not key.startswith("countries.")}
    # Reasons of refusals stand under their English: see test_refused.py.
    assert sorted(named - set(other)) == [], "missing"
    spare = {key for key in other if not key.startswith(("countries.", "refusals."))}
    assert sorted(spare - named) == [], "left over"


@pytest.mark.parametrize("lang", OTHERS)
def test_the_same_countries_have_a_name_of_their_own(lang):
    own = [
        {key for key, _ in flat(read_yaml(HERE / f"{code}.yaml")) if key.startswith("countries.")}
        for code in ("en", lang)
    ]
    assert own[0] == own[1]


@pytest.mark.parametrize("lang", OTHERS)
def test_placeholders_are_those_of_the_english_text(lang):
    other = catalogue(lang)
    wrong = []
    for key, text in english().items():
        wanted = set().union(*(fields(form) for form in forms(text).values()))
        said = forms(other.get(key, text)).values()
        # A singular may name its thing without the number.
        wrong += [(key, form) for form in said if (fields(form) ^ wanted) - {"count"}]
    assert wrong == []


@pytest.mark.parametrize("lang", EVERY)
def test_placeholders_have_plain_names(lang):
    for key, text in catalogue(lang).items():
        for form in forms(text).values():
            assert all(name.isidentifier() for name in fields(form)), key


@pytest.mark.parametrize("lang", EVERY)
def test_no_markup_and_no_control_characters(lang):
    texts = english() if lang == "en" else catalogue(lang)
    for key, text in texts.items():
        for form in forms(text).values():
            assert not re.search(r"<[^>]|&\w+;|\*\*|`", form), (key, form)
            assert form.isprintable() and form == form.strip() and form, (key, form)


@pytest.mark.parametrize("lang", EVERY)
def test_counted_texts_have_every_form_that_the_language_uses(lang):
    needed = {*Locale.parse(lang).plural_form.tags, "other"}
    said = english()
    for key, text in catalogue(lang).items():
        if isinstance(text, dict):
            assert set(text) == needed, key
        assert isinstance(text, dict) == isinstance(said.get(key, ""), dict), key


@pytest.mark.parametrize("lang", EVERY)
def test_everything_that_the_model_declares_is_named(lang):
    t = words(lang, strict=True)
    for name, lever in levers().items():
        assert t(f"levers.{name}.label") and t(f"levers.{name}.help")
        assert t(f"levers.{name}.acts_on") and t(f"evidence.{lever.evidence}")
        assert t(f"lever_groups.{lever.group}")
        assert t(f"units.{key_of(lever.unit)}")
    for section, things in (("outcomes", OUTCOMES), ("columns", COUNTRY)):
        for name, outcome in things.items():
            assert t(f"{section}.{name}")
            assert t(f"units.{key_of(outcome.unit)}")
    for name in packages():
        assert t(f"packages.{name}.title") and t(f"packages.{name}.purpose")
    assert all(t(f"targets.{name}") for name in TARGETS)
    assert all(t(f"standards.{name}") for name in STANDARDS)


def test_english_says_what_the_model_declares_and_holds_no_copy_of_it():
    said, own = english(), {key for key, _ in flat(read_yaml(HERE / "en.yaml"))}
    for section, things in (("outcomes", OUTCOMES), ("columns", COUNTRY)):
        for name, outcome in things.items():
            assert said[f"{section}.{name}"] == outcome.label
            assert said[f"units.{key_of(outcome.unit)}"] == outcome.unit
    assert own & set(declarations()) == set()
    assert {key.split(".")[0] for key in own} & {"columns", "measures", "units"} == set()


def test_two_units_do_not_share_a_key():
    units = {thing.unit for thing in [*levers().values(), *OUTCOMES.values(), *COUNTRY.values()]}
    assert len({key_of(unit) for unit in units}) == len(units)


@pytest.mark.parametrize("lang", EVERY)
def test_every_country_and_region_of_the_model_is_named(lang):
    t, table = words(lang, strict=True), load_world(2022).table
    names = [t(f"countries.{iso3}") for iso3 in table.index]
    assert len(set(names)) == len(names), "two countries of one name"
    assert all(t(f"groups.{key_of(region)}") for region in set(table["region"]))


def test_land_that_is_no_country_of_the_model_has_the_names_of_the_united_nations():
    assert land_elsewhere("en")["FLK"] == "Falkland Islands (Malvinas)"
    assert land_elsewhere("zh")["PRK"] == "朝鲜民主主义人民共和国"
    assert "CHN" not in land_elsewhere("zh")


@pytest.mark.parametrize("lang", OTHERS)
def test_texts_are_translated(lang):
    """A text longer than a name that equals the English one was forgotten."""
    said = english()
    same = [
        key
        for key, text in catalogue(lang).items()
        if text == said.get(key)
        and " " in str(text)
        and not key.startswith("countries.")
        and fields(str(text)) == set()
    ]
    assert same == []


@pytest.mark.parametrize("lang", EVERY)
def test_a_lever_says_what_it_acts_on_what_is_known_and_how_it_was_replayed(lang):
    t = words(lang, strict=True)
    shown = {one["name"]: one for group in panel(lang) for one in group["levers"]}
    headings = [t(f"page.label.{key}") for key in ("acts_on", "evidence", "study", "replay")]
    for name, lever in levers().items():
        facts = {fact["what"]: fact["text"] for fact in shown[name]["facts"]}
        assert list(facts) == headings
        known = t(f"levers.{name}.study") if lever.study else t("page.no_study")
        assert [facts[headings[0]], facts[headings[1]], facts[headings[2]]] == [
            t(f"levers.{name}.acts_on"), t(f"evidence.{lever.evidence}"), known
        ]  # fmt: skip
        if lever.replayed is None:
            assert facts[headings[3]] == t("page.no_replay")
        else:
            assert t(f"replays.{lever.replay}") in facts[headings[3]]
    cables = levers()["submarine_cables"].replayed
    assert cables is not None and cables.use == "fit"
    said = t("page.replay_fit", study=t("replays.cables"), agree=cables.agree, judged=cables.judged)
    assert shown["submarine_cables"]["facts"][3]["text"] == said


def test_numbers_choose_the_form_of_the_language():
    assert [words("en")("rooms.teams", count=n) for n in (1, 2)] == ["1 team", "2 teams"]
    said = [words("ru")("rooms.teams", count=n) for n in (1, 2, 5, 21)]
    assert said == ["1 команда", "2 команды", "5 команд", "21 команда"]
    assert len({words("ar")("rooms.teams", count=n) for n in (0, 1, 2, 3, 11, 100)}) == 6
    assert words("zh")("rooms.teams", count=1) == "1 个小组"


def test_arabic_alone_runs_from_right_to_left():
    assert [code for code in languages() if is_rtl(code)] == ["ar"]


def test_a_missing_translation_is_english_on_the_page_and_an_error_in_tests(monkeypatch):
    import divide.app.words as catalogues

    whole = catalogues.catalogue
    lacking = {key: text for key, text in whole("fr").items() if key != "rooms.teams"}
    monkeypatch.setattr(
        catalogues, "catalogue", lambda lang: lacking if lang == "fr" else whole(lang)
    )
    words.cache_clear()
    try:
        assert words("fr")("rooms.teams", count=2) == "2 teams"
        with pytest.raises(KeyError, match=r"rooms\.teams"):
            words("fr", strict=True)("rooms.teams", count=2)
    finally:
        words.cache_clear()


def test_an_unknown_key_or_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        words("en")("nothing")
    with pytest.raises(KeyError, match="count"):
        words("en")("rooms.teams")


def test_values_are_not_read_as_patterns():
    assert words("en")("rooms.team_taken", team="{count} {0.__class__}").count("{count}") == 1


def test_an_unknown_language_speaks_english():
    assert words("xx")("groups.south_asia") == "South Asia"


def test_levers_and_packages_have_one_english_text():
    assert [key for key in catalogue("en") if key.startswith(("levers.", "packages."))] == []
    assert words("en")("levers.five_g.label") == levers()["five_g"].label == "5G networks"
    assert words("en")("packages.balanced.title") == Policy.load("balanced").title


@pytest.fixture
def radio(tmp_path: Path) -> Iterator[Extension]:
    """An extension with a lever, an outcome, a column, and a word in French."""
    path = tmp_path / "radio.py"
    path.write_text(
        "from divide import Extension\n\nradio = Extension('radio', '{Lessons}')\n"
        "radio.lever('lessons', label='{Radio} lessons', group='hard', kind='degree',\n"
        "    unit='lessons a day', bounds=(0, 1), usd_per_unit=1.0, lag_years=0, outcome='heard',\n"
        "    direction='up', help='Air.')\n"
        "radio.column('heard', 'People who {listen}', 'share of hours')\n"
        "radio.translate('fr', {'levers.lessons.label': 'Cours {à} la radio'})\n\n\n"
        "@radio.outcome('All who listen', 'hours of all', 'higher')\ndef listeners(paths):\n"
        "    return paths.mean('heard')\n"
    )
    yield Extension.load(path)
    forget("radio")


@pytest.mark.parametrize("lang", EVERY)
def test_what_an_extension_declares_is_shown_as_declared_or_translated(lang: str, radio: Extension):
    shown = panel.__wrapped__(lang)
    (found,) = (one for group in shown for one in group["levers"] if one["name"] == "lessons")
    assert found["label"] == ("Cours {à} la radio" if lang == "fr" else "{Radio} lessons")
    assert (found["help"], found["unit"]) == ("Air.", "lessons a day")
    t = words(lang)
    assert t("columns.heard") == "People who {listen}"
    assert t("units.share_of_hours") == "share of hours"
    (group,) = (g for g in headline_groups.__wrapped__(lang) if g["label"] == "{Lessons}")
    assert group["outcomes"] == [{"value": "listeners", "label": "All who listen"}]


@pytest.mark.parametrize("key", ["levers.radio.label", "packages.none.title", "units.lessons"])
def test_what_nobody_declares_has_no_text(key: str):
    with pytest.raises(KeyError):
        words("fr")(key)


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: path.stem)
def test_every_text_that_the_code_asks_for_exists(path):
    known = set(english())
    sections = {key.split(".")[0] for key in known}
    wanted = re.findall(r'"([a-z_]+(?:\.[a-z0-9_]+)+)"', path.read_text(encoding="utf-8"))
    files = (".py", ".vue", ".css", ".j2", ".sqlite")
    asked = {key for key in wanted if key.split(".")[0] in sections and not key.endswith(files)}
    begun = set(re.findall(r'f"((?:[a-z_]+\.)+)\{', path.read_text(encoding="utf-8")))
    assert {key for key in asked if key not in known} == set()
    assert {
        start
        for start in begun
        if start.split(".")[0] in sections and not any(key.startswith(start) for key in known)
    } == set()


def found(pattern: str, files: str) -> set[str]:
    """What a pattern finds in files of the page."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(APP.glob(files)))
    return set(re.findall(pattern, code))


def refusals() -> set[str]:
    return found(r'(?:RoomError\(|_wrong\(browser, address, )"(\w+)"', "rooms/*.py")


def composed() -> dict[str, set[str]]:
    """Beginnings of the keys that the code puts together, and all that it can put there."""
    table = load_world(2022).table
    things = [*levers().values(), *OUTCOMES.values(), *COUNTRY.values()]
    return {
        "better": {outcome.better for outcome in OUTCOMES.values()} - {"neither"},
        "columns": set(COUNTRY),
        "countries": {*table.index, *LAND},
        "dimensions": set(DIMENSIONS),
        "token": found(r'"(\w+)"', "server/guard.py"),
        "figures": found(r'"(\w+)"', "figures/*.py"),
        "groups": {key_of(region) for region in table["region"]},
        "lever_groups": {lever.group for lever in levers().values()},
        "evidence": set(get_args(get_type_hints(Lever)["evidence"])),
        "levers": {f"{name}.{text}" for name, text in lever_texts()},
        "measures": {name.partition("_")[2] for name in OUTCOMES},
        "outcome_groups": {outcome.group for outcome in OUTCOMES.values()},
        "outcomes": set(OUTCOMES),
        "packages": {f"{name}.{text}" for name in packages() for text in ("title", "purpose")},
        "page": {"interval", "interval_middle", "usd_million", "usd_billion"},
        "platforms": set(KINDS),
        "page.blocs": set(AXES["jurisdiction"]),
        "page.card": set(CARDS),
        "page.futures": set(FUTURES.values()),
        "page.get": set(VisitEvents.FILES),
        "page.label": found(r"texts\.(\w+)", "[pr]*/*.vue")
        | {"start", "end", "acts_on", "evidence", "study", "replay"}
        | {f"skip_{name}" for name in found(r"name: '(\w+)'", "page/skip.vue")},
        "page.modes": set(CHOICES["mode"]),
        "page.ranks": set(CHOICES["rank"]),
        "page.reading": set(re.findall(r"\w+", getsource(reading).replace("no ", "no_"))),
        "page.tabs": set(CHOICES["tab"]),
        "page.whom": {group for groups in WHOM.values() for group in groups},
        "rooms": refusals() | {"interval", "interval_middle"},
        "rooms.label": found(r"texts\.(\w+)", "rooms/*.vue") | {*PARTS, *BESIDE},
        "roles": {f"{role}.{part}" for role in ROLES for part in ("title", *PARTS)},
        "debrief": set(QUESTIONS),
        "think.label": found(r"texts\.(\w+)", "rooms/think.vue") | {"before", "after"},
        "standards": set(STANDARDS),
        "takehome.label": found(r"texts\.(\w+)", "takehome/templates/*.j2"),
        "targets": set(TARGETS),
        "terms": set(TERMS),
        "units": {key_of(thing.unit) for thing in things},
    }


def test_no_text_is_left_that_nothing_says():
    said = found(r"""["']([a-z_]+(?:\.\w+)+)["']""", "**/*.py")
    said |= {f"{start}.{part}" for start, parts in composed().items() for part in parts}
    assert [key for key, _ in flat(read_yaml(HERE / "en.yaml")) if key not in said] == []


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("market-US-A", "en", "Marketplace A"),
        ("card-HUB", "fr", "Réseau de cartes"),
        ("market-RUS-regional", "en", "Regional marketplace, Europe and Central Asia"),
        ("wallet-KEN-31", "ar", "محفظة محمولة، كينيا"),
    ],
)
def test_a_platform_has_a_name_that_people_can_read(name, lang, said):
    assert platform_name(name, words(lang)) == said


def test_every_refusal_of_a_room_has_words():
    assert len(refusals()) > 10
    assert {key for key in refusals() if f"rooms.{key}" not in catalogue("en")} == set()


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("ar", "ar"),
        ("de-DE,de;q=0.9,fr-CA;q=0.5,en;q=0.3", "fr"),
        ("en;q=0.2, zh-Hans-CN;q=0.8", "zh"),
        ("ru;q=0, *;q=0.1", "en"),
        ("fr;q=much", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_browser(header, lang):
    assert preferred(header) == lang


@pytest.mark.parametrize("lang", EVERY)
def test_a_refusal_begins_in_the_language_of_the_visitor(lang):
    said = refusal(words(lang), ValueError("5 is too much"))
    start = words(lang)("page.refused", reason="|").partition("|")[0]
    # The English reason does not turn the line around where one reads from the right.
    assert said == start + "\u2068" + "5 is too much" + "\u2069"
