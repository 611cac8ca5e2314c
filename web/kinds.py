"""What the subjects below tell, keep and do, listed once; a test finds any that is missing."""

from collections.abc import Mapping

from engagement.absences import actions as absences
from engagement.absences.rules import ABSENCES
from engagement.announcing import actions as announcing
from engagement.announcing import rules as announcing_rules
from engagement.board import actions as board
from engagement.board import rules as board_rules
from engagement.bylines import actions as bylines
from engagement.bylines.rules import BYLINES
from engagement.cases import actions as cases
from engagement.cases import rules as case_rules
from engagement.comments import actions as comments
from engagement.comments import rules as comment_rules
from engagement.fittings import actions as fittings
from engagement.fittings import rules as fitting_rules
from engagement.moderation import rules as moderation_rules
from engagement.news import actions as news
from engagement.notices import actions as notices
from engagement.notices import rules as notice_rules
from engagement.overdue import rules as overdue_rules
from engagement.pauses import actions as pauses
from engagement.pauses.rules import PAUSED, PAUSES
from engagement.plans import actions as plans
from engagement.plans.rules import PLANS
from engagement.tasks import actions as tasks
from engagement.tasks import rules as task_rules
from engagement.threads import rules as thread_rules
from engagement.visits import rules as visit_rules
from estate.access import actions as access
from estate.access.rules import FORMER_SIGN_INS, SESSIONS, SIGN_INS
from estate.accessibility.rules import AUDIT_DUE
from estate.audit import actions as audit
from estate.audit.rules import DEEDS
from estate.cards import actions as cards
from estate.cards.rules import CARDS
from estate.changes import actions as changes
from estate.changes.rules import API_KEY, CHANGES, WEBHOOK
from estate.codes import actions as codes
from estate.codes.rules import EMAIL
from estate.consents import actions as consents
from estate.consents.rules import CONSENTS
from estate.consents.rules import WITHDRAWN as CONSENT_WITHDRAWN
from estate.contacts import actions as contacts
from estate.contacts.rules import CONTACT
from estate.deliveries import actions as deliveries
from estate.deliveries.rules import DEVICES
from estate.files import actions as files
from estate.files.rules import LEFT_FILES
from estate.giving import actions as giving
from estate.giving.rules import LETTER
from estate.helping import actions as helping
from estate.helping.rules import HELPER, HELPING
from estate.households import actions as households
from estate.households.rules import HOUSEHOLDS, LEAVING, LEFT, MEMBER, REQUEST
from estate.identities import actions as identities
from estate.identities.rules import IDENTITY
from estate.invitations import actions as invitations
from estate.invitations.rules import INVITATIONS
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind
from estate.jobs.rules import JOBS
from estate.language import N_
from estate.leaving import actions as leaving
from estate.leaving.rules import PERSONS, TENANCIES
from estate.letters import actions as letters
from estate.letters.rules import LETTERS
from estate.mails import actions as mails
from estate.mails.rules import MAILS
from estate.notifications import actions as notifications
from estate.notifications.rules import NOTIFICATIONS, TEST, NotificationKind
from estate.outbox.rules import OUTBOX_FILES
from estate.passkeys import actions as passkeys
from estate.passkeys.rules import CHALLENGES, PASSKEY
from estate.people import actions as people
from estate.people.actions import HideNames
from estate.people.rules import SHOWN_AS
from estate.phones import actions as phones
from estate.phones.rules import PHONE
from estate.photos.rules import UNSENT_PHOTOS
from estate.proof.rules import TO_PRINT
from estate.retention import actions as retention
from estate.retention.actions import ByHand, Kept
from estate.retention.rules import NIGHTS, Retention
from estate.rounds import actions as rounds
from estate.rounds.rules import PRINT_FILES
from estate.submissions import actions as submissions
from estate.submissions.rules import SUBMISSIONS
from estate.substitutes import actions as substitutes
from estate.substitutes.rules import STANDING_IN, SUBSTITUTE
from estate.texts import actions as texts
from estate.texts.rules import TEXTS
from estate.tries import actions as tries
from estate.tries.rules import TRIES
from voting.following import actions as paper_following
from voting.imports import actions as paper_imports
from voting.imports.rules import IMPORTS
from voting.papers import actions as papers
from voting.papers import rules as paper_rules
from voting.reading import actions as paper_reading
from web.pressing import PRINTING
from web.sweeping import Swept

