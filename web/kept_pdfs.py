"""A PDF of a form that is shown once more: kept for its sender, so nobody has to choose it again.

It lies among the other files without an owner, and is swept away after a day. The form carries what
it is called there, under the house's seal: only whom the form was shown to brings it back.
"""

import hashlib
import hmac
from typing import NamedTuple

from estate.files.store import DIGEST
from estate.photos.store import shown_name
from web.forms import File
from web.visits import Visit


class KeptPdf(NamedTuple):
    """A PDF that comes along with the form: its name, and what the form carries."""

    name: str
    token: str


def keep_pdf(visit: Visit) -> KeptPdf | None:
    """Keep the PDF that came with a form, or came along already."""
    found = brought_pdf(visit)
    if found is None:
        return None
    digest = visit.house.files.keep(found.content)
    return KeptPdf(found.name, f"{digest}.{_seal(visit, digest)}")


def brought_pdf(visit: Visit) -> File | None:
    """The PDF of a form: the one chosen now, else the one kept when the form came before."""
    for file in visit.form.files[:1]:
        return File(shown_name(file.name), file.content)
    digest, _, seal = visit.form.text("kept").partition(".")
    sealed = hmac.compare_digest(seal.encode(), _seal(visit, digest).encode())
    known = sealed and DIGEST.fullmatch(digest)
    path = visit.house.files.path(digest) if known else None
    if path is None or not path.exists():
        return None
    return File(shown_name(visit.form.text("kept_name")) or "papir.pdf", path.read_bytes())


def _seal(visit: Visit, digest: str) -> str:
    said = f"kept pdf {visit.reader.id} {digest}".encode()
    return hmac.new(visit.house.key, said, hashlib.sha256).hexdigest()
