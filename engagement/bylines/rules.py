"""How long a name stands under what somebody wrote who has moved out."""

from estate.language import N_
from estate.retention.rules import Retention

BYLINES = Retention(
    kind="byline",
    purpose=N_("The name and stairwell under what somebody wrote, once they have moved out."),
    source=N_("Our own choice: as long as one still reaches what is one’s own."),
)
