"""The accessibility statement, as the last audit leaves it."""

from estate import clock
from estate.accessibility import queries
from estate.accessibility.rules import STANDARD, outdated, status
from estate.permissions import Permission
from web.answering import own_controllers, own_offices
from web.routing import page
from web.visits import Answer, Go, Visit


def accessibility_statement(visit: Visit) -> Answer:
    """Whether everybody can use these pages, what is not there yet, and whom to tell."""
    today = clock.local(visit.now).date()
    audit, excepted = queries.last_audit(), queries.exceptions(today)
    return visit.show(
        "accessibility/statement.html",
        audit=audit,
        broken=[one for one in audit.violations if one.counts],
        excepted=excepted,
        complies=status(audit, excepted),
        standard=STANDARD,
        outdated=outdated(audit.day, today, queries.audit_days(today)),
        enforcement=queries.enforcement(today),
        controllers=own_controllers(visit),
        offices=own_offices(visit),
        site=visit.house.settings.base_url,
    )


def accessibility(visit: Visit) -> Answer:
    """On to the statement: the law asks for it at `/was`."""
    return Go(visit.url_for("accessibility_statement"))


PAGES = [
    page("/was", accessibility_statement, allow=Permission.VISIT),
    page("/accessibility", accessibility, allow=Permission.VISIT),
]
