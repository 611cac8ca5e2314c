"""The catalogues: reading `.po`, keeping the compiled `.mo` beside it, and translating messages."""

import contextlib
import gettext
import io
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel import dates, numbers
from babel.messages import mofile, pofile

from estate import clock
from estate.language import DEFAULT, LANGUAGES, N_, RIGHT_TO_LEFT, SOURCE, Message, Named, Weekday
from web.bidi import Catalogue, Danish, RightToLeft, apart, bound, in_danish

LOCALES = Path(__file__).parent.parent / "locales"
HALF_A_DAY = 12 * 3600
"""Seconds after which what was before midnight is called yesterday."""


def load(language: str) -> gettext.NullTranslations:
    """A language's catalogue; what it lacks is said in Danish, which counts, never in English."""
    if language == SOURCE:
        return gettext.NullTranslations()
    if language == DEFAULT:
        return danish()
    kind = RightToLeft if language in RIGHT_TO_LEFT else Catalogue
    catalogue = kind(io.BytesIO(_content(language)))
    catalogue.add_fallback(Danish(danish()))
    return catalogue


def danish() -> Catalogue:
    """The Danish catalogue, which is whole."""
    return Catalogue(io.BytesIO(_content(DEFAULT)))


def _content(language: str) -> bytes:
    """The compiled catalogue, compiled first when its `.po` is newer.

    `script/setup` compiles; where the code is not ours to write, it is compiled at each start.
    """
    source = LOCALES / language / "LC_MESSAGES" / "messages.po"
    kept = source.with_suffix(".mo")
    if kept.is_file() and kept.stat().st_mtime >= source.stat().st_mtime:
        return kept.read_bytes()
    content = compiled(source, language)
    with contextlib.suppress(OSError):
        _keep(kept, content)
    return content


def compiled(source: Path, language: str) -> bytes:
    """What is to stand in the `.mo`: what is not translated stays out, plural forms included."""
    with source.open("rb") as file:
        catalogue = pofile.read_po(file, locale=language)
    for message in [one for one in catalogue if one.id and not _whole(one.string)]:
        catalogue.delete(message.id, message.context)
    out = io.BytesIO()
    mofile.write_mo(out, catalogue)
    return out.getvalue()


def _whole(said: str | Sequence[str] | None) -> bool:
    return all(said) if isinstance(said, list | tuple) else bool(said)


