"""Letters on paper: printing them by stairwell, and the round that hands them over."""

from estate import clock
from estate.files.queries import file_of
from estate.jobs.queries import job_by_id, own_job
from estate.language import N_, say
from estate.letters.queries import LetterView, letter_within
from estate.permissions import Permission
from estate.proof.rules import Outcome, Receiver
from estate.refusals import Missing, Problems, Refused
from estate.rounds import actions as rounds
from estate.rounds.actions import OWNER
from estate.rounds.queries import (
    DOORS,
    copy_within,
    print_file_of,
    print_files,
    print_places,
    print_queue,
    round_count,
    round_places,
)
from estate.rounds.rules import HANDED_TO, OUTCOMES, REASONS, mistake_problems, visit_problems
from web.brought import hand_over
from web.routing import page
from web.visits import Answer, Visit


def _letter(visit: Visit) -> LetterView:
    found = letter_within(visit.session, visit.scope, visit.part("letter"))
    if found.given_at is None:
        raise Missing
    return found


def letter_printing(visit: Visit) -> Answer:
    """What of a letter is to be on paper, the files to print, and how far their making is."""
    letter = _letter(visit)
    places = print_places(visit.session, letter.id, clock.local(visit.now).date())
    job = letter.printing_job
    making = job_by_id(visit.session, job) if job else None
    return visit.show(
        "rounds/printing.html",
        block="printing",
        letter=letter,
        places=places,
        to_print=sum(place.to_print for place in places),
        to_hand_over=sum(place.to_hand_over for place in places),
        files=print_files(visit.session, letter.id),
        making=making if making and making.under_way else None,
        job=own_job(visit.session, job, visit.reader.id) if job else None,
    )


def letter_printing_ask(visit: Visit) -> Answer:
    """Have the print files made; the work is done by a job that shows how far it is."""
    again = visit.form.checked("again")
    base = visit.house.settings.base_url
    job = rounds.ask_to_print(visit.session, visit.scope, visit.part("letter"), base, again=again)
    return visit.go("job", job=job)


def letter_queue(visit: Visit) -> Answer:
    """What is to be printed of all letters, stairwell by stairwell, with the files made of it."""
    places = print_queue(visit.session, visit.scope, clock.local(visit.now).date())
    return visit.show(
        "rounds/queue.html",
        block="queue",
        places=places,
        to_print=sum(line.to_print for place in places for line in place.lines),
    )


def letter_queue_ask(visit: Visit) -> Answer:
    """Have the print files of all letters made that wait for paper."""
    base = visit.house.settings.base_url
    if not rounds.ask_for_all(visit.session, visit.scope, base):
        raise Refused(N_("There is nothing to print."))
    return visit.go("letter_queue", say(N_("The files are being made. They will stand here.")))


def letter_print_file(visit: Visit) -> Answer:
    """One stairwell's print file."""
    letter = _letter(visit)
    line = print_file_of(visit.session, letter.id, visit.part("file"))
    held = file_of(visit.session, OWNER, line.id) if line else None
    if line is None or held is None:
        raise Missing
    name = f"{letter.id} {line.address}.pdf"
    return hand_over(visit.house.files.path(held.digest), name)


def letter_round(visit: Visit) -> Answer:
    """The letters to hand over, stairwell by stairwell, to be ticked off at the door."""
    day = clock.local(visit.now).date()
    places = round_places(visit.session, visit.scope, visit.now, day)
    left = round_count(visit.session, visit.scope, day)
    return visit.show(
        "rounds/round.html",
        block="round",
        places=places,
        left=left,
        all_shown=left <= DOORS,
        outcomes=OUTCOMES,
        receivers=HANDED_TO,
        reasons=[(code, say(text)) for code, text in REASONS.items()],
        reason_of=REASONS,
    )


def letter_tick(visit: Visit) -> Answer:
    """Note what happened at one door."""
    if copy_within(visit.session, visit.scope, visit.part("copy")) is None:
        raise Missing
    outcome, reason = visit.form.text("outcome"), visit.form.text("reason")
    handed_to = visit.form.text("handed_to")
    if problems := visit_problems(outcome, reason, handed_to):
        raise Problems(problems)
    said = Outcome(outcome)
    reason = reason if said is Outcome.NOT_POSSIBLE else ""
    hands = Receiver(handed_to) if handed_to and said is Outcome.HANDED else None
    rounds.tick(
        visit.session,
        visit.scope,
        visit.part("copy"),
        said,
        reason,
        visit.now,
        handed_to=hands,
        made=visit.made,
    )
    return visit.go("letter_round", say(N_("Noted.")))


def letter_untick(visit: Visit) -> Answer:
    """Take back what was noted last at one door."""
    rounds.undo(visit.session, visit.scope, visit.part("copy"), visit.now)
    return visit.go("letter_round", say(N_("Taken back.")))


def letter_take_back(visit: Visit) -> Answer:
    """The office takes back that a letter was handed over at a door."""
    letter, copy = visit.part("letter"), visit.part("copy")
    if copy_within(visit.session, visit.scope, copy) is None:
        raise Missing
    reason = visit.form.text("reason")
    if problems := mistake_problems(reason):
        raise Problems(problems)
    rounds.take_back_delivery(visit.session, visit.scope, letter, copy, reason, visit.now)
    return visit.go("desk_letter", say(N_("Taken back.")), letter=letter)


SEND, DELIVER = Permission.SEND_LETTERS, Permission.DELIVER_LETTERS
PRINT = "/desk/letters/{letter:int}/print"
COPY = "/desk/letters/round/{copy:int}"
TAKE_BACK = "/desk/letters/{letter:int}/copies/{copy:int}/take-back"

PAGES = [
    page(PRINT, letter_printing, allow=SEND),
    page(PRINT, letter_printing_ask, allow=SEND, method="POST", once=True),
    page(f"{PRINT}/{{file:int}}", letter_print_file, allow=SEND),
    page("/desk/letters/print", letter_queue, allow=SEND),
    page("/desk/letters/print", letter_queue_ask, allow=SEND, method="POST", once=True),
    page("/desk/letters/round", letter_round, allow=DELIVER),
    page(COPY, letter_tick, allow=DELIVER, method="POST", once=True),
    page(f"{COPY}/undo", letter_untick, allow=DELIVER, method="POST", once=True),
    page(TAKE_BACK, letter_take_back, allow=SEND, method="POST", once=True),
]
