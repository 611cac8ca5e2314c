"""The catalogues: reading `.po`, keeping the compiled `.mo` beside it, and translating messages."""

import contextlib
import gettext
import io
import secrets
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import dates, numbers
from babel.messages import mofile, pofile

from estate import clock
from estate.language import LANGUAGES, N_, Message, Weekday

LOCALES = Path(__file__).parent.parent / "locales"
HALF_A_DAY = 12 * 3600
"""Seconds after which what was before midnight is called yesterday."""


def load(language: str) -> gettext.NullTranslations:
    """A language's catalogue, compiled first when its `.po` is newer. English is the source.

    `script/setup` compiles; where the code is not ours to write, it is compiled at each start.
    """
    source = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return gettext.NullTranslations()
    kept = source.with_suffix(".mo")
    if kept.exists() and kept.stat().st_mtime >= source.stat().st_mtime:
        return gettext.GNUTranslations(io.BytesIO(kept.read_bytes()))
    content = compiled(source, language)
    with contextlib.suppress(OSError):
        _keep(kept, content)
    return gettext.GNUTranslations(io.BytesIO(content))


def compiled(source: Path, language: str) -> bytes:
    """What is to stand in the `.mo`."""
    with source.open("rb") as file:
        catalogue = pofile.read_po(file, locale=language)
    out = io.BytesIO()
    mofile.write_mo(out, catalogue)
    return out.getvalue()


def _keep(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


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
        self.catalogue = load(language)
        self._ago = lru_cache(maxsize=2000)(self._say_ago)

    def say(self, message: Message) -> str:
        """A message in this language, values and all."""
        count = message.values.get("count")
        if message.plural is not None and isinstance(count, int):
            text = self.catalogue.ngettext(message.text, message.plural, count)
        else:
            text = self.catalogue.gettext(message.text) if message.text else ""
        return text.format(**{name: self.value(value) for name, value in message.values.items()})

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

    def moment(self, value: datetime) -> str:
        """Date and time of day in Denmark."""
        local = clock.local(value)
        day = self.day(local.date())
        hour = self.clock_time(value)
        return f"{day} kl. {hour}" if self.language == "da" else f"{day}, {hour}"

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
        """A number with the language's separators."""
        return numbers.format_decimal(value, locale=self.locale)

    def kroner(self, ore: int) -> str:
        """An amount in øre written in kroner: `6.540,00 kr.` in Danish."""
        return numbers.format_currency(Decimal(ore) / 100, "DKK", locale=self.locale)


def speeches() -> dict[str, Speech]:
    """All languages the house speaks."""
    return {language: Speech(language) for language in LANGUAGES}
