"""What a person's own rows are called where people read them: the columns, and their values."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from engagement.board.rules import PostKind
from engagement.cases.rules import Kind as CaseKind
from estate.codes.rules import Purpose
from estate.language import N_, Message, say, unpack
from estate.permissions import Role
from voting.papers.queries import kinds
from web.kinds import JOB_KIND, KIND

WORDS: Mapping[str, str] = {
    "title": N_("Headline"),
    "text": N_("Text"),
    "body": N_("Text"),
    "why": N_("Why"),
    "reason": N_("Reason"),
    "answer": N_("Answer"),
    "purpose": N_("What for"),
    "name": N_("Name"),
    "author_name": N_("Signed as"),
    "author_place": N_("Stairwell"),
    "asker_name": N_("Signed as"),
    "asker_place": N_("Stairwell"),
    "shown_name": N_("Signed as"),
    "venue": N_("Where"),
    "coming": N_("Coming"),
    "kind": N_("Kind"),
    "wanted": N_("Wanted"),
    "follows": N_("Followed"),
    "role": N_("Task"),
    "device": N_("Device"),
    "browser": N_("Browser"),
    "issuer": N_("Provider"),
    "subject": N_("Known there as"),
    "sent_to": N_("Sent to"),
    "to": N_("Sent to"),
    "address": N_("Page"),
    "verb": N_("What was done"),
    "tenant": N_("Tenant"),
    "adult": N_("Adult"),
    "happened_on": N_("It happened on"),
    "begun": N_("Begun at"),
    "lasted": N_("How long"),
    "answer_due_at": N_("Answer promised by"),
    "fix_due_at": N_("Repair promised by"),
    "posted_at": N_("Put up"),
    "written_at": N_("Written"),
    "replaced_at": N_("Replaced"),
    "started_at": N_("Begun"),
    "last_at": N_("Last written in"),
    "reported_at": N_("Reported"),
    "decided_at": N_("Decided"),
    "answered_at": N_("Answered"),
    "told_at": N_("Told"),
    "received_at": N_("Received"),
    "asked_at": N_("Asked for"),
    "opened_at": N_("Opened"),
    "added_at": N_("Added"),
    "linked_at": N_("Connected"),
    "issued_at": N_("Made"),
    "created_at": N_("Made"),
    "began_at": N_("Begun"),
    "seen_at": N_("Last used"),
    "used_at": N_("Used"),
    "given_at": N_("Given"),
    "at": N_("When"),
    "read_until": N_("Read until"),
    "starts_at": N_("From"),
    "starts_on": N_("From"),
    "ends_at": N_("Until"),
    "ends_on": N_("Until"),
    "expires_at": N_("Until"),
    "lifted_at": N_("Ended"),
    "ended_at": N_("Ended"),
    "since": N_("Followed since"),
    "face_text": N_("My line about how it went"),
    "let_in": N_("You may let yourselves in"),
    "times": N_("When it suits you"),
    "pets": N_("Pets"),
    "withdrawn_at": N_("Taken back"),
    "hidden_at": N_("Hidden by the board"),
}
"""The columns people read, in the order in which they read them."""

UNSAID = frozenset(
    {
        *("about", "asker_read_at", "attempts", "audience", "author_read_at", "author_role"),
        *("began", "bumped_at", "carried", "changed_at", "channel", "comment_count", "count"),
        *("code_expires_at", "confirmed_at", "chosen_at", "cover", "decision", "details"),
        *("digested_at", "done", "done_at", "due_at", "edited_at", "ending", "erased_at", "given"),
        *("answer_language", "heard_at", "height", "holder", "language", "leased_until", "listed"),
        *("locked_at", "merge_key", "n", "opened", "origin", "over_at", "owner_kind", "phase"),
        *("photo_count", "pinned_at", "place", "planned_at", "refusal", "repeated", "result"),
        *("scope_kind", "secret", "settled_at", "sign_count", "silent_since", "size", "state"),
        *("template", "texted", "thing_kind", "topic", "total", "trouble", "until", "urgency"),
        *("urgent", "values", "version", "waiting", "width", "wrong", "reference_kind", "digest"),
        *("affected", "answers", "by_staff", "category", "closed_at", "face", "made_at", "outcome"),
        *("phrase", "reopened", "seen", "staffs_turn", "step", "system", "visits", "why_more"),
        *("clamped", "offset_seconds", "pause", "said_at"),
        *("revoked_at", "lags", "afterword", "texts", "to_server", "lines", "id", "trusted"),
    }
)
"""Columns of numbers, states and technical marks, which only the file for programs has."""

ROLES: Mapping[Role, str] = {
    Role.BOARD: N_("Member of the section’s board"),
    Role.CHAIR: N_("Chair of the section’s board"),
    Role.COMMITTEE: N_("Member of a committee"),
    Role.TELLER: N_("Counts votes"),
    Role.CARETAKER: N_("Caretaker"),
    Role.OFFICE: N_("The office"),
    Role.EDITOR: N_("The project team"),
    Role.PARTNER: N_("The partnership’s lead"),
    Role.ORGANISATION: N_("The housing organisation"),
    Role.AUDITOR: N_("Auditor"),
}

POST_KINDS: Mapping[PostKind, str] = {
    PostKind.BORROW: N_("Borrow"),
    PostKind.GIVE: N_("Give away"),
    PostKind.HELP: N_("Help"),
    PostKind.EVENT: N_("Event"),
    PostKind.LOST: N_("Lost and found"),
    PostKind.OTHER: N_("Other"),
}

CASE_KINDS: Mapping[CaseKind, str] = {
    CaseKind.MESSAGE: N_("Message"),
    CaseKind.FAULT: N_("Fault"),
    CaseKind.COMPLAINT: N_("Complaint"),
}

CODES: Mapping[Purpose, str] = {
    Purpose.SIGN_IN: N_("To sign in"),
    Purpose.CONFIRM: N_("To confirm that it was me"),
    Purpose.ADDRESS: N_("To change my e-mail address"),
    Purpose.NUMBER: N_("To change my phone number"),
}

DEEDS: Mapping[str, str] = {
    "issued_card": N_("The office made a household card for me"),
    "issued_link": N_("Somebody made a link or a code for me to sign in"),
}
"""What others do on somebody's behalf, by its verb."""


