"""Looking into a PDF that somebody brought: is it one, can it be printed, how many pages has it.

Loaded when the first one comes: pypdf takes long to load.
"""

import io

import pypdf
from pypdf.errors import PdfReadError

from estate.language import N_, say
from estate.refusals import Problems


def pages_of(content: bytes, most: int, field: str = "file") -> int:
    """How many pages a PDF has; Problems for what is none, is locked, broken or too long."""
    if not content.startswith(b"%PDF-"):
        raise Problems({field: say(N_("That is not a PDF. Save the letter as PDF first."))})
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), root_object_recovery_limit=1000)
        if reader.is_encrypted:
            raise Problems({field: say(N_("The PDF is locked. Save it without a password."))})
        count = len(reader.pages)
        sizes = [page.mediabox.width for page in reader.pages[: most + 1]]
    except (PdfReadError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise Problems({field: say(N_("The PDF cannot be read. Save it anew."))}) from bad
    if not count or not all(sizes):
        raise Problems({field: say(N_("The PDF has no pages."))})
    if count > most:
        raise Problems({field: say(N_("The PDF has more than {count} pages."), count=most)})
    return count
