"""How long things are kept: one period a kind, each a constant of the subject that keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """`kind` is kept `days` days for `purpose` (a msgid); `source` names who or what says so."""

    kind: str
    days: int
    purpose: str
    source: str

    def before(self, now: datetime) -> datetime:
        """What is older than this is to be erased."""
        return now - timedelta(days=self.days)
