"""Sending mails: over SMTP where it is set up, else as `.eml` files in `var/outbox`.

smtplib in a thread, not an asynchronous client: a few mails a minute need no further dependency.
"""

import asyncio
import contextlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from estate import clock
from estate.database import Database
from estate.language import DEFAULT, unpack_message
from estate.mails import actions as mails
from estate.mails.actions import OutgoingMail
from estate.mails.rules import stamp
from estate.settings import Settings
from web.catalogues import Speech

log = structlog.get_logger("opgang.mail")

TOGETHER = 5
"""Mails claimed at once and sent over one connection."""

PATIENCE = 20.0
"""Seconds a mail server may take for an answer: four of them, and a mail is on its way."""

FRESH = timedelta(seconds=20)
"""A lease not older than that lasts for one mail, however slow the server is."""


def mail_from(settings: Settings) -> str:
    """Who mails come from."""
    return settings.mail_from or f"Opgang <opgang@{settings.host}>"


def compose(outgoing: OutgoingMail, speech: Speech, settings: Settings) -> EmailMessage:
    """A mail in its reader's language. Its Message-ID stays the same however often it is sent."""
    message = EmailMessage()
    message["Subject"] = speech.say(unpack_message(outgoing.subject)).replace("\n", " ")
    message["From"] = mail_from(settings)
    message["To"] = outgoing.to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{stamp(outgoing.mail, outgoing.created_at)}@{settings.host}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [speech.say(unpack_message(line)) for line in outgoing.lines]
    message.set_content("\n\n".join(lines) + "\n")
    message["Content-Language"] = speech.language
    return message


class NotTaken(Exception):
    """Said of one mail that was not taken; those behind it may be."""


class Undeliverable(NotTaken):
    """Said of one that will not be taken, however often it is tried."""


class Files:
    """Mails as files, for a machine without a mail server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write one file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = str(message["Message-ID"]).strip("<>").partition("@")[0]
        name = f"{clock.now():%Y%m%dT%H%M%S}-{number}"
        fresh = self.folder / f".{name}.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes(bytes(message))
        fresh.replace(self.folder / f"{name}.eml")


class Smtp:
    """A mail server, for as long as one connection lasts."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self._connection = connection

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over; NotTaken when the server takes not this one, but may take others."""
        try:
            self._connection.send_message(message)
        except smtplib.SMTPException as refusal:
            if not self._goes_on():
                raise
            kind = Undeliverable if _for_good(refusal) else NotTaken
            raise kind(str(refusal)) from refusal

    def _goes_on(self) -> bool:
        try:
            self._connection.rset()
        except OSError:
            return False
        return True


def plainly(trouble: Exception) -> str:
    """What went wrong, for the log: not in the server's words, which repeat the address."""
    cause = trouble.__cause__ or trouble
    if isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPException):
        return str(cause)
    codes = [getattr(cause, "smtp_code", None)]
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in cause.recipients.values()]
    return " ".join([type(cause).__name__, *(str(code) for code in codes if code)])


def _for_good(refusal: smtplib.SMTPException) -> bool:
    """Whether trying this mail again is in vain. A refused sender is our own mistake: it is not."""
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in refusal.recipients.values())
    if isinstance(refusal, smtplib.SMTPDataError):
        return refusal.smtp_code >= 500
    # An address in letters that this server does not know (RFC 6531).
    return isinstance(refusal, smtplib.SMTPNotSupportedError)


@contextlib.contextmanager
def post_office(settings: Settings) -> Iterator[Files | Smtp]:
    """Where mails go: `smtp://user:password@host:port?starttls`, `smtps://…`, or files."""
    if not settings.smtp_url:
        yield Files(settings.data / "outbox")
        return
    parts = urlsplit(settings.smtp_url)
    host = parts.hostname or "localhost"
    secure = ssl.create_default_context()
    connection: smtplib.SMTP
    if parts.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=secure)
    else:
        connection = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE)
    with connection:
        if "starttls" in parse_qs(parts.query, keep_blank_values=True):
            connection.starttls(context=secure)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        yield Smtp(connection)


class Postman:
    """Takes due mails out of the outbox and sends them."""

    def __init__(
        self, database: Database, settings: Settings, speeches: Mapping[str, Speech]
    ) -> None:
        self.database = database
        self.settings = settings
        self.speeches = speeches

    async def send_due(self) -> int:
        """Send all that is due; returns how many left the house."""
        sent = 0
        while True:
            claimed, left = await asyncio.to_thread(self._round)
            sent += left
            if not claimed:
                return sent

    def _round(self) -> tuple[int, int]:
        leased = clock.now()
        with self.database.write() as session:
            claimed = mails.claim(session, leased, TOGETHER)
        if not claimed:
            return 0, 0
        waiting, sent = list(claimed), 0
        try:
            with post_office(self.settings) as office:
                while waiting:
                    if clock.now() - leased > FRESH:
                        leased = clock.now()
                        waiting = self._keep(waiting, leased)
                        continue
                    sent += self._send(office, waiting[0])
                    waiting.pop(0)
        except OSError as trouble:  # the server is away: nothing is wrong with the mails
            log.warning("mail not sent", error=plainly(trouble), waiting=len(waiting))
            for outgoing in waiting:
                self._note_failure(outgoing, str(trouble), final=False)
        return len(claimed), sent

    def _keep(self, waiting: Sequence[OutgoingMail], now: datetime) -> list[OutgoingMail]:
        """What of it nobody else has taken meanwhile, because this server took too long."""
        with self.database.write() as session:
            return list(mails.keep(session, waiting, now))

    def _send(self, office: Files | Smtp, outgoing: OutgoingMail) -> bool:
        speech = self.speeches.get(outgoing.language) or self.speeches[DEFAULT]
        try:
            office.send(compose(outgoing, speech, self.settings))
        except (Undeliverable, LookupError, ValueError) as trouble:
            log.warning("mail given up", mail=outgoing.mail, error=plainly(trouble))
            self._note_failure(outgoing, str(trouble), final=True)
            return False
        except NotTaken as trouble:
            log.warning("mail put off", mail=outgoing.mail, error=plainly(trouble))
            self._note_failure(outgoing, str(trouble), final=False)
            return False
        with self.database.write() as session:
            taken = isinstance(office, Smtp)
            mails.note_sent(session, outgoing, clock.now(), to_server=taken)
        return True

    def _note_failure(self, outgoing: OutgoingMail, trouble: str, *, final: bool) -> None:
        with self.database.write() as session:
            mails.note_failed(session, outgoing, trouble, clock.now(), final=final)
