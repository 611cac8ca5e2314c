"""Letters on paper: what is printed, what lies in the caretaker's hand, what is noted at a door."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.giving.actions import give_notice, hand_out
from estate.jobs.actions import TakenOver, Task, advance
from estate.jobs.models import Job, JobState
from estate.jobs.queries import job_by_id
from estate.jobs.rules import Progress
from estate.letters.rules import Draft, PlaceKind
from estate.people.models import Household
from estate.people.rules import LetterChannel
from estate.permissions import Permission, Scope, scope
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.queries import letters_in
from estate.proof.rules import Manner, Outcome
from estate.refusals import Missing, Refused
from estate.rounds import actions as rounds
from estate.rounds import queries
from estate.rounds.actions import Made
from estate.rounds.models import PrintFile
from estate.rounds.queries import envelopes, round_count, round_places
from estate.rounds.rules import PRINTING_JOB
from tests.builders import Estate, build_estate, reader

HERE = "http://localhost:8000"
A_DAY = timedelta(days=1)


def on_paper(session: Session, estate: Estate) -> int:
    """A letter that each household of North's section is to have on paper."""
    session.execute(update(Household).values(channel=LetterChannel.PAPER))
    said = {"da": ("Nye vinduer", "Vi skifter vinduer i uge 9.")}
    draft = Draft(estate.section, "works", said, [(PlaceKind.SECTION, estate.section)])
    letter = give_notice(session, draft, estate.people["office"], HERE)
    given = {"letter": letter, "base": HERE, "total": 4, "after": 0}
    hand_out(session, Task("", 0, "give_letter", None, given, 0, 0, 0), Path())
    return letter


def printed(session: Session, estate: Estate) -> Mapping[str, int]:
    """A letter printed for each household of North's section: the copies by name."""
    letter = on_paper(session, estate)
    mine = LetterCopy.letter_id == letter
    session.execute(update(LetterCopy).where(mine).values(printed_at=clock.now()))
    rows = session.execute(select(LetterCopy.household_id, LetterCopy.id).where(mine))
    copies = {row[0]: row[1] for row in rows}
    names = ("amina", "yasmin", "jonas", "bent")
    return {name: copies[estate.households[name]] for name in names}


def caretaker(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["caretaker"]), Permission.DELIVER_LETTERS)


def office(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)


def delivered(session: Session, copy: int) -> Manner | None:
    session.expire_all()
    return session.get_one(LetterCopy, copy).delivered_how


def move_out(session: Session, household: int) -> None:
    """They lived there until yesterday."""
    gone = update(Household).where(Household.id == household)
    session.execute(gone.values(ends_on=clock.today() - A_DAY))


def ask_to_print(session: Session, estate: Estate, letter: int, *, again: bool = False) -> Task:
    """The office asks; the job as its steps see it."""
    job = rounds.ask_to_print(session, office(session, estate), letter, HERE, again=again)
    row = session.get_one(Job, job)
    return Task("test", job, row.kind, row.owner_id, row.given, 0, 0, 0)


def lay_out(session: Session, task: Task, folder: Path) -> None:
    """Leave a print file for each stairwell of a job, and take them in."""
    for door, _ in task.given["doors"]:
        found = envelopes(session, task.given["letter"], door, clock.today(), again=True)
        laid_out = Made(b"%PDF-1.7 brev", [one.copy for one in found], len(found), tagged=True)
        rounds.leave_made(folder / f"{task.job}-{door}.order", laid_out)
    assert rounds.note_printed(session, task, folder).finished


