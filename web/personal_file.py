"""Everything about one person as a page to read: one file that needs nothing else."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from estate import clock
from estate.channels.rules import CHANNELS
from estate.language import N_, Message, direction, say
from estate.photos.store import Store
from estate.proof.rules import MANNERS, RECEIVERS
from estate.rounds.rules import OUTCOMES, REASONS
from voting.papers.rules import Kind
from web.catalogues import Speech
from web.personal import TOLD
from web.personal_words import said
from web.templating import STATIC, Templates

STYLE = "css/file.css"


class Part(NamedTuple):
    """One kind of thing, as its heading calls it; a line is what it is, its words, their tongue."""

    heading: str
    things: Sequence[Sequence[tuple[str, str, str]]]


def readable(
    found: Mapping[str, Any], templates: Templates, language: str, photos: Store, now: datetime
) -> Iterator[str]:
    """What `personal.everything_about` found, as pieces of a page in this language."""
    speech = templates.speeches[language]
    style = (STATIC / STYLE).read_text(encoding="utf-8")
    template = templates.template("me/my_data_file.html", language)
    return template.generate(
        language=language,
        direction=direction(language),
        style=Markup(f"<style>{style}</style>"),  # noqa: S704 - our own, from our own file
        person=found["person"],
        homes=found["homes"],
        letters=found["letters"],
        channels=CHANNELS,
        manners=MANNERS,
        outcomes=OUTCOMES,
        reasons=REASONS,
        receivers=RECEIVERS,
        mails=found["mails"],
        parts=list(_parts(found["own"], speech)),
        pictures=_pictures(found["own"].get("photo", ()), photos),
        today=clock.local(now).date(),
    )


def _parts(own: Mapping[str, Sequence[Mapping[str, Any]]], speech: Speech) -> Iterator[Part]:
    posts = {post["id"]: post["language"] for post in own.get("post", ())}
    for table, heading in TOLD.items():
        rows = own.get(table, ())
        if table == "wording":  # what a post said before is in the language of the post
            rows = [{**row, "language": posts.get(row["post_id"])} for row in rows]
        things = [_lines(table, row, speech) for row in rows]
        if things and table != "photo":
            yield Part(speech.say(say(heading)), things)


def _lines(table: str, row: Mapping[str, Any], speech: Speech) -> list[tuple[str, str, str]]:
    return [
        (speech.say(one.label), _words(one.value, speech), one.language) for one in said(table, row)
    ]


def _words(value: object, speech: Speech) -> str:
    match value:
        case Message() | datetime() | date() | time():
            return speech.value(value)
        case bool():
            return speech.say(say(N_("Yes") if value else N_("No")))
        case Kind():
            return value.name(speech.language)
        case _:
            return str(value)


def _pictures(rows: Sequence[Mapping[str, Any]], photos: Store) -> Iterator[Callable[[], str]]:
    """The small ones, each read when its place in the file has come."""
    for row in rows:
        path = photos.small_path(row["digest"])
        if path.exists():
            yield partial(_in_the_page, path)


def _in_the_page(picture: Path) -> str:
    return f"data:image/webp;base64,{b64encode(picture.read_bytes()).decode()}"
