"""What each role may do, in one table; and where, for one person: `scope(reader, permission)`.

A permission answers "may this role do this at all". A scope answers "in which places does *that
permission* hold for this person", who may be a caretaker in one section and a resident in another.
Queries take the scope, never the bare reader, so a list shows only what may be seen.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Dated and scoped; `resident` follows from the household, `former` from one that ended."""

    RESIDENT = "resident"
    FORMER = "former"
    HELPER = "helper"
    BOARD = "board"
    CHAIR = "chair"
    COMMITTEE = "committee"
    TELLER = "teller"
    CARETAKER = "caretaker"
    OFFICE = "office"
    EDITOR = "editor"
    PARTNER = "partner"
    ORGANISATION = "organisation"
    AUDITOR = "auditor"


HELD_ROLES = frozenset(Role) - {Role.RESIDENT, Role.FORMER, Role.HELPER}
"""Roles given by a holding; the others follow from a tenancy or from being named a helper."""


class ScopeKind(StrEnum):
    """What a role can be held over."""

    ADMINISTRATION = "administration"
    ORGANISATION = "organisation"
    OFFICE = "office"
    SECTION = "section"
    PROJECT = "project"
    PARTNERSHIP = "partnership"
    VOTE = "vote"
    MEETING = "meeting"


_ALL_OF_IT = {ScopeKind.ADMINISTRATION, ScopeKind.ORGANISATION}
HELD_OVER: Mapping[Role, Set[ScopeKind]] = {
    Role.BOARD: {ScopeKind.SECTION},
    Role.CHAIR: {ScopeKind.SECTION},
    Role.COMMITTEE: {ScopeKind.SECTION},
    Role.TELLER: {ScopeKind.SECTION, ScopeKind.VOTE, ScopeKind.MEETING},
    Role.CARETAKER: {ScopeKind.ORGANISATION, ScopeKind.OFFICE, ScopeKind.SECTION},
    Role.OFFICE: {*_ALL_OF_IT, ScopeKind.OFFICE, ScopeKind.SECTION},
    Role.EDITOR: {
        ScopeKind.ORGANISATION,
        ScopeKind.SECTION,
        ScopeKind.PROJECT,
        ScopeKind.PARTNERSHIP,
    },
    Role.PARTNER: {ScopeKind.PROJECT, ScopeKind.PARTNERSHIP},
    Role.ORGANISATION: _ALL_OF_IT,
    Role.AUDITOR: {*_ALL_OF_IT, ScopeKind.SECTION, ScopeKind.PARTNERSHIP, ScopeKind.VOTE},
}
"""What each role can be held over; whoever sees persons is never given another's organisation."""


class Permission(StrEnum):
    """One thing that can be done. Every route names one."""

    VISIT = "visit"  # anybody, signed in or not
    OWN_PAGES = "own_pages"  # every signed-in person: today, me, devices
    READ_BOARD = "read_board"
    POST_ON_BOARD = "post_on_board"
    PIN_POSTS = "pin_posts"
    MODERATE = "moderate"
    READ_NOTICES = "read_notices"
    HEAR_NOTICES = "hear_notices"  # is told of them: who lives there, and who helps them
    WRITE_NOTICES = "write_notices"
    MANAGE_HOUSEHOLD = "manage_household"
    USE_DESK = "use_desk"
    SEE_PEOPLE = "see_people"
    INVITE = "invite"
    ISSUE_LINK = "issue_link"
    ISSUE_CARD = "issue_card"
    CONFIRM_MEMBERS = "confirm_members"
    GIVE_ROLES = "give_roles"  # a caretaker's for some days, to whoever stands in
    KEEP_LOCAL_NOTES = "keep_local_notes"  # where keys hang, for whoever works there
    SEE_PARTS = "see_parts"
    KEEP_PLAN = "keep_plan"  # the maintenance plan, and what was done of it
    KEEP_FITTINGS = "keep_fittings"  # the cards of homes and parts: what is fitted there
    READ_LETTERS = "read_letters"
    SEND_LETTERS = "send_letters"
    DELIVER_LETTERS = "deliver_letters"
    READ_CONTACTS = "read_contacts"
    EDIT_CONTACTS = "edit_contacts"
    KEEP_STATEMENT = "keep_statement"  # answers for the accessibility statement
    READ_PAPERS = "read_papers"
    PUBLISH_PAPERS = "publish_papers"
    SEE_ERASURES = "see_erasures"  # in numbers, never names
    OWN_HISTORY = "own_history"  # what one wrote where one lives, or lived until lately
    REPORT_CASES = "report_cases"  # write to the office, report a fault
    READ_CASES = "read_cases"  # one's household's, and what is wrong in common places
    HANDLE_CASES = "handle_cases"  # the inbox of messages and faults
    DO_TASKS = "do_tasks"  # the day's work, with one's own clock
    SEE_FIGURES = "see_figures"  # what cases and tasks add up to; of nobody
    AGREE_PROMISES = "agree_promises"  # write down what a section agreed on service
    HANDLE_COMPLAINTS = "handle_complaints"  # confidential: neither caretaker nor board
    MACHINE = "machine"  # a key instead of a person


