"""An item of the maintenance plan that was done once, for the walks."""

from datetime import timedelta

from sqlalchemy.orm import Session

from engagement.plans import actions as plans
from engagement.plans.rules import Follows, Recurrence, Wording
from estate import clock
from estate.permissions import Permission, scope
from tests.builders import Estate, reader


def plan(session: Session, estate: Estate) -> dict[str, object]:
    """The gutters of amina's section, cleaned yesterday."""
    keeper = scope(reader(session, estate.people["caretaker"]), Permission.KEEP_PLAN)
    day = clock.today() - timedelta(days=1)
    yearly = Recurrence("FREQ=YEARLY", day, spare=20, follows=Follows.FINISH)
    gutters = Wording(estate.section, None, "Rens tagrender", "Taget", "Husk sele.", yearly, 90)
    number = plans.add(session, keeper, gutters)
    plans.say_done(session, keeper, number, day, day, 75, "En skål er revnet.", clock.now())
    return {"plan_item": number, "planned_section": estate.section}
