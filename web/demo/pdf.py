"""Small PDFs of plain text, the same bytes for the same words, as offices save their texts."""

import textwrap
from collections.abc import Sequence
from datetime import date

LINE = 84
"""Letters of Helvetica in 11 points that stand beside each other on A4."""
LINES = 46
ESCAPED = {ord(letter): f"\\{letter}" for letter in "()\\"}


def paged(paragraphs: Sequence[str]) -> list[list[str]]:
    """Paragraphs as the lines of pages."""
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [*textwrap.wrap(paragraph, LINE), ""]
    return [lines[start : start + LINES] for start in range(0, len(lines), LINES)]


def text_pdf(title: str, paragraphs: Sequence[str], made_on: date) -> bytes:
    """A PDF 1.7 with a title, its language, and these paragraphs on as many pages as they take."""
    return _document(title, [_lines(page) for page in paged(paragraphs)], made_on)


def scan_pdf(title: str, made_on: date) -> bytes:
    """A page that somebody copied: strokes where lines of writing were, and no text."""
    strokes = "".join(f"64 {y} m {480 - y % 70} {y} l S\n" for y in range(760, 300, -18))
    return _document(title, [f"0.4 G 5 w\n{strokes}"], made_on)


def _document(title: str, pages: Sequence[str], made_on: date) -> bytes:
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (da-DK) /ViewerPreferences "
        b"<< /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_plain(title)}) /CreationDate (D:{made_on:%Y%m%d}090000Z) >>".encode(
            "cp1252", "replace"
        ),
    ]
    for number, drawn in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources "
            b"<< /Font << /F1 3 0 R >> >> /Contents " + f"{6 + 2 * number} 0 R >>".encode(),
            _content(drawn),
        ]
    return _written(objects)


def _plain(text: str) -> str:
    return text.translate(ESCAPED)


def _lines(lines: Sequence[str]) -> str:
    said = "".join(f"({_plain(line)}) Tj T*\n" for line in lines)
    return f"BT /F1 11 Tf 15 TL 64 770 Td\n{said}ET\n"


def _content(drawn: str) -> bytes:
    stream = drawn.encode("cp1252", "replace")
    return f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"endstream"


def _written(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start, size = len(out), len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += (
        f"trailer\n<< /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
