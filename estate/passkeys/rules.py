"""How long it is remembered what a passkey was asked to sign."""

from estate.language import N_
from estate.retention.rules import Retention

CHALLENGES = Retention(
    kind="challenge",
    purpose=N_("What a passkey was asked to sign, once it can be signed no more."),
    source=N_("Our own choice: it works for minutes and is of no use after that."),
    inner=True,
)

PASSKEY = "passkey"
"""What `erasures.log` calls a passkey that its owner removed."""
