"""My household: who lives here, who is new, who has moved."""

from estate import clock
from estate.access.rules import email_problem, plain_email
from estate.households import actions as households
from estate.households.queries import own_household, own_households
from estate.households.rules import member_problems
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Missing
from web.routing import Answer, Visit, page


def household(visit: Visit) -> Answer:
    """Who lives in my home, as the register and we ourselves say."""
    day = clock.local(visit.now).date()
    return visit.show(
        "me/household.html",
        block="households",
        households=own_households(visit.session, visit.scope, day),
    )


def member_new(visit: Visit) -> Answer:
    """The form to add an adult."""
    return _form(visit, 200, {})


def _form(visit: Visit, status: int, problems: dict[str, Message]) -> Answer:
    day = clock.local(visit.now).date()
    found = own_household(visit.session, visit.scope, visit.part("household"), day)
    if found is None:
        raise Missing
    return visit.show(
        "me/member_new.html",
        status=status,
        problems=problems,
        typed=visit.form.typed(),
        household=found,
    )


def member_add(visit: Visit) -> Answer:
    """Add an adult, who waits for the office."""
    form = visit.form
    email = form.text("email")
    problems = member_problems(
        form.text("given_name"),
        form.text("family_name"),
        email_problem(email) if email else None,
        adult=form.checked("adult"),
    )
    if problems:
        return _form(visit, 422, problems)
    households.add_member(
        visit.session,
        visit.scope,
        visit.part("household"),
        form.text("given_name"),
        form.text("family_name"),
        plain_email(email),
    )
    name = form.text("given_name")
    return visit.go("household", say(N_("{name} waits for the office now."), name=name))


def member_leave(visit: Visit) -> Answer:
    """Somebody who was added here lives here no longer."""
    households.leave(visit.session, visit.scope, visit.part("household"), visit.part("member"))
    return visit.go("household", say(N_("Your household is up to date.")))


OURS = Permission.MANAGE_HOUSEHOLD

PAGES = [
    page("/me/household", household, allow=OURS),
    page("/me/household/{household:int}/members/new", member_new, allow=OURS),
    page(
        "/me/household/{household:int}/members",
        member_add,
        allow=OURS,
        method="POST",
        once=True,
    ),
    page(
        "/me/household/{household:int}/members/{member:int}/leave",
        member_leave,
        allow=OURS,
        method="POST",
    ),
]
