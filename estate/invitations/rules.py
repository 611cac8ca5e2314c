"""How long a letter that has run out is remembered."""

from estate.language import N_
from estate.retention.rules import Retention

INVITATIONS = Retention(
    kind="invitation",
    purpose=N_("Which letters admitted whom, after they have run out."),
    source=N_("Our own choice: a quarter to ask how somebody came in."),
)
