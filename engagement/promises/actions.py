"""Writing down what a section agreed."""

from sqlalchemy.orm import Session

from engagement.promises.models import ServicePromise
from engagement.promises.rules import OWNER, Agreement
from estate.audit.actions import record
from estate.permissions import Scope
from estate.refusals import Missing


def agree(session: Session, scope: Scope, agreement: Agreement) -> ServicePromise:
    """Write an agreement down; it has no problems. Raises Missing outside the scope's sections.

    What was promised to cases before stays promised to them.
    """
    if agreement.section not in scope.sections:
        raise Missing
    promise = ServicePromise(
        section_id=agreement.section,
        urgency=agreement.urgency,
        first_answer_hours=agreement.first_answer_hours,
        fixed_hours=agreement.fixed_hours,
        agreed_on=agreement.agreed_on,
        decision=agreement.decision,
        valid_from=agreement.valid_from,
    )
    session.add(promise)
    session.flush()
    record(session, "agreed", (OWNER, promise.id), actor=scope.person)
    return promise
