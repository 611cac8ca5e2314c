"""My household: who lives here, who is new, who has moved, and who helps."""

from estate import clock
from estate.channels.queries import channel_of
from estate.channels.rules import CHANNELS
from estate.helping.actions import end_help, name_helper
from estate.helping.queries import helpers_at_home, whom_i_help
from estate.helping.rules import Naming, helper_problems
from estate.households import actions as households
from estate.households.queries import own_household, own_households, refusals
from estate.households.rules import member_problems
from estate.language import N_, Message, say
from estate.people.rules import email_problem, plain_email
from estate.permissions import Permission
from estate.places.queries import office_of
from estate.refusals import Missing, Problems
from web.arriving import ask_own, count, network
from web.routing import page
from web.visits import Answer, Visit


def household(visit: Visit) -> Answer:
    """Who lives in my home, as the register and we ourselves say."""
    day = clock.local(visit.now).date()
    homes = own_households(visit.session, visit.scope, day)
    return visit.show(
        "me/household.html",
        block="households",
        households=homes,
        refusals={home.id: refusals(home, visit.reader.id, day) for home in homes},
        helpers=helpers_at_home(visit.session, visit.scope, day),
        offices={home.id: office_of(visit.session, home.section, visit.now) for home in homes},
        channels={home.id: channel_of(visit.session, home.id) for home in homes},
        channel_names=CHANNELS,
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
    ask_own(visit)
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
    """I live here no longer, or somebody who was added here."""
    ask_own(visit)
    household, member = visit.part("household"), visit.part("member")
    households.leave(visit.session, visit.scope, household, member, visit.house.erasures)
    return visit.go("household", say(N_("Your household is up to date.")))


def member_withdraw(visit: Visit) -> Answer:
    """Take back that somebody is to be confirmed, while they wait."""
    ask_own(visit)
    household, member = visit.part("household"), visit.part("member")
    households.withdraw_member(visit.session, visit.scope, household, member, visit.house.erasures)
    return visit.go("household", say(N_("The office is no longer asked.")))


def helper_new(visit: Visit) -> Answer:
    """The form to name a helper."""
    return _helper_form(visit, {})


def _helper_form(visit: Visit, problems: dict[str, Message]) -> Answer:
    return visit.show(
        "me/helper_new.html",
        status=422 if problems else 200,
        problems=problems,
        typed=visit.form.typed(),
        today=clock.local(visit.now).date().isoformat(),
    )


def helper_name(visit: Visit) -> Answer:
    """Let somebody read on my behalf."""
    ask_own(visit)
    form = visit.form
    naming = Naming(
        name=" ".join(form.text("name").split()),
        email=plain_email(form.text("email")),
        starts_on=form.day("starts_on"),
        ends_on=form.day("ends_on"),
    )
    problem = email_problem(form.text("email"))
    day = clock.local(visit.now).date()
    problems = helper_problems(naming, problem, day, ends_typed=bool(form.text("ends_on")))
    if problems:
        return _helper_form(visit, problems)
    count(visit, "network", network(visit))
    count(visit, "address", naming.email)
    count(visit, "helper", str(visit.reader.id))
    address = visit.house.settings.base_url + visit.url_for("sign_in")
    try:
        name_helper(visit.session, visit.scope, naming, visit.language, address)
    except Problems as found:
        return _helper_form(visit, found.problems)
    return visit.go(
        "household", say(N_("{name} is your helper, and gets a mail."), name=naming.name)
    )


def helping(visit: Visit) -> Answer:
    """Whom I help."""
    day = clock.local(visit.now).date()
    return visit.show(
        "me/helping.html", block="helped", helped=whom_i_help(visit.session, visit.scope, day)
    )


def help_end(visit: Visit) -> Answer:
    """End it, whichever of the two I am."""
    end_help(visit.session, visit.scope, visit.part("helper"), visit.house.erasures)
    back = "household" if visit.reader.may(OURS) else "me"
    return visit.go(back, say(N_("The help has ended.")))


OURS = Permission.MANAGE_HOUSEHOLD

PAGES = [
    page("/me/household", household, allow=OURS),
    page("/me/household/helpers/new", helper_new, allow=OURS),
    page("/me/household/helpers", helper_name, allow=OURS, method="POST", once=True),
    page("/me/helping", helping, allow=Permission.OWN_PAGES),
    page("/me/helping/{helper:int}/end", help_end, allow=Permission.OWN_PAGES, method="POST"),
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
    page(
        "/me/household/{household:int}/members/{member:int}/withdraw",
        member_withdraw,
        allow=OURS,
        method="POST",
    ),
]
