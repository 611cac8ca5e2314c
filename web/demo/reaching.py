"""How some of the cast are reached: a confirmed number that wishes SMS, and a household card."""

from datetime import date, time, timedelta
from random import Random

from engagement.announcing.rules import SERVICE_MESSAGE
from estate.audit.models import Deed
from estate.cards.models import Card
from estate.notifications.models import Preference
from estate.notifications.rules import Channel
from estate.people.models import Member, Person
from web.demo.estate import Ground
from web.demo.people import Town, at
from web.demo.rows import Rows


def reach(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Amina's phone, and the card of Bent, who has neither e-mail nor phone."""
    _texted(rows, town.persons["Amina Haddad"], today)
    _carded(rows, ground, town, today, chance)


def _texted(rows: Rows, person: int, today: date) -> None:
    """The administration's number is their own, and what cannot wait comes to it."""
    row = rows.of(Person)[person - 1]
    row["phone"] = row["contact_number"]
    row["phone_confirmed_at"] = at(today - timedelta(days=60), time(18, 5))
    rows.add(
        Preference, person_id=person, kind=SERVICE_MESSAGE.name, channel=Channel.SMS, wanted=True
    )


def _carded(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Made at the counter in spring and used since; no paper has its code."""
    person, office = town.cast["Bent Sørensen"].person, town.persons["Lone Mikkelsen"]
    row = rows.of(Person)[person - 1]
    row["contact_phone"] = row["contact_number"] = None
    (home,) = [member for member in rows.of(Member) if member["person_id"] == person]
    issued = at(today - timedelta(days=190), time(10, 20))
    rows.add(
        Card,
        person_id=person,
        household_id=home["household_id"],
        code_hash=f"{chance.getrandbits(256):064x}",
        pin_hash=f"{chance.getrandbits(128):032x}${chance.getrandbits(256):064x}",
        issued_by_id=office,
        issued_at=issued,
        chosen_at=issued + timedelta(hours=5),
        used_at=at(today - timedelta(days=2), time(16, 40)),
    )
    rows.add(
        Deed,
        at=issued,
        actor_id=office,
        on_behalf_of_id=person,
        organisation_id=ground.section_organisation[town.cast["Bent Sørensen"].dwelling.section],
        verb="issued_card",
        thing_kind="person",
        thing_id=person,
        details={},
    )
