"""How long it is remembered that a file was let go."""

from estate.language import N_
from estate.retention.rules import Retention

LEFT_FILES = Retention(
    kind="left_file",
    purpose=N_("Which file nobody needs any more, until it is erased."),
    source=N_("Our own choice: the file goes within minutes, or with the next night."),
)
