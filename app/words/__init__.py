"""What the workshop says, in the six official languages of the United Nations and Portuguese.

Names of levers, packages, outcomes, country columns and units have their English texts in their
declarations alone (`declared`); the catalogues of the other languages translate them by name, and
what a user has declared is shown as it is declared.

One catalogue a language, `en.yaml` first: sections of texts with named placeholders only. A text
that counts something is a mapping of CLDR plural forms (`one`, `few`, `many`, `other`), chosen by
the value `count`. Names of countries come from CLDR; `countries` holds the few for which the
United Nations uses another.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from babel import Locale
from babel.core import get_global

from divide.model.declare.levers import levers, replays
from divide.model.declare.registry import known
from divide.model.declare.yamlfile import read_yaml
from divide.model.outcomes import COUNTRY, DIMENSIONS, MEASURES, OUTCOMES
from divide.model.policy.policy import Policy, packages

HERE = Path(__file__).parent
ENGLISH = "en"
_NAMES = {
    "en": "English",
    "fr": "Français",
    "zh": "中文",
    "ru": "Русский",
    "ar": "العربية",
    "es": "Español",
    "pt": "Português",
}
_PLURAL_FORMS = {"zero", "one", "two", "few", "many", "other"}

#: Spaces before and after signs, at which no line ends.
_HELD = re.compile(r" (?=[%:;?!»])|(?<=«) ")
#: A text, or a text for each plural form.
Text = str | dict[str, str]


class Words(Protocol):
    """Says the text of a key: `t("rooms.teams", count=3)`."""

    @property
    def lang(self) -> str:
        """Code of the language."""

    def __call__(self, key: str, **values: object) -> str:
        """The text."""


def languages() -> dict[str, str]:
    """Codes of the languages and what each calls itself."""
    return dict(_NAMES)


@cache
def is_rtl(lang: str) -> bool:
    """Whether the language is written from right to left."""
    return Locale.parse(lang).text_direction == "rtl"


def preferred(header: str) -> str:
    """The language of ours that a browser wants most, by its Accept-Language; else English."""
    wishes = []
    for place, wish in enumerate(header[:500].split(",")):
        tag, _, weight = wish.partition(";")
        code = tag.strip().partition("-")[0].lower()
        try:
            wanted = float(weight.strip().removeprefix("q=") or 1.0)
        except ValueError:
            wanted = 0.0
        if code in _NAMES and wanted > 0:
            wishes.append((-wanted, place, code))
    return min(wishes)[2] if wishes else ENGLISH


@cache
def words(lang: str, *, strict: bool = False) -> Words:
    """The function that says texts in a language.

    Args:
        lang: A code of `languages`; any other speaks English.
        strict: Raise KeyError where a translation is missing, instead of speaking English.

    Returns:
        `t(key, **values)`. It raises KeyError for a key that English lacks too and for a
        placeholder that has no value.
    """
    lang = lang if lang in _NAMES else ENGLISH
    own = catalogue(lang)
    english = lang == ENGLISH or not strict
    return _Spoken(lang, own, catalogue(ENGLISH) if english else own, declarations=english)


@dataclass(frozen=True, eq=False)
class _Spoken:
    lang: str
    own: Mapping[str, Text]
    fallback: Mapping[str, Text]
    declarations: bool

    def __call__(self, key: str, **values: object) -> str:
        spoken = self.lang if key in self.own else ENGLISH
        text = self.own.get(key, self.fallback.get(key))
        if text is None:
            said = next(self._added(key), None)
            if said is None and not self.declarations:
                raise KeyError(key)
            return declared(key) if said is None else said
        if isinstance(text, dict):
            form = Locale.parse(spoken).plural_form(values["count"])  # type: ignore[arg-type]
            text = text.get(form, text["other"])
        return _held(text).format(**values)

    def _added(self, key: str) -> Iterator[str]:
        """What extensions say in this language."""
        words = (each.words.get(self.lang, {}) for each in known().values())
        return (found[key] for found in words if key in found)


_package = cache(Policy.load)
#: What ships is found on the disk once.
_packages = cache(packages)
#: What the model records, by the section of its labels.
_RECORDED: dict[str, Mapping[str, Any]] = {
    "outcomes": OUTCOMES,
    "columns": COUNTRY,
    "dimensions": DIMENSIONS,
    "measures": MEASURES,
}


def declared(key: str) -> str:
    """The English text of a lever, a study, a package, an outcome or a unit, as declared.

    Raises:
        KeyError: Nothing of this key is declared.
    """
    section, *names = key.split(".")
    match section, names:
        case "levers", [name, ("label" | "help" | "acts_on" | "study" | "example") as part]:
            return str(getattr(levers()[name], part))
        case "replays", [name]:
            return replays()[name].title
        case "packages", [name, ("title" | "purpose") as part] if name in _packages():
            return str(getattr(_package(name), part))
        case _, [name] if section in _RECORDED:
            return str(_RECORDED[section][name].label)
        case "outcome_groups", [name] if name in known():
            return str(known()[name].title)
        case "units", [name]:
            things: tuple[Any, ...] = (*levers().values(), *OUTCOMES.values(), *COUNTRY.values())
            for thing in things:
                if key_of(thing.unit) == name:
                    return str(thing.unit)
    raise KeyError(key)


def isolated(text: object) -> str:
    """Code or English that does not turn a line around where one reads from the right."""
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


@cache
def key_of(text: str) -> str:
    """The last part of the key under which a group of countries or a unit stands.

    "East Asia & Pacific" is `groups.east_asia_pacific`; "US$/year" is `units.us_year`.
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


@cache
def catalogue(lang: str) -> Mapping[str, Text]:
    """Every text of a language by full key, names of countries and composed outcomes included."""
    texts = dict(flat(read_yaml(HERE / f"{lang}.yaml")))
    for name, label in _composed(texts):
        texts.setdefault(f"outcomes.{name}", label)
    for iso3, name in _country_names(lang):
        texts.setdefault(f"countries.{iso3}", name)
    return texts


@cache
def _held(text: str) -> str:
    """A text with spaces at which no line ends, where it has them before or after a sign."""
    return _HELD.sub("\N{NO-BREAK SPACE}", text)


def flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Text]]:
    """Key and text of every entry of a catalogue file."""
    for name, value in data.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif "other" in value and set(value) <= _PLURAL_FORMS:
            yield key, dict(value)
        else:
            yield from flat(value, f"{key}.")


def _composed(texts: Mapping[str, Text]) -> Iterator[tuple[str, str]]:
    """Labels of the measures of each dimension, put together: "Internet use: Gini coefficient"."""
    pattern = str(texts.get("outcomes.composed", "{dimension}: {measure}"))
    for outcome in OUTCOMES:
        dimension, _, measure = outcome.partition("_")
        named = texts.get(f"dimensions.{dimension}"), texts.get(f"measures.{measure}")
        if dimension in DIMENSIONS and None not in named:
            yield outcome, pattern.format(dimension=named[0], measure=named[1])


def _country_names(lang: str) -> Iterator[tuple[str, str]]:
    """ISO 3166-1 alpha-3 code and CLDR name of every territory that has both."""
    territories = Locale.parse(lang).territories
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and codes[0] in territories:
            yield alias, territories[codes[0]]
