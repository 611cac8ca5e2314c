"""Writing a post: the form, how it will look, and changing it later."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import NamedTuple

from engagement.board import actions as board
from engagement.board import queries, rules
from engagement.board.queries import Line, PostView
from engagement.board.rules import Destination, Draft, PostKind
from engagement.moderation.queries import moderators_by_name
from engagement.pauses.actions import refusal, refuse_when_paused
from engagement.pauses.queries import PauseLine, own_pauses
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.photos.queries import photos_of
from estate.photos.store import Picture
from estate.places.queries import place_names
from estate.refusals import Missing, Refused
from web.kept_photos import KeptPhoto, keep_photos, kept_photos
from web.routing import page
from web.visits import Answer, Visit

WRITE = Permission.POST_ON_BOARD

Choice = tuple[str, Message, Message | str]
"""A choice of a form: what it sends, what it is called, and a hint."""


class OwnPhoto(NamedTuple):
    """A photo that hangs already, with its tick.

    `tick` names the picture beside its number, which the next photo may get once this one is gone.
    """

    n: int
    tick: str
    thumb: str
    width: int
    height: int
    removed: bool


def post_new(visit: Visit) -> Answer:
    """The form for a new post."""
    kind = visit.asked("kind")
    typed = {"kind": kind} if kind in set(PostKind) else {}
    choices = _destinations(visit)
    if choices:
        typed["to"] = choices[0].value
    return _form(visit, typed, {}, choices=choices)


def _destinations(visit: Visit) -> list[Destination]:
    paused = {pause.section_id for pause in _pauses(visit)}
    return rules.destinations(visit.scope_of(WRITE), paused)


def _pauses(visit: Visit) -> Sequence[PauseLine]:
    return own_pauses(visit.session, visit.reader.id, visit.now)


def _whom_to_ask(visit: Visit, pause: PauseLine) -> Sequence[str]:
    day = clock.local(visit.now).date()
    return moderators_by_name(visit.session, pause.section_id, day, visit.reader.id)


def _form(
    visit: Visit,
    typed: Mapping[str, str],
    problems: Mapping[str, Message],
    *,
    post: PostView | None = None,
    preview: Line | None = None,
    choices: Sequence[Destination] = (),
    kept: Sequence[KeptPhoto] = (),
    photos: Sequence[OwnPhoto] = (),
) -> Answer:
    return visit.show(
        "board/new.html",
        status=422 if problems else 200,
        block="preview",
        post=post.id if post else None,
        event=(post.kind if post else typed.get("kind")) == PostKind.EVENT,
        typed=typed,
        problems=problems,
        preview=preview,
        kept_photos=kept,
        photos=photos,
        preview_photos=[
            *(photo.thumb for photo in photos if not photo.removed),
            *(photo.thumb for photo in kept),
        ],
        most_photos=rules.MOST_PHOTOS,
        pauses=[(pause, _whom_to_ask(visit, pause)) for pause in _pauses(visit)],
        may_write=bool(choices) or post is not None,
        destinations=_named(visit, choices),
        title_length=rules.TITLE_LENGTH,
        text_length=rules.TEXT_LENGTH,
        usual_end=clock.local(visit.now + rules.HANGS).date(),
    )


ROLES: Mapping[str, str] = {
    "caretaker": N_("Everybody in {section}, as the caretaker"),
    "office": N_("Everybody in {section}, as the office"),
    "board": N_("Everybody in {section}, as the board"),
}


def _named(
    visit: Visit, choices: Sequence[Destination]
) -> list[tuple[str, Message, Message | str]]:
    names = place_names(
        visit.session,
        {choice.section for choice in choices},
        {choice.stairwell for choice in choices if choice.stairwell is not None},
    )
    named: list[Choice] = []
    for choice in choices:
        section = names.sections[choice.section]
        match choice:
            case Destination(role=role) if role is not None:
                label, hint = say(ROLES[role], section=section), ""
            case Destination(audience=rules.Audience.STAIRWELL):
                label, hint = say(N_("My stairwell")), names.stairwells[choice.stairwell or 0]
            case Destination(audience=rules.Audience.BUILDING):
                label, hint = say(N_("My building")), ""
            case _:
                label, hint = say(N_("My section")), section
        named.append((choice.value, label, hint))
    return named


def _pictures(visit: Visit) -> list[Picture]:
    """The pictures this form brings, those of its earlier answers first."""
    return [*kept_photos(visit), *visit.form.pictures]


def _draft(
    visit: Visit, choices: Sequence[Destination], kind: PostKind | None, photos: int
) -> Draft:
    form = visit.form
    starts_at = form.moment("starts_day", "starts_at")
    ends_at = form.moment("starts_day", "ends_at")
    wanted = {choice.value: choice for choice in choices}
    if starts_at is not None and ends_at is not None:
        ends_at = rules.end_after(starts_at, ends_at)
    return Draft(
        kind=kind,
        title=" ".join(form.text("title").split()),
        text=form.text("text"),
        until=form.day("until"),
        until_typed=bool(form.text("until")),
        starts_at=starts_at,
        ends_at=ends_at if starts_at is not None else None,
        end_typed=bool(form.text("ends_at")),
        venue=" ".join(form.text("venue").split()),
        destination=wanted.get(form.text("to")),
        photos=photos,
    )


def post_create(visit: Visit) -> Answer:
    """Put a post up, or show how it will look."""
    choices = _destinations(visit)
    if not choices:
        raise _refusal(visit)
    sent = visit.form.text("kind")
    kind = PostKind(sent) if sent in set(PostKind) else None
    pictures = _pictures(visit)
    draft = _draft(visit, choices, kind, len(pictures))
    today = clock.local(visit.now).date()
    problems = rules.in_page_order({**rules.problems(draft, visit.now, today), **visit.problems})
    if problems or visit.form.checked("preview"):
        preview = _preview(visit, draft) if visit.form.checked("preview") else None
        kept = keep_photos(visit)
        return _form(
            visit, visit.form.typed(), problems, preview=preview, choices=choices, kept=kept
        )
    post = board.put_up(visit.session, visit.scope, draft, visit.language, visit.now)
    for picture in pictures:
        board.add_photo(visit.session, visit.house.photos, post, picture)
    return visit.go("post_page", say(N_("Your post is up.")), post=post.id)


def _refusal(visit: Visit) -> Exception:
    for pause in _pauses(visit):
        return refusal(pause)
    return Missing()


def _preview(visit: Visit, draft: Draft, post: PostView | None = None) -> Line | None:
    """The card as neighbours will see it, from what is typed so far."""
    to = draft.destination
    if post is not None:
        signed = board.Signature(post.author_name, post.author_place, post.author_role)
    elif to is not None:
        signed = board.signature(visit.session, visit.scope_of(WRITE), to.section, to.role)
    else:
        signed = board.Signature(visit.reader.first_name)
    event = draft.kind is PostKind.EVENT
    return Line(
        id=0,
        kind=draft.kind or PostKind.OTHER,
        audience=to.audience if to else rules.Audience.SECTION,
        title=draft.title or "…",
        excerpt=draft.text[:200],
        language=visit.language,
        author_id=visit.reader.id,
        author_name=signed.name,
        author_place=signed.place,
        author_role=signed.role,
        bumped_at=visit.now,
        comment_count=0,
        photo_count=0,
        cover=0,
        starts_at=draft.starts_at if event else None,
        ends_at=draft.ends_at if event else None,
        settled_at=None,
        pinned_at=None,
        withdrawn_at=None,
        hidden_at=None,
        expires_at=visit.now,
    )


def post_edit_form(visit: Visit) -> Answer:
    """The form to change one's own post."""
    post = queries.view(queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now))
    starts = clock.local(post.starts_at) if post.starts_at else None
    ends = clock.local(post.ends_at) if post.ends_at else None
    typed = {
        "title": post.title,
        "text": post.text,
        "venue": post.venue,
        "version": str(post.version),
        "until": _chosen_day(visit, post),
        "starts_day": starts.date().isoformat() if starts else "",
        "starts_at": starts.strftime("%H:%M") if starts else "",
        "ends_at": ends.strftime("%H:%M") if ends else "",
    }
    return _form(visit, typed, {}, post=post, photos=_own_photos(visit, post.id))


