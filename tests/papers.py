"""Papers for tests: published by somebody of the estate, and PDFs that mean well or harm."""

import io
import zlib
from datetime import date

from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from sqlalchemy.orm import Session

from estate import clock
from estate.files.store import PdfStore
from estate.jobs.actions import Task, advance, take
from estate.permissions import Permission, Scope, scope
from tests.builders import Estate, reader
from voting.papers import actions
from voting.papers.actions import Brought, Published
from voting.papers.queries import kinds
from voting.papers.rules import Draft, Home
from web.demo.pdf import text_pdf
from web.kinds import JOB_KIND

RULES = (
    "# Vask\n\nVaskekælderen er åben fra kl. 7 til 21.\n\n# Gården\n\nGrill er tilladt i gården."
)


def reading(session: Session, estate: Estate, name: str) -> Scope:
    """What somebody reads of the papers."""
    return scope(reader(session, estate.people[name]), Permission.READ_PAPERS)


def publishing(session: Session, estate: Estate, name: str = "office") -> Scope:
    """Where somebody publishes."""
    return scope(reader(session, estate.people[name]), Permission.PUBLISH_PAPERS)


def draft(estate: Estate, kind: str = "house_rules", text: str = RULES, **more: object) -> Draft:
    """A draft of North's section that holds from today."""
    values = {
        "kind": kinds()[kind],
        "home": Home(estate.north, estate.section),
        "title": "",
        "day": None,
        "valid_from": clock.today(),
        "text": text,
        **more,
    }
    return Draft(**values)  # type: ignore[arg-type]


def publish(
    session: Session,
    estate: Estate,
    store: PdfStore,
    kind: str = "house_rules",
    *,
    by: str = "office",
    pdf: bytes | None = None,
    **more: object,
) -> Published:
    """Publish a paper of North's section."""
    brought = Brought("papir.pdf", pdf) if pdf else None
    wanted = draft(estate, kind, **({"text": "", "pdf": True} if pdf else {}), **more)
    own = publishing(session, estate, by)
    return actions.publish(session, store, own, wanted, brought, clock.now())


def work(session: Session, store: PdfStore, *kinds_wanted: str) -> int:
    """Do all jobs that wait, but for those of other kinds; returns how many steps it took."""
    folder = store.folder.with_name("jobs")
    steps = 0
    while (task := take(session, "test", clock.now())) is not None:
        following: Task | None = task
        while following is not None:
            steps += 1
            if kinds_wanted and task.kind not in kinds_wanted:
                break
            kind = JOB_KIND[task.kind]
            if kind.beforehand is not None:
                following = following._replace(found=kind.beforehand(following, folder))
            progress = kind.step(session, following, folder)
            following = advance(session, following, progress, clock.now())
        session.flush()
    return steps


def minutes_pdf(*paragraphs: str, pages: int = 1) -> bytes:
    """A PDF with a text layer."""
    said = paragraphs or ("Referat af bestyrelsesmødet: cykelskuret får nyt tag til foråret.",)
    return text_pdf("Referat", [*said] * pages, date(2024, 5, 14))


def scanned_pdf() -> bytes:
    """A page without any text, as a scanner makes it."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    return written(writer)


def locked_pdf() -> bytes:
    """A PDF under a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(minutes_pdf())))
    writer.encrypt("hemmeligt", algorithm="RC4-128")
    return written(writer)


def many_pages(count: int) -> bytes:
    """A PDF of so many empty pages."""
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    return written(writer)


def lively_pdf() -> bytes:
    """A PDF with a script and a file in it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(minutes_pdf())))
    writer.add_open_action(JavaScript("app.alert('hej');"))
    writer.add_attachment("virus.exe", b"MZ")
    return written(writer)


def bomb_pdf(megabytes: int = 300) -> bytes:
    """A page whose text unpacks to very much."""
    packed = zlib.compressobj(9)
    block = b"(aaaaaaaaaaaaaaaa) Tj T* " * 40_000
    stream = b"".join(packed.compress(block) for _ in range(megabytes)) + packed.flush()
    plain = minutes_pdf()
    start = plain.index(b"<< /Length")
    end = plain.index(b"endstream", start)
    head = f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
    return plain[:start] + head + stream + b"\n" + plain[end:]


def written(writer: PdfWriter) -> bytes:
    """The PDF as bytes."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
