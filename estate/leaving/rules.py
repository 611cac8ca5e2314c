"""How long it is remembered who lived where, and when a person is nobody's any more."""

from datetime import date

from estate.language import N_
from estate.retention.rules import Retention

TENANCIES = Retention(
    kind="tenancy",
    purpose=N_("Who lived where and who had which role, while there may be claims about it."),
    source=N_("Forældelsesloven § 3: claims lapse after three years."),
)
"""After the last day of a tenancy, a membership, a role or a helper's task."""

PERSONS = Retention(
    kind="person",
    purpose=N_("A person whom no tenancy, role or consent names any more, and what was theirs."),
    source=N_("Our own choice: a month, in case the next file names them again."),
)


def long_over(ends_on: date | None, since: date) -> bool:
    """Whether something ended so long ago that it is forgotten; a file that tells of it is late.

    `since` is queries.remembered_since.
    """
    return ends_on is not None and ends_on < since
