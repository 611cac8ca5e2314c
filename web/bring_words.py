"""What to bring to a case, as its page shows it, and the way to the card once it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from engagement.bringing.queries import Bring, bring_for
from engagement.bringing.rules import What
from engagement.cases.queries import Desk
from engagement.fittings.queries import FittingLine, Place, kind_name
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from web.visits import Answer, Go, Visit


class Known(NamedTuple):
    """One fitted thing the card knows: what it is, and all that is written about it."""

    kind: str
    line: FittingLine

    @property
    def details(self) -> str:
        """Make, model, year and room, as far as they are known."""
        year = str(self.line.year) if self.line.year else ""
        return " · ".join(one for one in (self.line.called, year, self.line.room) if one)


@dataclass(frozen=True, slots=True)
class Shown:
    """What to bring, in the reader's language."""

    parts: list[str]
    tools: list[str]
    card: list[Known]
    ask: list[Message]
    stopcock: str
    fuse: str
    place: Place | None

    @property
    def anything(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.parts or self.tools)


def bring_shown(visit: Visit, bring: Bring) -> Shown:
    """What to bring as its page shows it."""

    def named(what: What) -> list[str]:
        return [one.name(visit.language) for one in bring.things if one.what is what]

    return Shown(
        named(What.PART),
        named(What.TOOL),
        [Known(kind_name(one.kind, visit.language), one) for one in bring.card],
        [
            say(
                N_("The card does not say make and model of: {what}. Ask for them."),
                what=kind_name(kind, visit.language),
            )
            for kind in bring.ask
        ],
        bring.shutting.stopcock,
        bring.shutting.fuse,
        bring.place,
    )


def card_offer(visit: Visit, desk: Desk, number: int) -> Answer | None:
    """Once it is done: the card's form for what it was about; None where there is nothing to ask.

    Where the card has such a thing already, that one is opened.
    """
    keep = visit.scope_of(Permission.KEEP_FITTINGS)
    bring = bring_for(visit.session, desk, keep, number, clock.local(visit.now).date())
    kinds = [kind for thing in bring.things for kind in thing.fittings]
    if bring.place is None or not kinds:
        return None
    flash = say(N_("The household is asked whether it is fixed. What is fitted there now?"))
    if len(bring.card) == 1:
        address = visit.url_for("fitting_edit", fitting=bring.card[0].id)
        return _ask(address, {"case": number}, flash)
    if bring.place.home is None:
        address = visit.url_for("part_fitting_new", code=bring.place.code)
    else:
        address = visit.url_for("home_fitting_new", home=bring.place.home)
    return _ask(address, {"case": number, "kind": kinds[0]}, flash)


def _ask(address: str, query: Mapping[str, object], flash: Message) -> Go:
    return Go(f"{address}?{urlencode(query)}", flash)
