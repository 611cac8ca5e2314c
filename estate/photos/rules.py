"""How long photos wait for the form they belong to."""

from estate.language import N_
from estate.retention.rules import Retention

UNSENT_PHOTOS = Retention(
    kind="unsent_photo",
    purpose=N_("Photos of a form that was shown once more and never sent."),
    source=N_("Our own choice: a day, to finish writing."),
    inner=True,
)