EVERYBODY = frozenset({Permission.VISIT})
SIGNED_IN = EVERYBODY | {Permission.OWN_PAGES}

_ANYWHERE = frozenset({Permission.READ_CONTACTS})
"""What everybody with a place may do there."""

_BOARD = frozenset(
    {
        Permission.READ_BOARD,
        Permission.POST_ON_BOARD,
        Permission.PIN_POSTS,
        Permission.MODERATE,
        Permission.READ_NOTICES,
        Permission.READ_CONTACTS,
        Permission.READ_PAPERS,
        Permission.PUBLISH_PAPERS,
    }
)

TABLE: Mapping[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset(
        {
            Permission.READ_BOARD,
            Permission.POST_ON_BOARD,
            Permission.MANAGE_HOUSEHOLD,
            Permission.OWN_HISTORY,
            Permission.READ_LETTERS,
            Permission.READ_CONTACTS,
            Permission.READ_NOTICES,
            Permission.HEAR_NOTICES,
            Permission.READ_PAPERS,
            Permission.REPORT_CASES,
            Permission.READ_CASES,
        }
    ),
    Role.FORMER: frozenset(
        {Permission.OWN_HISTORY, Permission.READ_LETTERS, Permission.READ_CASES}
    ),
    Role.HELPER: frozenset(
        {
            Permission.READ_BOARD,
            Permission.READ_NOTICES,
            Permission.HEAR_NOTICES,
            Permission.READ_CONTACTS,
            Permission.READ_PAPERS,
        }
    ),
    Role.BOARD: _BOARD,
    Role.CHAIR: _BOARD,
    Role.COMMITTEE: _ANYWHERE,
    Role.TELLER: _ANYWHERE,
    Role.CARETAKER: frozenset(
        {
            Permission.READ_BOARD,
            Permission.POST_ON_BOARD,
            Permission.READ_NOTICES,
            Permission.WRITE_NOTICES,
            Permission.USE_DESK,
            Permission.SEE_PARTS,
            Permission.KEEP_FITTINGS,
            Permission.KEEP_PLAN,
            Permission.KEEP_LOCAL_NOTES,
            Permission.HANDLE_CASES,
            Permission.DO_TASKS,
            Permission.DELIVER_LETTERS,
            Permission.READ_CONTACTS,
            Permission.READ_PAPERS,
        }
    ),
    Role.OFFICE: frozenset(
        {
            Permission.READ_BOARD,
            Permission.POST_ON_BOARD,
            Permission.READ_NOTICES,
            Permission.WRITE_NOTICES,
            Permission.USE_DESK,
            Permission.SEE_PEOPLE,
            Permission.INVITE,
            Permission.ISSUE_LINK,
            Permission.ISSUE_CARD,
            Permission.CONFIRM_MEMBERS,
            Permission.GIVE_ROLES,
            Permission.SEE_PARTS,
            Permission.KEEP_FITTINGS,
            Permission.KEEP_PLAN,
            Permission.KEEP_LOCAL_NOTES,
            Permission.HANDLE_CASES,
            Permission.DO_TASKS,
            Permission.HANDLE_COMPLAINTS,
            Permission.AGREE_PROMISES,
            Permission.SEE_FIGURES,
            Permission.SEND_LETTERS,
            Permission.DELIVER_LETTERS,
            Permission.READ_CONTACTS,
            Permission.EDIT_CONTACTS,
            Permission.READ_PAPERS,
            Permission.PUBLISH_PAPERS,
            Permission.SEE_ERASURES,
        }
    ),
    Role.EDITOR: _ANYWHERE,
    Role.PARTNER: _ANYWHERE,
    # Where a section has no board, its organisation decides in its place (domain: section 1.1).
    Role.ORGANISATION: frozenset(
        {
            Permission.MODERATE,
            Permission.SEND_LETTERS,
            Permission.READ_CONTACTS,
            Permission.KEEP_STATEMENT,
            Permission.READ_PAPERS,
            Permission.PUBLISH_PAPERS,
            Permission.SEE_ERASURES,
            Permission.SEE_FIGURES,
        }
    ),
    Role.AUDITOR: _ANYWHERE | {Permission.READ_PAPERS},
}

