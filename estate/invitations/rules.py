"""How long a letter that has run out is remembered."""

from collections.abc import Sequence

from estate.language import N_
from estate.retention.rules import Retention

INVITATIONS = Retention(
    kind="invitation",
    purpose=N_("Which letters admitted whom, after they have run out."),
    source=N_("Our own choice: a quarter to ask how somebody came in."),
)


def told_apart(names: Sequence[str]) -> list[str]:
    """First names of one household; where two are alike, each gets a number."""
    alike = {name for name in names if names.count(name) > 1}
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(f"{name} ({seen[name]})" if name in alike else name)
    return told