NOTIFICATION_GROUPS: tuple[tuple[str, tuple[NotificationKind, ...]], ...] = (
    (
        N_("From the office"),
        (
            announcing_rules.SERVICE_MESSAGE,
            announcing_rules.REMINDER,
            case_rules.ANSWERS,
            visit_rules.VISIT,
        ),
    ),
    (
        N_("New on the noticeboard"),
        (board_rules.STAIRWELL_POST, board_rules.BUILDING_POST, board_rules.SECTION_POST),
    ),
    (
        N_("Answers and appointments"),
        (
            *thread_rules.NOTIFICATION_KINDS,
            comment_rules.OWN_COMMENTS,
            comment_rules.FOLLOWED_COMMENTS,
            board_rules.EVENT_CHANGED,
        ),
    ),
    (N_("Papers"), (paper_rules.NEW_PAPERS,)),
    (
        N_("My household and my tasks"),
        (
            case_rules.WORK,
            task_rules.WORK,
            overdue_rules.OVERDUE,
            HOUSEHOLDS,
            HELPING,
            LEFT,
            moderation_rules.REPORTED,
            TO_PRINT,
            AUDIT_DUE,
        ),
    ),
    (
        N_("Always told"),
        (LETTER, LEAVING, STANDING_IN, PAUSED, moderation_rules.MODERATED, SIGN_INS, TEST),
    ),
)
"""Every kind of notification by what it is about, in the order of `/me/notifications`."""

NOTIFICATION_KINDS: tuple[NotificationKind, ...] = tuple(
    kind for _, kinds in NOTIFICATION_GROUPS for kind in kinds
)

KIND: Mapping[str, NotificationKind] = {kind.name: kind for kind in NOTIFICATION_KINDS}

KEPT: tuple[Kept, ...] = (
    Kept(
        board_rules.POSTS,
        forget=board.forget,
        erase=board.erase,
        tables=(
            "post",
            "wording",
            "comment",
            "attendance",
            "thread",
            "thread_message",
            "report",
            "ruling",
        ),
    ),
    Kept(
        notice_rules.NOTICES,
        forget=notices.forget,
        erase=notices.erase,
        tables=("notice", "notice_place", "notice_text", "notice_wording", "notice_told"),
    ),
    Kept(
        case_rules.CASES,
        forget=cases.forget,
        erase=cases.erase,
        tables=(
            "case",
            "case_entry",
            "case_private",
            "case_follower",
            "case_visit",
            "case_alarm",
            "contractor_link",
            "complaint",
            "complaint_date",
            "complaint_step",
        ),
    ),
    Kept(
        task_rules.TASKS,
        forget=tasks.forget,
        erase=tasks.erase,
        tables=("task", "task_entry", "task_spell"),
    ),
    Kept(
        fitting_rules.FITTINGS,
        forget=fittings.forget,
        tables=("fitting", "shut_off", "card_change"),
    ),
    Kept(PLANS, forget=plans.forget, tables=("plan_done", "plan_item")),
    Kept(announcing_rules.TOLD, forget=announcing.forget_told, tables=("notice_told",)),
    Kept(
        NOTIFICATIONS,
        forget=notifications.forget,
        erase=notifications.erase,
        tables=("notification", "delivery"),
    ),
    Kept(MAILS, forget=mails.forget, erase=mails.erase, tables=("mail",)),
    Kept(TEXTS, forget=texts.forget, erase=texts.erase, tables=("text_message",)),
    Kept(SUBMISSIONS, forget=submissions.forget, erase=submissions.erase, tables=("submission",)),
    Kept(JOBS, forget=jobs.forget, erase=jobs.erase, tables=("job",)),
    Kept(PAUSES, forget=pauses.forget, tables=("posting_pause",)),
    Kept(ABSENCES, forget=absences.forget, erase=absences.erase, tables=("absence",)),
    Kept(SESSIONS, forget=codes.forget, tables=("session", "sign_in_code")),
    Kept(DEVICES, forget=deliveries.forget, tables=("device",)),
    Kept(CHALLENGES, forget=passkeys.forget, tables=("challenge",)),
    Kept(INVITATIONS, forget=invitations.forget, tables=("invitation", "invitation_use")),
    Kept(CARDS, forget=cards.forget, tables=("card",)),
    Kept(TRIES, forget=tries.forget, tables=("tries",)),
    Kept(LEFT_FILES, forget=files.forget_left, tables=("left_file",)),
    Kept(CONSENTS, forget=leaving.forget_consents, tables=("consent",)),
    Kept(BYLINES, forget=bylines.forget, tables=("post", "comment", "thread")),
    Kept(FORMER_SIGN_INS, forget=access.forget_former, tables=("session", "device")),
    Kept(
        TENANCIES,
        forget=leaving.forget_tenancies,
        tables=("member", "household", "digital_demand", "role_holding", "helper"),
    ),
    Kept(
        PERSONS,
        forget=leaving.forget_persons,
        tables=("person", "passkey", "oidc_identity", "preference", "board_visit", "paper_follow"),
    ),
    # Before the letters, with which their rows would go and leave the files behind.
    Kept(PRINT_FILES, forget=rounds.forget, erase=rounds.erase, tables=("print_file", "file")),
    Kept(
        LETTERS,
        forget=letters.forget,
        erase=letters.erase,
        tables=(
            "letter",
            "letter_text",
            "letter_page",
            "letter_place",
            "letter_copy",
            "letter_mail",
            "letter_sms",
            "letter_opening",
            "door_visit",
            "file",
        ),
    ),
    Kept(
        paper_rules.PAPERS,
        forget=papers.forget,
        erase=papers.erase,
        tables=("paper", "paper_version", "paper_page"),
    ),
    Kept(IMPORTS, forget=paper_imports.forget, tables=("paper_import", "imported_file")),
    Kept(CHANGES, forget=changes.forget, tables=("change",)),
    Kept(DEEDS, forget=audit.forget, erase=audit.erase, tables=("deed",)),
    Kept(NIGHTS, forget=retention.forget, tables=("night_count",)),
)
"""Every row with a period, as `/privacy` lists it and the night erases it."""

