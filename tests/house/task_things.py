"""Tasks of the caretaker for the walks: one whose clock runs, one that is free, one of a case."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.guides import actions as guides
from engagement.guides.rules import Draft as GuideDraft
from engagement.tasks import actions as tasks
from engagement.tasks.models import TaskEntry
from engagement.tasks.rules import Draft, Kind, Place
from estate import clock
from estate.permissions import Permission, scope
from estate.photos.store import Store, prepare
from tests.builders import Estate, reader
from tests.pictures import picture


def work(session: Session, estate: Estate, store: Store) -> dict[str, object]:
    """The caretaker began to sweep and wrote a note with a photo; a lamp is free for anybody."""
    now = clock.now()
    caretaker = scope(reader(session, estate.people["caretaker"]), Permission.DO_TASKS)
    place = Place(min(caretaker.sections))
    sweep = Draft(Kind.AD_HOC, "Fej kældergangen", "cleaning", estimate=30, due=clock.today())
    task = tasks.open_task(
        session, sweep, place, now, by=caretaker.person, assignee=caretaker.person
    )
    tasks.start(session, caretaker, task, None, now)
    pictures = [prepare(picture())]
    tasks.note(session, caretaker, task, "Der lå glas.", "da", pictures, store, None, now)
    entry = session.scalars(
        select(TaskEntry.id).where(TaskEntry.task_id == task, TaskEntry.text != "")
    ).first()
    tasks.open_task(session, Draft(Kind.AD_HOC, "Skift lampe 14", "repair"), place, now)
    keeper = scope(reader(session, estate.people["office"]), Permission.KEEP_PLAN)
    how = GuideDraft(estate.north, "heating", "Luft radiatorer ud", "Sluk pumpen.\nÅbn skruen.")
    guide = guides.write(session, keeper, how, "da", [prepare(picture())], store, now)
    return {"guide": guide, "task": task, "task_entry": entry}
