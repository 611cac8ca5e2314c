"""Service messages at the desk: writing one, changing it, saying that it is over, its poster."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from engagement.announcing.queries import Households, all_households, households_behind, told_by
from engagement.notices import actions as notices
from engagement.notices import queries, rules
from engagement.notices.actions import Sender
from engagement.notices.queries import NoticeView, Sought
from engagement.notices.rules import DANISH, WRITTEN_IN, Door, Draft, Phase, Span, Urgency, Wording
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import office_of, sections_in
from web.notices import Said, Shown, before, fill, said, shown
from web.print import qr
from web.routing import page
from web.visits import Answer, Visit

WRITE = Permission.WRITE_NOTICES
OWN_WORDS = "own"
CALLED_OFF = N_("Everybody who was told is told that it is called off.")
ENDED = N_("Everybody who was told is told that it is over.")
OVERTAKEN = N_("Somebody else changed this message meanwhile. Look at it once more.")


def notice_desk(visit: Visit) -> Answer:
    """Service messages written for my sections, and where each of them stands."""
    sections = sections_in(visit.session, visit.scope)
    sought = Sought(visit.asked("q")[:100], visit.asked_number("section"))
    before = visit.asked_number("before")
    found = queries.desk_listing(visit.session, visit.scope, visit.now, before, sought)
    asked = {"q": sought.text, "section": sought.section}
    return visit.show(
        "notices/desk.html",
        block="notices",
        holding=_shown(visit, found.holding),
        coming=_shown(visit, found.coming),
        past=_shown(visit, found.past),
        next=found.next,
        q=sought.text,
        section=sought.section,
        sections=[(one.id, one.name) for one in sections],
        sought=urlencode({name: value for name, value in asked.items() if value}),
        first_page=not visit.asked("before"),
    )


def _shown(visit: Visit, found: Sequence[NoticeView]) -> list[Shown]:
    speeches = visit.house.templates.speeches
    return [shown(speeches, one, visit.language, visit.now) for one in found]


# Writing


def notice_new(visit: Visit) -> Answer:
    """The form for a new service message; first the choice of words to begin with."""
    chosen = visit.asked("template")
    template = queries.templates().get(chosen)
    if template is None and chosen != OWN_WORDS:
        return visit.show(
            "notices/templates.html",
            templates=[
                (one.key, one.name(visit.language), one.icon)
                for one in queries.templates().values()
            ],
            own=OWN_WORDS,
        )
    typed = {"template": chosen, "starts_day": clock.local(visit.now).date().isoformat()}
    if template is not None:
        typed |= _fields(template.texts)
        typed["urgent"] = "yes" if template.urgency is Urgency.URGENT else ""
    return _form(visit, typed, {})


def _fields(texts: rules.Texts) -> dict[str, str]:
    return {
        f"{part}_{language}": text
        for language, wording in texts.items()
        for part, text in wording._asdict().items()
    }


@dataclass(frozen=True, slots=True)
class Picked:
    """What is ticked on the form: stairwells, and whole sections and buildings."""

    sections: frozenset[int] = frozenset()
    buildings: frozenset[int] = frozenset()
    stairwells: frozenset[int] = frozenset()

    def within(self, doors: Iterable[Door]) -> frozenset[int]:
        """The stairwells behind it, of these doors."""
        return frozenset(
            door.stairwell
            for door in doors
            if door.stairwell in self.stairwells
            or door.building in self.buildings
            or door.section in self.sections
        )


def _picked(visit: Visit) -> Picked:
    names = ("section", "building", "stairwell")
    return Picked(*(frozenset(visit.form.numbers(name)) for name in names))


@dataclass(frozen=True, slots=True)
class Preview:
    """How a message will look, and how many it reaches; no words while there are problems."""

    said: Sequence[Said]
    where: Message | None
    households: Households
    stairwells: int


def _form(
    visit: Visit,
    typed: Mapping[str, str],
    problems: Mapping[str, Message],
    *,
    notice: NoticeView | None = None,
    preview: Preview | None = None,
    lags: Collection[str] = (),
) -> Answer:
    picked = _picked(visit)
    doors = queries.doors_in(visit.session, visit.scope.sections) if notice is None else ()
    return visit.show(
        "notices/form.html",
        status=422 if problems else 200,
        block="preview",
        typed=typed,
        problems=problems,
        notice_id=notice.id if notice else None,
        where=notice.place if notice else None,
        sections=_tree(doors),
        picked=picked,
        written_in=[one for one in WRITTEN_IN if one != DANISH],
        fields=" ".join(f"{{{name}}}" for name in ("hvornår", "hvor")),
        preview=preview,
        lags=lags,
        looked_at=visit.form.all("looked_at"),
        title_length=rules.TITLE_LENGTH,
        text_length=rules.TEXT_LENGTH,
        afterword_length=rules.AFTERWORD_LENGTH,
    )


def _tree(doors: Iterable[Door]) -> list[tuple[int, str, list[tuple[int, str, list[Door]]]]]:
    """Sections with their buildings with their doors, each with number and name."""
    sections: dict[int, dict[int, list[Door]]] = {}
    for door in doors:
        sections.setdefault(door.section, {}).setdefault(door.building, []).append(door)
    return [
        (
            section,
            next(iter(buildings.values()))[0].section_name,
            [(one, there[0].building_number, there) for one, there in buildings.items()],
        )
        for section, buildings in sections.items()
    ]


def _draft(visit: Visit, stairwells: frozenset[int], template: str) -> Draft:
    form = visit.form
    starts, ends = form.moment("starts_day", "starts_at"), form.moment("ends_day", "ends_at")
    ends_typed = bool(form.text("ends_day") or form.text("ends_at"))
    if starts is not None and not form.text("ends_day") and form.clock_time("ends_at"):
        ends = form.moment("starts_day", "ends_at")
        # Only a time of day: the first one after the beginning, the night over if need be.
        if ends is not None and ends <= starts:
            ends += timedelta(days=1)
    return Draft(
        texts=_texts(visit),
        starts=rules.utc(starts),
        ends=rules.utc(ends),
        urgency=Urgency.URGENT if form.checked("urgent") else Urgency.ORDINARY,
        template=template if template in queries.templates() else "",
        stairwells=stairwells,
        looked_at=frozenset(form.all("looked_at")),
        unread=ends_typed and ends is None,
    )


def _texts(visit: Visit) -> dict[str, Wording]:
    """What was typed by language; a language left empty is none, but for Danish."""
    form = visit.form
    found = {
        language: Wording(
            " ".join(form.text(f"title_{language}").split()),
            form.text(f"text_{language}"),
            form.text(f"afterword_{language}"),
        )
        for language in WRITTEN_IN
    }
    return {one: said for one, said in found.items() if one == DANISH or any(said)}


def notice_create(visit: Visit) -> Answer:
    """Announce it and tell everybody who lives there, or show how it will look."""
    doors = queries.doors_in(visit.session, visit.scope.sections)
    stairwells = _picked(visit).within(doors)
    draft = _draft(visit, stairwells, visit.form.text("template"))
    problems = rules.problems(draft, visit.now)
    template = queries.templates().get(draft.template)
    lags = rules.lagging(template.texts, draft.texts, (), draft.looked_at) if template else ()
    problems |= _unanswered(visit, lags)
    if problems or visit.form.checked("preview"):
        chosen = [door for door in doors if door.stairwell in stairwells]
        preview = _preview(visit, draft, chosen) if visit.form.checked("preview") else None
        return _form(visit, visit.form.typed(), problems, preview=preview, lags=lags)
    number = notices.write(visit.session, _sender(visit), draft, visit.now)
    return visit.go(
        "notice_desk_page", say(N_("It goes out now to everybody it can reach.")), notice=number
    )


def _unanswered(visit: Visit, left_behind: Collection[str]) -> Mapping[str, Message]:
    """What somebody has to say before translations go out that say less than the Danish."""
    if not left_behind or visit.form.checked("behind") or visit.form.checked("preview"):
        return {}
    return {"behind": say(N_("Change the translations, too, or say that they may go as they are."))}


def _sender(visit: Visit) -> Sender:
    return Sender(visit.scope, visit.house.settings.base_url)


def _preview(visit: Visit, draft: Draft, doors: Sequence[Door]) -> Preview:
    stairwells = [door.stairwell for door in doors]
    today = clock.local(visit.now).date()
    behind = all_households(households_behind(visit.session, stairwells, draft.urgency, today))
    if draft.starts is None or not doors or not draft.texts[DANISH].title:
        return Preview((), None, behind, len(doors))
    where = rules.where(doors, notices.whole_sections(visit.session, doors))
    return Preview(_words(visit, draft, where, draft.starts), where, behind, len(doors))


def _words(visit: Visit, draft: Draft, where: Message, starts: datetime) -> list[Said]:
    """How each language will read today."""
    speeches, today = visit.house.templates.speeches, clock.local(visit.now).date()
    span = Span(clock.local(starts), clock.local(draft.ends) if draft.ends else None)
    found = []
    for language, wording in draft.texts.items():
        speech = speeches[language]
        when = speech.say(rules.when(span, today))
        words = fill(speech, wording, span, where, today)
        found.append(Said(language, *words, when, speech.say(where)))
    return found


# One message


def notice_desk_page(visit: Visit) -> Answer:
    """One service message: how it reads, how many were told by what, and what it said before."""
    session, number = visit.session, visit.part("notice")
    found = queries.notice(session, visit.scope, number)
    speeches = visit.house.templates.speeches
    doors = queries.doors_of(session, number)
    today = clock.local(visit.now).date()
    there = [door.stairwell for door in doors]
    behind = households_behind(session, there, found.urgency, today)
    earlier = queries.earlier(session, number)
    return visit.show(
        "notices/desk_notice.html",
        block="piece",
        message=shown(speeches, found, DANISH, visit.now),
        others=[said(speeches, found, one, today) for one in WRITTEN_IN[1:] if one in found.texts],
        earlier=before(speeches, earlier, found.place, DANISH),
        told=told_by(session, number),
        households=all_households(behind),
        paper=[
            (f"{door.street} {door.house_number}", behind[door.stairwell].paper)
            for door in doors
            if door.stairwell in behind and behind[door.stairwell].paper
        ],
        may_change=queries.may_change(session, visit.scope, number),
    )


def notice_change_form(visit: Visit) -> Answer:
    """The form to change a service message."""
    notice = queries.changeable(visit.session, visit.scope, visit.part("notice"))
    starts, ends = notice.span
    typed = {
        **_fields(notice.texts),
        "starts_day": starts.date().isoformat(),
        "starts_at": starts.strftime("%H:%M"),
        "ends_day": ends.date().isoformat() if ends else "",
        "ends_at": ends.strftime("%H:%M") if ends else "",
        "urgent": "yes" if notice.urgency is Urgency.URGENT else "",
        "seen": notice.as_seen,
    }
    return _form(visit, typed, {}, notice=notice, lags=notice.lags)


def notice_change(visit: Visit) -> Answer:
    """Change a service message and tell the same people, or show how it will look."""
    number, session = visit.part("notice"), visit.session
    notice = queries.held(session, visit.scope, number)
    draft = _draft(visit, frozenset(), "")
    problems = rules.change_problems(draft, visit.now)
    behind = rules.lagging(notice.texts, draft.texts, (), draft.looked_at)
    problems |= _unanswered(visit, behind)
    if visit.form.text("seen") != notice.as_seen:
        problems["title_da"] = say(OVERTAKEN)
    if problems or visit.form.checked("preview"):
        lags = rules.lagging(notice.texts, draft.texts, notice.lags, draft.looked_at)
        doors = queries.doors_of(session, number)
        preview = _preview(visit, draft, doors) if visit.form.checked("preview") else None
        typed = {**visit.form.typed(), "seen": notice.as_seen}
        return _form(visit, typed, problems, notice=notice, preview=preview, lags=lags)
    told = notices.change(session, _sender(visit), number, draft, visit.now)
    flash = N_("Everybody who was told is told of the change.") if told else N_("It is changed.")
    return visit.go("notice_desk_page", say(flash), notice=number)


def notice_over_form(visit: Visit) -> Answer:
    """The form to say that it is over."""
    notice = queries.changeable(visit.session, visit.scope, visit.part("notice"))
    now = clock.local(visit.now)
    typed = {"over_day": now.date().isoformat(), "over_at": now.strftime("%H:%M")}
    typed |= {f"afterword_{one}": said.afterword for one, said in notice.texts.items()}
    return _over_form(visit, notice, {**typed, "seen": notice.as_seen}, {})


def _over_form(
    visit: Visit, notice: NoticeView, typed: Mapping[str, str], problems: Mapping[str, Message]
) -> Answer:
    return visit.show(
        "notices/over.html",
        status=422 if problems else 200,
        message=shown(visit.house.templates.speeches, notice, DANISH, visit.now),
        coming=_coming(visit, notice),
        written_in=[one for one in WRITTEN_IN if one in notice.texts],
        typed=typed,
        problems=problems,
        afterword_length=rules.AFTERWORD_LENGTH,
    )


def _coming(visit: Visit, notice: NoticeView) -> bool:
    return notice.phase(visit.now) in {Phase.PLANNED, Phase.NEAR}


def notice_over(visit: Visit) -> Answer:
    """It is over: everybody who was told is told."""
    number = visit.part("notice")
    notice = queries.held(visit.session, visit.scope, number)
    coming = _coming(visit, notice)
    # What has not begun is called off now: there is no end to ask for, and nothing to say of it.
    over = visit.now if coming else rules.utc(visit.form.moment("over_day", "over_at"))
    spoken = () if coming else notice.texts
    afterwords = {one: visit.form.text(f"afterword_{one}") for one in spoken}
    problems = rules.over_problems(over, afterwords, visit.now)
    # Who was first to say so is heard below; a change is looked at before it is ended.
    if notice.over_at is None and visit.form.text("seen") != notice.as_seen:
        problems["over_day"] = say(OVERTAKEN)
    if problems or over is None:
        typed = {**visit.form.typed(), "seen": notice.as_seen}
        return _over_form(visit, notice, typed, problems)
    notices.say_over(visit.session, _sender(visit), number, over, afterwords, visit.now)
    told = CALLED_OFF if coming else ENDED
    return visit.go("notice_desk_page", say(told), notice=number)


BEHIND = N_("The Danish text was changed after this. The Danish text counts.")
ON_THE_POSTER = {
    "scan": N_("Point your phone's camera at the square: there it says what holds now."),
    "over": N_("It is over"),
}
"""What a poster says besides the message; it is a Danish one, whoever prints it."""


def notice_poster(visit: Visit) -> Answer:
    """A service message on A4 for the stairwell, in Danish and beneath it in other languages."""
    session, number = visit.session, visit.part("notice")
    found = queries.notice(session, visit.scope, number)
    speeches = visit.house.templates.speeches
    danish = speeches[DANISH]
    doors = queries.doors_of(session, number)
    address = visit.house.settings.base_url + visit.url_for("notice_page", notice=number)
    words = said(speeches, found, DANISH, None)
    return visit.show(
        "notices/poster.html",
        behind={one: speeches[one].say(say(BEHIND)) for one in found.lags},
        danish=words,
        when=words.when[0].upper() + words.when[1:],
        others=[said(speeches, found, one, None) for one in WRITTEN_IN[1:] if one in found.texts],
        over=found.over_at is not None,
        off=found.off,
        text={name: danish.say(say(sentence)) for name, sentence in ON_THE_POSTER.items()},
        office=office_of(session, doors[0].section, visit.now),
        section_name=doors[0].section_name,
        date=danish.day(clock.local(found.changed_at or found.written_at).date()),
        doors=len(doors),
        address=address,
        qr=qr(address),
        back=visit.url_for("notice_desk_page", notice=number),
    )


PAGES = [
    page("/desk/notices", notice_desk, allow=WRITE),
    page("/desk/notices/new", notice_new, allow=WRITE),
    page("/desk/notices/new", notice_create, allow=WRITE, method="POST", once=True),
    page("/desk/notices/{notice:int}", notice_desk_page, allow=WRITE),
    page("/desk/notices/{notice:int}/edit", notice_change_form, allow=WRITE),
    page("/desk/notices/{notice:int}/edit", notice_change, allow=WRITE, method="POST", once=True),
    page("/desk/notices/{notice:int}/over", notice_over_form, allow=WRITE),
    page("/desk/notices/{notice:int}/over", notice_over, allow=WRITE, method="POST", once=True),
    page("/desk/notices/{notice:int}/poster", notice_poster, allow=WRITE),
]
