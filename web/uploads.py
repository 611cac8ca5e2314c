"""The pictures of a form, decoded two at a time, and what is wrong with those that are none."""

import functools
from typing import NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import FormData

from estate import language
from estate.language import Message
from estate.photos.store import TOO_LARGE, Picture, prepare, shown_name
from estate.refusals import Problems
from web.forms import Form, digest_of

ONE_PHOTO = 15_000_000
MOST_FILES = 20
"""So many files of one form are read at all; those it has no room for are told of by name."""
DECODERS = CapacityLimiter(2)
"""Pictures decoded at once: a large one takes 200 MB, and all other pages want threads too."""


class File(NamedTuple):
    """A file of a form: its name on the sender's device, and what is in it."""

    name: str
    content: bytes


async def read_form(
    fields: FormData, files: list[File], photos: int
) -> tuple[Form, dict[str, Message]]:
    """A form with at most so many photos, and what is wrong with its files."""
    digest = digest_of(fields, [file.content for file in files])
    if not files:
        return Form(fields, (), digest), {}
    work = functools.partial(_prepare_all, files, photos)
    pictures, problems = await to_thread.run_sync(work, limiter=DECODERS)
    return Form(fields, pictures, digest), problems


def _prepare_all(files: list[File], most: int) -> tuple[list[Picture], dict[str, Message]]:
    """As many pictures as may come, and what is wrong: the files left out, or the first unread."""
    pictures: list[Picture] = []
    problems: dict[str, Message] = {}
    if len(files) > most:
        text = language.N_("At most {count} photos. Left out: {names}")
        names = ", ".join(shown_name(file.name) for file in files[most:])
        problems = {"photos": language.say(text, count=most, names=names)}
    for file in files[:most]:
        try:
            pictures.append(_prepare(file))
        except Problems as trouble:
            problems = problems or trouble.problems
    return pictures, problems


def _prepare(file: File) -> Picture:
    if len(file.content) > ONE_PHOTO:
        raise Problems({"photos": language.say(TOO_LARGE, name=shown_name(file.name))})
    return prepare(file.content, file.name)