def _chosen_day(visit: Visit, post: PostView) -> str:
    """The last day its author chose, if it may be chosen still; nothing for the usual 30 days.

    A chosen day ends at midnight, where a post without one comes down at its own time of day, or
    with its event.
    """
    day = clock.last_day(post.expires_at)
    chosen = clock.local(post.expires_at).time() == time()
    with_event = post.expires_at == (post.ends_at or post.starts_at)
    passed = day < clock.local(visit.now).date()
    return day.isoformat() if chosen and not with_event and not passed else ""


def _own_photos(visit: Visit, post: int) -> list[OwnPhoto]:
    ticked = set(visit.form.all("remove"))
    found = []
    for photo in photos_of(visit.session, board.OWNER, post):
        thumb = visit.url_for("post_photo", post=post, n=photo.n) + "?w=480"
        tick = f"{photo.n}-{photo.digest[:16]}"
        found.append(
            OwnPhoto(photo.n, tick, thumb, photo.width, photo.height, removed=tick in ticked)
        )
    return found


def post_edit(visit: Visit) -> Answer:
    """Change one's own post, words and photos together; the earlier wording is kept and shown."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    refuse_when_paused(visit.session, visit.scope, post.section_id, visit.now)
    board.hold(visit.session, post)
    shown = queries.view(post)
    if post.withdrawn_at is not None:
        raise Refused(N_("This post no longer hangs on the board."))
    photos, pictures = _own_photos(visit, post.id), _pictures(visit)
    staying = sum(not photo.removed for photo in photos)
    draft = _draft(visit, (), post.kind, staying + len(pictures))
    problems = _edit_problems(visit, draft, shown)
    if problems or visit.form.checked("preview"):
        preview = _preview(visit, draft, shown) if visit.form.checked("preview") else None
        typed = {**visit.form.typed(), "version": str(post.version)}
        kept = keep_photos(visit)
        return _form(visit, typed, problems, post=shown, preview=preview, kept=kept, photos=photos)
    board.rewrite(visit.session, post, draft, visit.now)
    removed = [photo.n for photo in photos if photo.removed]
    house = visit.house
    board.change_photos(visit.session, house.photos, post, removed, pictures, house.erasures)
    return visit.go("post_page", say(N_("Your post is changed.")), post=post.id)


def _edit_problems(visit: Visit, draft: Draft, post: PostView) -> dict[str, Message]:
    today = clock.local(visit.now).date()
    problems = {**rules.edit_problems(draft, visit.now, today), **visit.problems}
    if visit.form.number("version") not in {None, post.version}:
        problems["text"] = say(
            N_("You changed this post elsewhere meanwhile. It said: “{earlier}”"), earlier=post.text
        )
    return rules.in_page_order(problems)


def wording_erase(visit: Visit) -> Answer:
    """Erase an earlier wording that said too much."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    board.erase_wording(visit.session, post, visit.part("version"), visit.now, visit.house.erasures)
    return visit.go("post_page", say(N_("That wording is erased.")), post=post.id)


PAGES = [
    page("/board/new", post_new, allow=WRITE),
    page("/board/new", post_create, allow=WRITE, method="POST", once=True, photos=3),
    page("/board/{post:int}/edit", post_edit_form, allow=WRITE),
    page("/board/{post:int}/edit", post_edit, allow=WRITE, method="POST", once=True, photos=3),
    page(
        "/board/{post:int}/wordings/{version:int}/erase", wording_erase, allow=WRITE, method="POST"
    ),
]
