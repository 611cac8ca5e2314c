"""What goes on paper: QR codes as drawings that a strict content policy lets through."""

import functools

import segno
from markupsafe import Markup


@functools.lru_cache(maxsize=256)
def qr(address: str) -> Markup:
    """A QR code of an address as inline SVG, without style attributes; read at a slant or creased.

    The drawing says nothing to a screen reader: the address stands beside it in letters.
    """
    code = segno.make(address, error="m", micro=False)
    drawing: str = code.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)
    return Markup(drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - segno wrote it, of nothing but squares
