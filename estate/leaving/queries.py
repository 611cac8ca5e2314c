"""How far back it is known who lived where."""

from datetime import date, timedelta

from estate.leaving.rules import TENANCIES
from estate.retention.queries import days_kept


def remembered_since(today: date) -> date:
    """What ended before this day is forgotten, or will be by the next night."""
    return today - timedelta(days=days_kept(TENANCIES, today))