def test_nothing_is_to_be_printed_for_who_moved_out(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter, today = on_paper(session, estate), clock.today()
        move_out(session, estate.households["bent"])
        (line,) = letters_in(session, office(session, estate), today, None, 10)
        assert (line.copies, line.to_print) == (4, 3)
        assert sum(place.to_print for place in queries.print_places(session, letter, today)) == 3


def test_letters_are_laid_out_once_at_a_time(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with database.write() as session:
        estate = build_estate(session)
        letter = on_paper(session, estate)
        task = ask_to_print(session, estate, letter)
        with pytest.raises(Refused):
            ask_to_print(session, estate, letter)
        assert session.scalars(select(Job.id).where(Job.kind == PRINTING_JOB)).all() == [task.job]
        lay_out(session, task, folder)
        session.execute(update(Job).where(Job.id == task.job).values(state=JobState.DONE))
        later = ask_to_print(session, estate, letter, again=True)
        lay_out(session, later, folder)
        batches = session.execute(select(PrintFile.batch, func.count()).group_by(PrintFile.batch))
        assert {row[0]: row[1] for row in batches} == {1: 3, 2: 3}


def test_a_printing_that_was_given_up_can_be_asked_for_again(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with database.write() as session:
        estate = build_estate(session)
        letter = on_paper(session, estate)
        first = ask_to_print(session, estate, letter)
        session.execute(update(Job).where(Job.id == first.job).values(state=JobState.FAILED))
        lay_out(session, ask_to_print(session, estate, letter), folder)
        assert set(session.scalars(select(PrintFile.batch))) == {1}


def test_a_print_file_that_is_written_twice_is_never_seen_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = tmp_path / "7-3.order"
    rounds.leave_made(order, Made(b"%PDF-1.7 whole", [1, 2], 2, tagged=True))

    def cut_off(file: Path, data: bytes) -> int:
        with file.open("wb") as out:
            out.write(data[:4])
        raise OSError("the disk is full")

    again = Made(b"%PDF-1.7 again", [1, 2], 2, tagged=True)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", cut_off)
        with pytest.raises(OSError, match="full"):
            rounds.leave_made(order, again)
    found = rounds.made(tmp_path, 7, 3)
    assert found == Made(b"%PDF-1.7 whole", [1, 2], 2, tagged=True)
    # What another laid out goes with the note of its own.
    rounds.leave_made(order, Made(b"%PDF-1.7 later", [2], 1, tagged=True))
    found = rounds.made(tmp_path, 7, 3)
    assert found == Made(b"%PDF-1.7 later", [2], 1, tagged=True)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def on_the_round(session: Session, estate: Estate) -> list[tuple[int, bool]]:
    """The copies on the caretaker's page, and whether each is ticked off."""
    found = round_places(session, caretaker(session, estate), clock.now(), clock.today())
    return [(door.copy, door.done) for place in found for door in place.doors]


def test_what_is_ticked_off_takes_no_room_from_what_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        copies = printed(session, estate)
        by = caretaker(session, estate)
        monkeypatch.setattr(queries, "DOORS", 2)
        monkeypatch.setattr(queries, "UNDOABLE", 1)
        first, second = [copy for copy, _ in on_the_round(session, estate)]
        for copy in (first, second):
            rounds.tick(session, by, copy, Outcome.LETTERBOX, "", clock.now())
        rest = set(copies.values()) - {first, second}
        # The two that wait, and of those ticked off the one that was last.
        assert dict(on_the_round(session, estate)) == dict.fromkeys(rest, False) | {second: True}
        assert round_count(session, by, clock.today()) == 2


def test_only_what_is_printed_is_ticked_off(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        on_paper(session, estate)
        by = caretaker(session, estate)
        copy = session.scalars(select(LetterCopy.id)).first()
        assert copy is not None
        with pytest.raises(Missing):
            rounds.tick(session, by, copy, Outcome.LETTERBOX, "", clock.now())
        assert delivered(session, copy) is None


def test_nothing_is_handed_over_to_who_moved_out(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        copies = printed(session, estate)
        by, now = caretaker(session, estate), clock.now()
        move_out(session, estate.households["amina"])
        for outcome in (Outcome.LETTERBOX, Outcome.HANDED):
            with pytest.raises(Refused):
                rounds.tick(session, by, copies["amina"], outcome, "", now)
        assert delivered(session, copies["amina"]) is None
        rounds.tick(session, by, copies["amina"], Outcome.NOT_POSSIBLE, "wrong_name", now)
        assert session.scalars(select(DoorVisit.outcome)).all() == [Outcome.NOT_POSSIBLE]


MONDAY = datetime(2026, 11, 23, 8, tzinfo=clock.LOCAL)
TUESDAY, WEDNESDAY = MONDAY + A_DAY, MONDAY + 2 * A_DAY


@pytest.mark.parametrize(
    ("made", "at"),
    [
        (None, WEDNESDAY),  # noted at the door itself
        (TUESDAY, TUESDAY),
        (WEDNESDAY + A_DAY, WEDNESDAY),  # nobody was there tomorrow
        (MONDAY - A_DAY, MONDAY),  # nor before it was printed
    ],
)
def test_what_counts_is_when_somebody_stood_at_the_door(
    database: Database, made: datetime | None, at: datetime
) -> None:
    with database.write() as session:
        with time_machine.travel(MONDAY, tick=False):
            estate = build_estate(session)
            copy = printed(session, estate)["amina"]
        by = caretaker(session, estate)
        rounds.tick(session, by, copy, Outcome.HANDED, "", WEDNESDAY, made=made)
        (visit,) = session.scalars(select(DoorVisit)).all()
        assert (visit.at, visit.noted_at) == (at, WEDNESDAY)
        assert delivered(session, copy) is Manner.HANDED
        assert session.get_one(LetterCopy, copy).delivered_at == at


def test_what_was_ticked_off_while_they_lived_there_arrives_later_and_can_be_undone(
    database: Database,
) -> None:
    with database.write() as session:
        with time_machine.travel(MONDAY, tick=False):
            estate = build_estate(session)
            copy = printed(session, estate)["amina"]
        by, household = caretaker(session, estate), estate.households["amina"]
        last_day = update(Household).where(Household.id == household)
        session.execute(last_day.values(ends_on=MONDAY.date()))
        with pytest.raises(Refused):
            rounds.tick(session, by, copy, Outcome.HANDED, "", WEDNESDAY, made=TUESDAY)
        there = MONDAY + timedelta(hours=2)
        rounds.tick(session, by, copy, Outcome.HANDED, "", WEDNESDAY, made=there)
        found = round_places(session, by, WEDNESDAY, WEDNESDAY.date())
        assert (copy, there) in [(d.copy, d.visited_at) for place in found for d in place.doors]
        rounds.undo(session, by, copy, WEDNESDAY)
        assert delivered(session, copy) is None
        done = select(Deed.organisation_id).where(Deed.verb == "visited_door")
        assert session.scalars(done).all() == [estate.north] * 2, "each in a handover of its own"


def test_a_letter_printed_anew_keeps_the_moment_it_was_printed_first(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with database.write() as session:
        with time_machine.travel(MONDAY, tick=False):
            estate = build_estate(session)
            letter = on_paper(session, estate)
            lay_out(session, ask_to_print(session, estate, letter), folder)
            session.execute(update(Job).values(state=JobState.DONE))
        with time_machine.travel(TUESDAY, tick=False):
            lay_out(session, ask_to_print(session, estate, letter, again=True), folder)
        session.expire_all()
        assert set(session.scalars(select(LetterCopy.printed_at))) == {MONDAY}


def test_the_last_day_somebody_lives_there_counts_and_a_mistake_is_taken_back_after_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        copies = printed(session, estate)
        by, household = caretaker(session, estate), estate.households["amina"]
        last_day = update(Household).where(Household.id == household)
        session.execute(last_day.values(ends_on=clock.today()))
        rounds.tick(session, by, copies["amina"], Outcome.HANDED, "", clock.now())
        assert delivered(session, copies["amina"]) is Manner.HANDED
        move_out(session, household)
        rounds.undo(session, by, copies["amina"], clock.now())
        assert delivered(session, copies["amina"]) is None


def test_after_a_day_only_the_office_takes_back_what_was_noted_and_says_why(
    database: Database,
) -> None:
    with database.write() as session:
        with time_machine.travel(MONDAY, tick=False):
            estate = build_estate(session)
            copies = printed(session, estate)
        copy, by = copies["amina"], caretaker(session, estate)
        letter = session.get_one(LetterCopy, copy).letter_id
        rounds.tick(session, by, copy, Outcome.LETTERBOX, "", TUESDAY)
        with pytest.raises(Refused):
            rounds.undo(session, by, copy, WEDNESDAY + timedelta(seconds=1))
        assert delivered(session, copy) is Manner.LETTERBOX
        sender, later = office(session, estate), WEDNESDAY + 400 * A_DAY
        back = ("came_back", later)
        with pytest.raises(Missing):
            rounds.take_back_delivery(session, sender, letter + 1, copy, *back)
        with pytest.raises(Missing):
            rounds.take_back_delivery(session, sender, letter, copies["bent"], *back)
        rounds.take_back_delivery(session, sender, letter, copy, *back)
        assert delivered(session, copy) is None
        deeds = session.scalars(select(Deed).where(Deed.verb == "visited_door").order_by(Deed.id))
        assert [(deed.details["outcome"], deed.details.get("reason")) for deed in deeds] == [
            ("letterbox", None),
            ("undone", "came_back"),
        ]
        assert {deed.organisation_id for deed in session.scalars(select(Deed))} == {estate.north}
        # The day itself is the caretaker's.
        rounds.tick(session, by, copy, Outcome.HANDED, "", WEDNESDAY)
        rounds.undo(session, by, copy, WEDNESDAY + A_DAY)
        assert delivered(session, copy) is None


def test_a_name_protected_while_letters_are_laid_out_is_in_none_of_them(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with database.write() as session:
        estate = build_estate(session)
        letter = on_paper(session, estate)
        task = ask_to_print(session, estate, letter)
        running = update(Job).where(Job.id == task.job)
        session.execute(running.values(state=JobState.RUNNING, holder=task.holder))
        lay_out(session, task, folder)
        rounds.hide_names(session, {estate.people["sofie"]: "Beboer"})
        assert session.scalars(select(PrintFile.id)).all() != [], "she gets no letter of it"
        rounds.hide_names(session, {estate.people["amina"]: "Beboer"})
        assert session.scalars(select(PrintFile.id)).all() == []
        with pytest.raises(TakenOver):
            advance(session, task, Progress(4, 4, {}), clock.now())
        ended = job_by_id(session, task.job)
        assert ended is not None
        assert ended.failed
        assert ended.why is not None
        again = ask_to_print(session, estate, letter, again=True)
        assert again.job != task.job


def test_what_is_to_be_printed_of_all_letters_stands_by_stairwell(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with database.write() as session:
        estate = build_estate(session)
        letters = [on_paper(session, estate) for _ in range(2)]
        today, by = clock.today(), office(session, estate)
        move_out(session, estate.households["bent"])

        def queue() -> list[tuple[str, list[tuple[int, int, int]]]]:
            return [
                (
                    place.address,
                    [(line.letter, line.to_print, len(line.files)) for line in place.lines],
                )
                for place in queries.print_queue(session, by, today)
            ]

        first, second = letters
        assert queue() == [
            ("Lærkevej 8", [(first, 2, 0), (second, 2, 0)]),
            ("Lærkevej 10", [(first, 1, 0), (second, 1, 0)]),
        ]
        task = ask_to_print(session, estate, first)
        assert rounds.ask_for_all(session, by, HERE) == 1, "the first is being laid out"
        lay_out(session, task, folder)
        assert queue() == [
            ("Lærkevej 8", [(first, 0, 1), (second, 2, 0)]),
            ("Lærkevej 10", [(first, 0, 1), (second, 1, 0)]),
        ]
        elsewhere = scope(reader(session, estate.people["sofie"]), Permission.SEND_LETTERS)
        assert queries.print_queue(session, elsewhere, today) == []
        for copy in session.scalars(select(LetterCopy).where(LetterCopy.letter_id == first)):
            copy.delivered_at = clock.now()
        session.flush()
        assert queue() == [
            ("Lærkevej 8", [(second, 2, 0)]),
            ("Lærkevej 10", [(second, 1, 0)]),
        ]
