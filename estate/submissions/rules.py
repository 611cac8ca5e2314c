"""How long it is remembered that a form was received."""

from estate.language import N_
from estate.retention.rules import Retention

SUBMISSIONS = Retention(
    kind="submission",
    purpose=N_("Which forms your phone has sent, so that one sent twice counts once."),
    source=N_("Our own choice: a phone that was offline for weeks still sends once."),
    inner=True,
)
