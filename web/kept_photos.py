"""Photos of a form that is shown once more: kept for its author, so nobody has to choose again.

The file is in the store already; the form carries a signed word for it. What is never posted is
swept away after a day.
"""

import hashlib
import hmac

from estate.photos.store import Picture
from web.routing import Visit


def keep_photos(visit: Visit) -> list[str]:
    """Keep the form's pictures, and those kept before; returns the words the form carries."""
    for picture in visit.form.pictures:
        visit.house.photos.keep(picture)
    return [_word(visit, picture) for picture in (*kept_photos(visit), *visit.form.pictures)]


def kept_photos(visit: Visit) -> list[Picture]:
    """The pictures kept for this person by earlier answers to the form."""
    found: dict[str, Picture] = {}
    for word in visit.form.all("kept")[:9]:
        digest, width, height, _ = [*word.split("."), "", "", "", ""][:4]
        path = visit.house.photos.path(digest)
        if not (digest.isalnum() and width.isdecimal() and height.isdecimal() and path.exists()):
            continue
        small = visit.house.photos.small_path(digest).read_bytes()
        picture = Picture(path.read_bytes(), small, int(width), int(height))
        if hmac.compare_digest(word, _word(visit, picture)):
            found[digest] = picture
    return list(found.values())


def _word(visit: Visit, picture: Picture) -> str:
    facts = f"{picture.digest}.{picture.width}.{picture.height}"
    meant = f"kept photo {visit.reader.id} {facts}".encode()
    signed = hmac.new(visit.house.key, meant, hashlib.sha256).hexdigest()
    return f"{facts}.{signed}"