RESIDENTS_DO = SIGNED_IN.union(*(TABLE[role] for role in (Role.RESIDENT, Role.FORMER, Role.HELPER)))
"""What those who live here, lived here or help them may do: all else is the staff's."""

STANDS_IN: Mapping[Role, Set[Permission]] = {Role.ORGANISATION: {Permission.MODERATE}}
"""What a role does only in place of a section's board: all of it where there is none, and where
there is one, only what nobody on it may judge."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One role of one person, with the places it reaches.

    `sections` are the sections the role reaches (a resident's own, an office's all). The home
    fields are set for residents, former residents and helpers only.
    """

    role: Role
    organisations: frozenset[int] = frozenset()
    sections: frozenset[int] = frozenset()
    offices: frozenset[int] = frozenset()
    administrations: frozenset[int] = frozenset()
    partnerships: frozenset[int] = frozenset()
    building: int | None = None
    stairwell: int | None = None
    home: int | None = None
    household: int | None = None
    boardless: frozenset[int] = frozenset()  # of `sections`, those without a board of their own


@dataclass(frozen=True, slots=True)
class Reader:
    """The person behind a request, with everything a permission can depend on.

    `key` is the opaque id the phone's stores go by; `trusted` is false while the session was begun
    by somebody else (an office link, the command line) and not yet confirmed by an own channel;
    `borrowed` while they said that the device is not their own: nothing is to stay on it.
    """

    id: int
    key: str
    first_name: str
    initials: str
    language: str | None
    standings: tuple[Standing, ...] = ()
    place: str = ""
    section_name: str = ""
    session: int | None = None
    trusted: bool = True
    protected: bool = False
    borrowed: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether any of this person's roles may do this at all, anywhere."""
        return permission in SIGNED_IN or any(
            permission in TABLE[standing.role] for standing in self.standings
        )

    def roles(self) -> frozenset[Role]:
        """The roles held at present."""
        return frozenset(standing.role for standing in self.standings)

    def topics(self) -> frozenset[str]:
        """What this person's open pages may hear about: own person, home, and the places read."""
        heard = {f"person:{self.id}"}
        board = scope(self, Permission.READ_BOARD)
        moderated = scope(self, Permission.MODERATE)
        heard |= {f"section:{section}" for section in board.sections}
        heard |= {f"building:{building}" for building in board.buildings}
        heard |= {f"stairwell:{stairwell}" for stairwell in board.stairwells}
        papers = scope(self, Permission.READ_PAPERS)
        heard |= {f"papers:{section}" for section in papers.sections}
        handled = scope(self, Permission.HANDLE_CASES)
        heard |= {f"cases:{section}" for section in handled.sections}
        heard |= {f"moderation:{section}" for section in moderated.sections | moderated.standing_in}
        heard |= {
            f"household:{standing.household}" for standing in self.standings if standing.household
        }
        return frozenset(heard)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one permission holds for one person. Empty sets mean: nowhere.

    In the sections of `standing_in` it holds only for what their board may not judge itself.
    """

    reader: Reader
    permission: Permission
    administrations: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    offices: frozenset[int] = frozenset()
    sections: frozenset[int] = frozenset()
    buildings: frozenset[int] = frozenset()
    stairwells: frozenset[int] = frozenset()
    households: frozenset[int] = frozenset()
    partnerships: frozenset[int] = frozenset()
    standing_in: frozenset[int] = frozenset()

    @property
    def person(self) -> int:
        """Whose scope this is: what is a person's own is reached through it."""
        return self.reader.id


def scope(reader: Reader, permission: Permission) -> Scope:
    """The places in which this permission holds for this person, role by role.

    A role that does not grant the permission adds nothing, whatever else it reaches.
    """
    granting = [standing for standing in reader.standings if permission in TABLE[standing.role]]
    sections: set[int] = set()
    standing_in: set[int] = set()
    for standing in granting:
        if permission in STANDS_IN.get(standing.role, ()):
            sections |= standing.boardless
            standing_in |= standing.sections
        else:
            sections |= standing.sections
    return Scope(
        reader=reader,
        permission=permission,
        administrations=frozenset().union(*(s.administrations for s in granting)),
        organisations=frozenset().union(*(s.organisations for s in granting)),
        offices=frozenset().union(*(s.offices for s in granting)),
        sections=frozenset(sections),
        buildings=frozenset(s.building for s in granting if s.building is not None),
        stairwells=frozenset(s.stairwell for s in granting if s.stairwell is not None),
        households=frozenset(s.household for s in granting if s.household is not None),
        partnerships=frozenset().union(*(s.partnerships for s in granting)),
        standing_in=frozenset(standing_in - sections),
    )
