"""The pictures and files of a form, looked at two at a time, and what is wrong with them."""

import functools
from collections.abc import Callable, Mapping, Sequence

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import FormData

from estate import language
from estate.language import Message
from estate.photos.store import TOO_LARGE, Picture, prepare, shown_name
from estate.refusals import Problems
from web.forms import File, Form, digest_of

ONE_PHOTO = 15_000_000
MOST_FILES = 20
"""So many files of one form are read at all; those it has no room for are told of by name."""
DECODERS = CapacityLimiter(2)
"""Pictures decoded at once: a large one takes 200 MB, and all other pages want threads too."""


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


Look = Callable[[Sequence[File]], Mapping[str, Message]]
"""What is wrong with some files, by field: asked before the transaction begins."""


async def read_files(
    fields: FormData, files: list[File], most: int, look: Look | None = None
) -> tuple[Form, dict[str, Message]]:
    """A form with at most so many files as they came, and what `look` finds wrong with them.

    Without it whoever takes them looks into them.
    """
    digest = digest_of(fields, [file.content for file in files])
    problems: dict[str, Message] = {}
    if len(files) > most:
        problems["file"] = language.say(language.N_("At most {count} files."), count=most)
    elif look is not None and files:
        problems |= await to_thread.run_sync(look, files, limiter=DECODERS)
    return Form(fields, (), digest, files[:most]), problems


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