def _keep(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _has(catalogue: gettext.NullTranslations, sentence: str) -> bool:
    return isinstance(catalogue, Catalogue) and catalogue.has(sentence)


def coarse(seconds: int) -> int:
    """A span as exactly as people say it: whole minutes, whole hours, then whole days."""
    size = abs(seconds)
    step = 60 if size < 3600 else 3600 if size < 86400 else 86400
    return int(seconds / step) * step


class Speech:
    """One language: its catalogue, and numbers and moments as it writes them."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = {"en": "en_GB"}.get(language, language)
        self.right_to_left = language in RIGHT_TO_LEFT
        self.catalogue = load(language)
        self._danish = None if language in {DEFAULT, SOURCE} else Speech(DEFAULT)
        self._ago = lru_cache(maxsize=2000)(self._say_ago)

    def speaking(self, message: Message) -> "Speech":
        """Who says a message to readers of this language: Danish, where it lacks the sentence.

        What somebody wrote is in no catalogue, and is said here with its values in this language.
        """
        if self._danish is None or _has(self.catalogue, message.text):
            return self
        return self._danish if _has(self._danish.catalogue, message.text) else self

    def say(self, message: Message) -> str:
        """A message in this language, or whole in Danish, values and all."""
        speaker = self.speaking(message)
        if speaker is not self:
            return in_danish(speaker.say(message))
        count = message.values.get("count")
        if message.plural is not None and isinstance(count, int):
            text = self.catalogue.ngettext(message.text, message.plural, count)
        else:
            text = self.catalogue.gettext(message.text) if message.text else ""
        return text.format(**{name: self._inside(value) for name, value in message.values.items()})

    def _inside(self, value: object) -> str:
        """A value within a sentence: what people and registers wrote keeps its own order there."""
        said = self.value(value)
        return self.apart(said) if isinstance(value, str | Named) else said

    def value(self, value: object) -> str:
        """A named value as people write it; a Message inside a message is said first."""
        match value:
            case Message():
                return self.say(value)
            case bool():
                return str(value)
            case int() | float() | Decimal():
                return numbers.format_decimal(value, locale=self.locale)
            case datetime():
                return self.moment(value)
            case Weekday():
                return self.weekday(value.day)
            case date():
                return self.day(value)
            case time():
                return self.clock_time(value)
            case _:
                return str(value)

    def day(self, value: date, form: str = "d. MMMM yyyy") -> str:
        """A date: `22. november 2026`, `22 November 2026`."""
        if self.language != "da" and form == "d. MMMM yyyy":
            form = "d MMMM yyyy"
        return dates.format_date(value, form, locale=self.locale)

    def weekday(self, value: date) -> str:
        """A date near now, with its weekday: `mandag den 23. november`."""
        form = "EEEE 'den' d. MMMM" if self.language == "da" else "EEEE d MMMM"
        return dates.format_date(value, form, locale=self.locale)

    def clock_time(self, value: time | datetime) -> str:
        """A time of day in Denmark: `7.30` and `8` in Danish, `07:30` and `08:00` else."""
        shown = clock.local(value).time() if isinstance(value, datetime) else value
        danish = "H.mm" if shown.minute else "H"
        return dates.format_time(
            shown, danish if self.language == "da" else "HH:mm", locale=self.locale
        )

    def stamp(self, value: datetime) -> str:
        """Date and time of day in Denmark, in figures alone, for a column: `18.11.2026 9.00`."""
        form = "d.M.yyyy" if self.language == "da" else "d/M/yyyy"
        day = dates.format_date(clock.local(value).date(), form, locale=self.locale)
        hour = "H.mm" if self.language == "da" else "HH:mm"
        return f"{day} {dates.format_time(clock.local(value).time(), hour, locale=self.locale)}"

    def moment(self, value: datetime) -> str:
        """Date and time of day in Denmark."""
        local = clock.local(value)
        day = self.day(local.date())
        hour = self.clock_time(value)
        if self.language == "da":
            return f"{day} kl. {hour}"
        return f"{day}{'،' if self.right_to_left else ','} {hour}"

    def ago(self, value: datetime) -> str:
        """How long since or until, as people say: `lige nu`, `for 20 minutter siden`, `i går`."""
        now = clock.now()
        seconds = round((value - now).total_seconds())
        if abs(seconds) < 60:
            return self.catalogue.gettext(N_("just now"))
        days = (clock.local(now).date() - clock.local(value).date()).days
        if days == 1 and seconds < -HALF_A_DAY:
            return self.catalogue.gettext(N_("yesterday"))
        return self._ago(-days * 2 * HALF_A_DAY if days > 1 else coarse(seconds))

    def _say_ago(self, seconds: int) -> str:
        return dates.format_timedelta(seconds, add_direction=True, locale=self.locale, threshold=1)

    def number(self, value: float | Decimal) -> str:
        """A number with the language's separators, in the digits that Danish letters have."""
        return numbers.format_decimal(value, locale=self.locale)

    def kroner(self, ore: int) -> str:
        """An amount in øre written in kroner: `6.540,00 kr.` in Danish."""
        if self.right_to_left:  # the sign would be the Latin letters DKK
            return numbers.format_currency(
                Decimal(ore) / 100, "DKK", locale=self.locale, format_type="name"
            )
        return numbers.format_currency(Decimal(ore) / 100, "DKK", locale=self.locale)

    def bound(self, address: str) -> str:
        """An address that in a language written right to left is not torn apart at its number."""
        return bound(address) if self.right_to_left else address

    def apart(self, text: str) -> str:
        """A text that stands among others, kept from disturbing their order."""
        return apart(text) if self.right_to_left else text


@cache
def speeches() -> Mapping[str, Speech]:
    """All languages the house speaks, read once a process."""
    return {language: Speech(language) for language in LANGUAGES}