def _known(words: Mapping[Any, str]) -> Callable[[Any], Message | None]:
    return lambda mark: say(words[mark]) if mark in words else None


VALUES: Mapping[tuple[str, str], Callable[[Any], object]] = {
    ("post", "kind"): _known(POST_KINDS),
    ("sign_in_code", "purpose"): _known(CODES),
    ("paper_follow", "kind"): lambda kind: kinds().get(kind),
    ("preference", "kind"): _known({key: kind.label for key, kind in KIND.items()}),
    ("role_holding", "role"): _known(ROLES),
    ("deed", "verb"): _known(DEEDS),
    ("case", "kind"): _known(CASE_KINDS),
    ("job", "kind"): _known({key: kind.label for key, kind in JOB_KIND.items()}),
    ("consent", "purpose"): lambda _: None,
}
"""What is kept as a mark, by what says it: a message, or a kind of paper with its names.

None where no sentence stands for it: the file for programs has the mark.
"""


def notification(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A notification as its reader was told it."""
    values = {"count": row["count"], **unpack(row["values"])}
    return {
        "title": Message(row["title"], values),
        "body": Message(row["body"], values),
        "created_at": row["created_at"],
    }


ROWS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "notification": notification
}
"""Rows that are read otherwise than column by column."""


WRITTEN: Mapping[str, str] = {
    **dict.fromkeys(("title", "text", "why", "reason", "venue"), "language"),
    "answer": "answer_language",
}
"""What somebody wrote, and the column that says in which language."""


class Said(NamedTuple):
    """One thing of a row: what it is called, what it is, and its language where it was written."""

    label: Message
    value: Any
    language: str = ""


def said(table: str, row: Mapping[str, Any]) -> list[Said]:
    """A row as people read it; nothing empty."""
    whole = ROWS[table](row) if table in ROWS else row
    found = []
    for column, label in WORDS.items():
        value = whole.get(column)
        if value in (None, "", [], {}) or isinstance(value, dict | list):
            continue
        translate = VALUES.get((table, column))
        told = translate(value) if translate else value
        tongue = row.get(WRITTEN.get(column, "")) or ""
        if told is not None:
            found.append(Said(say(label), told, tongue))
    return found
