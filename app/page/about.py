"""What the model is, what it is not, and who made its figures, in a minute's reading."""

from functools import cache

from divide.app.words import words
from divide.model.world import start_years

PARTS = (
    ("about.is_title", "about.is_text"),
    ("about.is_not_title", "about.is_not_text"),
    ("about.figures_title", "about.figures_text"),
)


@cache
def parts(lang: str) -> list[dict[str, str]]:
    """Headings and texts."""
    t, last = words(lang), start_years()[1]
    return [{"title": t(title), "text": t(text, year=last)} for title, text in PARTS]


@cache
def texts(lang: str) -> dict[str, str]:
    """Words of the box itself."""
    t = words(lang)
    return {"title": t("about.title"), "close": t("page.label.close")}
