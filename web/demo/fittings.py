"""The cards of homes and parts: what the caretakers have written down over the years."""

from datetime import date, time, timedelta
from random import Random
from typing import Any

from engagement.fittings.models import CardChange, Fitting, ShutOff
from engagement.fittings.rules import Doing
from estate.places.models import Part
from web.demo.estate import Ground
from web.demo.material import Told, told
from web.demo.people import Town, at
from web.demo.rows import Rows

KNOWN = 0.6
"""Of so many homes somebody has written a card."""


def fit(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Most homes, the first resident's among them, and the parts that have something to replace."""
    plan, caretaker = told("fittings"), town.persons["Kenneth Møller"]
    own = town.cast["Amina Haddad"].dwelling.home
    for dwelling in ground.dwellings:
        if dwelling.home != own and chance.random() > KNOWN:
            continue
        place = {"section_id": dwelling.section, "home_id": dwelling.home}
        day = today - timedelta(days=chance.randrange(30, 600))
        for one in plan["home"]:
            year = chance.randint(*one["years"])
            _fitting(rows, one, place, chance, day, caretaker, year=year, room=one["room"])
        rows.add(
            ShutOff,
            **place,
            stopcock=chance.choice(plan["shut"]["stopcocks"]),
            fuse=chance.choice(plan["shut"]["fuses"]),
        )
    systems = {one["system"]: one for one in plan["part"]}
    for part in rows.of(Part):
        if part["system"] in systems:
            place = {"section_id": part["section_id"], "part_id": part["id"]}
            day = today - timedelta(days=chance.randrange(30, 600))
            _fitting(rows, systems[part["system"]], place, chance, day, caretaker)


def _fitting(
    rows: Rows,
    plan: Told,
    place: dict[str, int],
    chance: Random,
    day: date,
    caretaker: int,
    **more: Any,
) -> None:
    make, model = chance.choice(plan["choices"])
    moment = at(day, time(10, 30))
    number = rows.add(
        Fitting, **place, kind=plan["kind"], make=make, model=model, added_at=moment, **more
    )
    rows.add(
        CardChange,
        **place,
        fitting_id=number,
        doing=Doing.ADDED,
        before={},
        at=moment,
        by_id=caretaker,
    )