SWEPT: tuple[Swept, ...] = (Swept(OUTBOX_FILES, "outbox"), Swept(UNSENT_PHOTOS, "kept"))
"""Files with a period of their own; all others go with the row they belong to."""

RETENTIONS: tuple[Retention, ...] = (
    *(kept.retention for kept in KEPT),
    *(swept.retention for swept in SWEPT),
)
"""All there is a period for."""

INDEXES = (board.INDEX, papers.INDEX)
"""The full-text indexes, which keep words of their own."""

KEPT_KIND: Mapping[str, Kept] = {kept.retention.kind: kept for kept in KEPT}

BY_HAND: tuple[ByHand, ...] = (
    ByHand(PASSKEY, passkeys.erase, ("passkey",)),
    ByHand(IDENTITY, identities.erase, ("oidc_identity",)),
    ByHand(SHOWN_AS, people.show_no_longer, ("person",)),
    ByHand(PHONE, phones.erase, ("person",)),
    ByHand(EMAIL, codes.erase_addresses, ("person",)),
    ByHand(CONSENT_WITHDRAWN, consents.withdraw_again, ("consent",)),
    ByHand(CONTACT, contacts.erase, ("contact",)),
    ByHand(WEBHOOK, changes.erase_webhooks, ("webhook",)),
    ByHand(API_KEY, changes.close_keys, ("api_key",)),
    ByHand(board_rules.WORDING, board.erase_wordings, ("wording",)),
    ByHand(board_rules.PHOTO, board.erase_photos, ("photo",)),
    ByHand(board_rules.WITHDRAWN, news.withdraw_again, ("post",)),
    ByHand(fitting_rules.PHOTO, fittings.erase_photos, ("photo",)),
    ByHand(case_rules.PRIVATE, cases.erase_private, ("case_private",)),
    ByHand(comment_rules.TAKEN_BACK, comments.withdraw_again, ("comment",)),
    ByHand(MEMBER, households.end, ("member",)),
    ByHand(REQUEST, households.take_away, ("member", "person")),
    ByHand(HELPER, helping.end, ("helper",)),
    ByHand(SUBSTITUTE, substitutes.end, ("role_holding",)),
    ByHand(paper_rules.WITHDRAWN, papers.withdraw_again, ("paper_version", "paper_page")),
)
"""What people erase or end themselves, before its time."""

REPLAYED: Mapping[str, Kept | ByHand] = {**KEPT_KIND, **{hand.kind: hand for hand in BY_HAND}}
"""For `restore`, which replays `erasures.log`: `estate.retention.actions.replay`."""

NAME_COPIES: tuple[HideNames, ...] = (
    bylines.hide_names,
    notifications.hide_names,
    mails.hide_names,
    texts.hide_names,
    rounds.hide_names,
)
"""Every subject that keeps a copy of somebody's name: what `import-estate` calls to hide one."""

JOB_KINDS: tuple[JobKind, ...] = (
    news.TELLING,
    announcing.TELLING,
    paper_reading.READING,
    paper_following.TELLING,
    paper_imports.IMPORTING,
    letters.READING,
    giving.GIVING,
    PRINTING,
)
"""Every kind of long work."""

JOB_KIND: Mapping[str, JobKind] = {kind.name: kind for kind in JOB_KINDS}
