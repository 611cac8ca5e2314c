"""How long it is remembered who did what."""

from estate.language import N_
from estate.retention.rules import Retention

DEEDS = Retention(
    kind="deed",
    purpose=N_("Who did what and when, so that a complaint can be answered."),
    source=N_("Forældelsesloven § 3: claims lapse after three years."),
)
