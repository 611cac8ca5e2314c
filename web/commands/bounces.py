"""`opgang note-bounce`: a mail came back; what it proved is undone, and its letter printed."""

import sys

from rich.console import Console

from estate import clock
from estate.mails.actions import note_returned
from estate.proof import actions as proof
from web.bounces import read_bounce
from web.commands.ground import opened_database, read_settings

LARGEST = 10_000_000
"""Bytes read of one report; what it gives back of the mail stands far before."""


def note_bounce() -> None:
    """Note that a mail came back, from the mail server's report on standard input (RFC 3464).

    For an alias of the mail server behind OPGANG_MAIL_FROM. A mail that is no such report, or not
    about a mail of this installation, changes nothing.

    Example: opgang note-bounce < report.eml
    """
    settings = read_settings()
    console = Console(soft_wrap=True, highlight=False)
    bounce = read_bounce(sys.stdin.buffer.read(LARGEST))
    called, _, host = bounce.message_id.partition("@") if bounce else ("", "", "")
    if bounce is None or host != settings.host:
        console.print("This is no report of a mail of ours that came back. Nothing is changed.")
        return
    with opened_database(settings) as database, database.write() as session:
        mail = note_returned(session, called, bounce.why)
        letter = mail is not None and proof.note_returned(session, mail, clock.now())
    if mail is None:
        console.print(f"There is no mail {called} any more. Nothing is changed.")
    else:
        console.print(f"Mail {mail} came back{', and its letter is looked after' * letter}.")
