"""A text that remembers what it was put together from, so that it can be said in another language.

As in gettext, the English template is the name of the text: `Phrase("{name} stands twice", name=x)`
reads as its English everywhere; the page looks the template up in a catalogue of its own language.
"""

from typing import Self


class Phrase(str):
    """English text.

    Attributes:
        template: The text with named places, which name their formats in English.
        values: Numbers, phrases, and what is the same in any language (code, names of files), by
            place. A value that the template does not name is for other languages.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The English text of a template with its values."""
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """What it is made of again, in a copy or another process."""
        return (self.template,), self.values
