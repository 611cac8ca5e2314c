"""The press: lays the letters of a stairwell out as one tagged PDF (PDF/UA-1).

Loaded by the processes of `web.pressing` alone: WeasyPrint takes long to load.
"""

import base64
import functools
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdf
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pypdf.generic import NameObject
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from estate.language import DEFAULT, N_, say
from estate.rounds.actions import Made
from web.catalogues import Speech, speeches
from web.letter_words import all_words, words_of
from web.pressing import Order
from web.templating import paragraphs

HERE = Path(__file__).parent
STYLE = HERE / "press.css"


@functools.cache
def _speeches() -> Mapping[str, Speech]:
    return speeches()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["paragraphs"] = paragraphs
    return environment


@functools.cache
def _style() -> tuple[CSS, FontConfiguration]:
    """Read once a process: looking for fonts is what takes longest."""
    fonts = FontConfiguration()
    return CSS(filename=str(STYLE), font_config=fonts), fonts


def lay_out(order: Order) -> Made:
    """One PDF with everybody's letter, in the order given; tagged unless it holds a brought PDF."""
    style, fonts = _style()
    variant = None if order.pdf else "pdf/ua-1"
    document = HTML(string=compose(order), base_url=str(HERE)).render(
        stylesheets=[style], font_config=fonts
    )
    data = document.write_pdf(pdf_tags=True, pdf_variant=variant)
    copies = [one.copy for one in order.envelopes]
    if order.pdf is None:
        return Made(data, copies, len(document.pages), tagged=True)
    laid = _with_brought(data, order)
    return Made(laid[0], copies, laid[1], tagged=False)


def compose(order: Order) -> str:
    """The letters as HTML."""
    danish = _speeches()[DEFAULT]
    letter = order.letter
    helps = [words for words in all_words(letter, _speeches()) if words.language != DEFAULT]
    code = say(N_("QR code to {address}"), address=order.address)
    values: dict[str, Any] = {
        "danish": words_of(letter, danish, order.address),
        "helps": helps,
        "envelopes": order.envelopes,
        "sender": letter.organisation_name,
        "detail": _detail(order),
        "qr": _qr(order.address) if order.address else "",
        "code": danish.say(code),
    }
    return _environment().get_template("letters/paper.html").render(values)


def _detail(order: Order) -> str:
    letter = order.letter
    parts = (
        *(letter.section_name, letter.office_name, letter.office_address),
        *(letter.office_phone, letter.office_email),
    )
    return " · ".join(part for part in parts if part)


def _qr(address: str) -> str:
    """A QR code as a picture that stands in the page itself."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def _with_brought(data: bytes, order: Order) -> tuple[bytes, int]:
    """Each household's cover followed by the brought PDF, whose own tags do not survive it."""
    covers = pypdf.PdfReader(io.BytesIO(data))
    brought = pypdf.PdfReader(io.BytesIO(order.pdf or b""))
    writer = pypdf.PdfWriter(clone_from=covers)
    starts = _starts(covers, order)
    for end in reversed([*starts[1:], len(covers.pages)]):
        for page in reversed(brought.pages):
            placed = writer.insert_page(page, end)
            placed.pop(NameObject("/StructParents"), None)
            placed.pop(NameObject("/Annots"), None)
            placed.pop(NameObject("/AA"), None)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), len(writer.pages)


def _starts(covers: pypdf.PdfReader, order: Order) -> list[int]:
    """The page on which each household's letter ends comes right before the next one's first."""
    ends = covers.named_destinations
    last = [
        covers.get_destination_page_number(ends[f"end-{one.copy}"]) or 0 for one in order.envelopes
    ]
    return [0, *(page + 1 for page in last[:-1])]
