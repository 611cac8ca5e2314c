"""What was done and written down: letters printed and used, and the board's own deeds."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from engagement.board.models import Post
from engagement.comments.models import Comment
from engagement.moderation.models import Ruling
from engagement.notices.models import Notice
from engagement.pauses.models import PostingPause
from engagement.threads.models import Thread
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.invitations.models import Invitation, InvitationUse
from estate.people.models import Household, Member, Person
from web.demo.estate import Ground
from web.demo.people import Town, at
from web.demo.rows import Rows

LETTERS = 40
LASTS = timedelta(days=60)
A_YEAR = timedelta(days=365)
DEVICES = (("Safari", "iPhone"), ("Chrome", "Android"), ("Samsung Internet", "Android"))


def write_down(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Letters of the last weeks, and a deed for everything that asks for one."""
    _letters(rows, ground, town, today, chance)
    _devices(rows, today, chance)
    for post in rows.of(Post):
        if post["pinned_at"]:
            _deed(rows, post["pinned_at"], post["author_id"], "pinned", ("post", post["id"]))
        if post["withdrawn_at"]:
            _deed(rows, post["withdrawn_at"], post["author_id"], "withdrawn", ("post", post["id"]))
    for notice in rows.of(Notice):
        _deed(rows, notice["written_at"], notice["author_id"], "written", ("notice", notice["id"]))
    for ruling in rows.of(Ruling):
        thing = (ruling["thing_kind"].value, ruling["thing_id"])
        _deed(rows, ruling["decided_at"], ruling["decided_by_id"], ruling["decision"].value, thing)
    for pause in rows.of(PostingPause):
        days = (pause["ends_at"] - pause["starts_at"]).days
        thing = ("person", pause["person_id"])
        by = pause["paused_by_id"]
        _deed(rows, pause["starts_at"], by, "posting_paused", thing, days=days)
    rows.of(Deed).sort(key=lambda deed: deed["at"])
    for number, deed in enumerate(rows.of(Deed), 1):
        deed["id"] = number


def _letters(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Invitations the office printed; in some households somebody has come in by one."""
    office = town.persons["Lone Mikkelsen"]
    people = rows.of(Person)
    organisations = {d.home: ground.section_organisation[d.section] for d in ground.dwellings}
    homes = [row for row in rows.of(Household) if row["ends_on"] is None]
    for household in chance.sample(homes, LETTERS):
        printed = at(today - timedelta(days=chance.randrange(3, 50)), time(9, 40))
        letter = rows.add(
            Invitation,
            household_id=household["id"],
            code_hash=f"{chance.getrandbits(256):064x}",
            printed_by_id=office,
            created_at=printed,
            expires_at=printed + LASTS,
        )
        thing = ("household", household["id"])
        where = organisations[household["home_id"]]
        _deed(rows, printed, office, "printed_letter", thing, organisation=where)
        for member in rows.of(Member):
            here = member["household_id"] == household["id"] and member["adult"]
            if here and people[member["person_id"] - 1]["email"] and chance.random() < 0.8:
                used = printed + timedelta(hours=chance.randrange(20, 47))
                person = member["person_id"]
                rows.add(InvitationUse, invitation_id=letter, person_id=person, used_at=used)


def _devices(rows: Rows, today: date, chance: Random) -> None:
    """A signed-in device for everybody who has an account here or has written anything."""
    written = ((Post, "author_id"), (Comment, "author_id"), (Thread, "asker_id"))
    wrote = {row[column] for table, column in written for row in rows.of(table)}
    people = rows.of(Person)
    living = {
        row["person_id"] for row in rows.of(Member) if row["ends_on"] is None and row["adult"]
    }
    for person in sorted(living):
        if not people[person - 1]["email"] and person not in wrote:
            continue
        began = at(today - timedelta(days=chance.randrange(2, 300)), time(19, 5))
        browser, device = chance.choice(DEVICES)
        rows.add(
            SignInSession,
            token_hash=f"{chance.getrandbits(256):064x}",
            person_id=person,
            began=Beginning.EMAIL if people[person - 1]["email"] else Beginning.INVITATION,
            began_at=began,
            seen_at=at(today - timedelta(days=chance.choice((1, 1, 2, 4, 9))), time(20)),
            expires_at=began + A_YEAR,
            browser=browser,
            device=device,
        )


def _deed(
    rows: Rows,
    moment: datetime,
    actor: int | None,
    verb: str,
    thing: tuple[str, int],
    *,
    organisation: int | None = None,
    **details: Any,
) -> None:
    rows.add(
        Deed,
        at=moment,
        actor_id=actor,
        organisation_id=organisation,
        verb=verb,
        thing_kind=thing[0],
        thing_id=thing[1],
        details=details,
    )
