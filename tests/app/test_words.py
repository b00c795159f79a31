"""The catalogues: nothing missing, nothing left over, nothing but text."""

import re
from string import Formatter

import pytest
from babel import Locale

from app.words import HERE, catalogue, flat, is_rtl, key_of, languages, words
from model.declarations import levers
from model.outcomes import COUNTRY, OUTCOMES
from model.scenario import STANDARDS, TARGETS, Policy, packages
from model.world import load_world

APP = HERE.parent
OTHERS = [code for code in languages() if code != "en"]
EVERY = list(languages())


def forms(text):
    return text if isinstance(text, dict) else {"": text}


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_language_says_the_same_things(lang):
    english, other = catalogue("en"), catalogue(lang)
    named = {key for key in english if not key.startswith("countries.")}
    assert sorted(named - set(other)) == [], "missing"
    spare = {key for key in other if not key.startswith("countries.")}
    assert sorted(spare - named) == [], "left over"


@pytest.mark.parametrize("lang", OTHERS)
def test_the_same_countries_have_a_name_of_their_own(lang):
    from model.yamlfile import read_yaml

    own = [
        {key for key, _ in flat(read_yaml(HERE / f"{code}.yaml")) if key.startswith("countries.")}
        for code in ("en", lang)
    ]
    assert own[0] == own[1]


@pytest.mark.parametrize("lang", OTHERS)
def test_placeholders_are_those_of_the_english_text(lang):
    english, other = catalogue("en"), catalogue(lang)
    wrong = []
    for key, text in english.items():
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
    for key, text in catalogue(lang).items():
        for form in forms(text).values():
            assert not re.search(r"<[^>]|&\w+;|\*\*|`", form), (key, form)
            assert form.isprintable() and form == form.strip() and form, (key, form)


@pytest.mark.parametrize("lang", EVERY)
def test_counted_texts_have_every_form_that_the_language_uses(lang):
    needed = {*Locale.parse(lang).plural_form.tags, "other"}
    for key, text in catalogue(lang).items():
        if isinstance(text, dict):
            assert set(text) == needed, key
        assert isinstance(text, dict) == isinstance(catalogue("en")[key], dict), key


@pytest.mark.parametrize("lang", EVERY)
def test_everything_that_the_model_declares_is_named(lang):
    t = words(lang, strict=True)
    for name, lever in levers().items():
        assert t(f"levers.{name}.label") and t(f"levers.{name}.help")
        assert t(f"lever_groups.{lever.group}") and t(f"evidence.{lever.evidence}")
        assert t(f"units.{key_of(lever.unit)}")
    for section, declared in (("outcomes", OUTCOMES), ("columns", COUNTRY)):
        for name, outcome in declared.items():
            assert t(f"{section}.{name}")
            assert t(f"units.{key_of(outcome.unit)}") and t(f"better.{outcome.better}")
    for name in packages():
        assert t(f"packages.{name}.title") and t(f"packages.{name}.purpose")
    assert all(t(f"targets.{name}") for name in TARGETS)
    assert all(t(f"standards.{name}") for name in STANDARDS)


@pytest.mark.parametrize("lang", EVERY)
def test_every_country_and_group_of_the_model_is_named(lang):
    t, table = words(lang, strict=True), load_world(2022).table
    names = [t(f"countries.{iso3}") for iso3 in table.index]
    assert len(set(names)) == len(names), "two countries of one name"
    for group in {*table["region"], *table["income_group"], "BRI members", "Others"}:
        assert t(f"groups.{key_of(group)}")


@pytest.mark.parametrize("lang", OTHERS)
def test_texts_are_translated(lang):
    """A text longer than a name that equals the English one was forgotten."""
    english = catalogue("en")
    same = [
        key
        for key, text in catalogue(lang).items()
        if text == english.get(key)
        and " " in str(text)
        and not key.startswith("countries.")
        and fields(str(text)) == set()
    ]
    assert same == []


def test_numbers_choose_the_form_of_the_language():
    assert [words("en")("rooms.teams", count=n) for n in (1, 2)] == ["1 team", "2 teams"]
    said = [words("ru")("rooms.teams", count=n) for n in (1, 2, 5, 21)]
    assert said == ["1 команда", "2 команды", "5 команд", "21 команда"]
    assert len({words("ar")("rooms.teams", count=n) for n in (0, 1, 2, 3, 11, 100)}) == 6
    assert words("zh")("rooms.teams", count=1) == "1 个小组"


def test_arabic_alone_runs_from_right_to_left():
    assert [code for code in languages() if is_rtl(code)] == ["ar"]


def test_a_missing_translation_is_english_on_the_page_and_an_error_in_tests(monkeypatch):
    import app.words

    whole = app.words.catalogue
    lacking = {key: text for key, text in whole("fr").items() if key != "rooms.teams"}
    monkeypatch.setattr(
        app.words, "catalogue", lambda lang: lacking if lang == "fr" else whole(lang)
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


def test_package_texts_stand_beside_the_shipped_ones():
    """A renamed package must be renamed here too."""
    said = {key.split(".")[1] for key in catalogue("en") if key.startswith("packages.")}
    assert said == set(packages()) and Policy.load("balanced").levers


@pytest.mark.parametrize("path", sorted(APP.glob("*.py")), ids=lambda path: path.stem)
def test_every_text_that_the_code_asks_for_exists(path):
    sections = {key.split(".")[0] for key in catalogue("en")}
    wanted = re.findall(r'"([a-z_]+(?:\.[a-z0-9_]+)+)"', path.read_text(encoding="utf-8"))
    files = (".py", ".vue", ".css", ".sqlite")
    asked = {key for key in wanted if key.split(".")[0] in sections and not key.endswith(files)}
    begun = set(re.findall(r'f"((?:[a-z_]+\.)+)\{', path.read_text(encoding="utf-8")))
    known = set(catalogue("en"))
    assert {key for key in asked if key not in known} == set()
    assert {
        start
        for start in begun
        if start.split(".")[0] in sections and not any(key.startswith(start) for key in known)
    } == set()


def test_every_refusal_of_a_room_has_words():
    code = "".join(path.read_text(encoding="utf-8") for path in APP.glob("rooms*.py"))
    keys = set(re.findall(r'(?:RoomError\(|_wrong\(browser, )"(\w+)"', code))
    assert len(keys) > 10
    assert {key for key in keys if f"rooms.{key}" not in catalogue("en")} == set()
