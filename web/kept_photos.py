"""Photos of a form that is shown once more: kept for its author, so nobody has to choose again.

The form carries what each is called in its author's own folder. What is never posted is swept away
after a day.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from estate.clock import local
from estate.photos.store import KeptFolder, Picture
from estate.settings import Settings
from estate.values.queries import default_number
from web.visits import Visit

NAME = re.compile(r"[0-9a-f]{64}")
LOOKED_FOR = 9
"""More than any form has: what somebody made up costs no more than that."""


def kept_folder(settings: Settings, day: date) -> KeptFolder:
    """Where the photos of forms not yet sent wait, within what one person may keep."""
    most = default_number("kept_photos", day)
    megabytes = default_number("kept_photo_megabytes", day)
    return KeptFolder(settings.data / "kept", most, megabytes * 1_000_000)


class KeptPhoto(NamedTuple):
    """A photo that comes along with the form: its name there, and the small picture itself.

    It has no address: nobody but its author ever sees it here.
    """

    name: str
    thumb: str


def keep_photos(visit: Visit) -> Sequence[KeptPhoto]:
    """Keep the form's pictures, and those kept before; returns what the form carries."""
    pictures = [*kept_photos(visit), *visit.form.pictures]
    for picture in pictures:
        _folder(visit).keep(visit.reader.id, picture)
    return [KeptPhoto(picture.digest, _in_the_page(picture.small)) for picture in pictures]


def _in_the_page(picture: bytes) -> str:
    return f"data:image/webp;base64,{b64encode(picture).decode()}"


def kept_photos(visit: Visit) -> list[Picture]:
    """The pictures kept for this person by earlier answers to the form."""
    names = dict.fromkeys(filter(NAME.fullmatch, visit.form.all("kept")[:LOOKED_FOR]))
    found = (_folder(visit).find(visit.reader.id, name) for name in names)
    return [picture for picture in found if picture is not None]


def _folder(visit: Visit) -> KeptFolder:
    return kept_folder(visit.house.settings, local(visit.now).date())
