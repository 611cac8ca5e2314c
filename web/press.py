"""The press: lays the letters of a stairwell out as one tagged PDF (PDF/UA-1).

Loaded by the processes of `web.pressing` alone: WeasyPrint takes long to load.
"""

import functools
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pypdf
from PIL import ImageFile
from pypdf.generic import NameObject
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from estate.rounds.actions import Made, leave_made

# WeasyPrint lets every picture of its process be cut short, those that people send included.
ImageFile.LOAD_TRUNCATED_IMAGES = False

HERE = Path(__file__).parent
STYLE = HERE / "press.css"


@functools.cache
def _style() -> tuple[CSS, FontConfiguration]:
    """Read once a process: looking for fonts is what takes longest."""
    fonts = FontConfiguration()
    return CSS(filename=str(STYLE), font_config=fonts), fonts


def lay_out(order: Path) -> None:
    """Lay out what an order says, and leave it beside for the job's next step."""
    said = json.loads(order.read_text(encoding="utf-8"))
    brought = Path(said["brought"]).read_bytes() if said["brought"] else None
    leave_made(order, typeset(said["html"], said["copies"], brought))


def typeset(html: str, copies: Sequence[int], brought: bytes | None = None) -> Made:
    """One PDF with everybody's letter in the order given; tagged unless it holds a brought PDF."""
    style, fonts = _style()
    document = HTML(string=html, base_url=str(HERE)).render(stylesheets=[style], font_config=fonts)
    variant = "pdf/ua-1" if brought is None else None
    data = document.write_pdf(pdf_tags=True, pdf_variant=variant)
    if brought is None:
        return Made(data, copies, len(document.pages), tagged=True)
    return _with_brought(data, copies, brought)


def _with_brought(data: bytes, copies: Sequence[int], brought: bytes) -> Made:
    """Each household's cover followed by the brought PDF, whose own tags do not survive it."""
    covers, added = pypdf.PdfReader(io.BytesIO(data)), pypdf.PdfReader(io.BytesIO(brought))
    writer = pypdf.PdfWriter(clone_from=covers)
    for end in reversed(_ends(covers, copies)):
        for page in reversed(added.pages):
            placed = writer.insert_page(page, end + 1)
            # Nothing that points into the brought document's tags, or acts when it is opened.
            for name in ("/StructParents", "/Annots", "/AA"):
                placed.pop(NameObject(name), None)
    out = io.BytesIO()
    writer.write(out)
    return Made(out.getvalue(), copies, len(writer.pages), tagged=False)


def _ends(covers: pypdf.PdfReader, copies: Sequence[int]) -> list[int]:
    """The page on which each household's letter ends, counted from 0."""
    ends = covers.named_destinations
    return [covers.get_destination_page_number(ends[f"end-{copy}"]) or 0 for copy in copies]
