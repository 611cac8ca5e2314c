"""The noticeboard's deeds, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import ORMExecuteState, Session

from engagement.board import actions, queries, rules
from engagement.board.models import Post, Wording
from engagement.board.rules import Draft, PostKind
from engagement.comments import actions as comments
from engagement.comments.models import Comment
from engagement.comments.rules import FOLLOWED_COMMENTS, OWN_COMMENTS
from estate import clock
from estate.database import STALE, Database
from estate.files.actions import clear, erase
from estate.files.models import LeftFile
from estate.files.queries import unowned
from estate.notifications.models import Notification
from estate.people.models import Person
from estate.photos.actions import keeping
from estate.photos.models import Photo
from estate.photos.queries import all_digests, photos_of
from estate.photos.store import Store, prepare
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from tests.pictures import picture
from tests.posts import destination, put_up, reading, tell_neighbours, writing

NOW = clock.now()
TODAY = date(2026, 11, 23)
SOON = NOW + timedelta(days=1)


def told(session: Session, kind: str) -> set[int]:
    return set(session.scalars(select(Notification.person_id).where(Notification.kind == kind)))


def test_a_stairwells_post_tells_the_stairwell_and_nobody_else(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", to="stairwell")
        tell_neighbours(session)
        assert told(session, rules.STAIRWELL_POST.name) == {estate.people["yasmin"]}
        assert (f"stairwell:{estate.stairwell}", "board") in session.info[STALE]
        assert (post.author_name, post.author_place, post.author_role) == ("Amina", "8", "")


def test_a_post_hangs_thirty_days_unless_its_author_says_otherwise(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        usual = put_up(session, estate, "amina", at=NOW)
        assert usual.expires_at - NOW == timedelta(days=30)
        chosen = put_up(session, estate, "amina", until=date(2026, 12, 1))
        assert clock.local(chosen.expires_at) == datetime(2026, 12, 2, tzinfo=clock.LOCAL)
        late = put_up(
            session, estate, "amina", kind=PostKind.EVENT, starts_at=NOW + timedelta(days=60)
        )
        assert late.expires_at >= NOW + timedelta(days=60)


def test_staff_sign_in_their_role_and_post_to_the_section_only(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        caretaker = writing(session, estate, "caretaker")
        values = [to.value for to in rules.destinations(caretaker)]
        assert values == [
            f"section:{estate.section}:caretaker",
            f"section:{estate.other_section}:caretaker",
        ]
        post = put_up(session, estate, "caretaker")
        assert (post.author_place, post.author_role) == ("", "caretaker")


def test_a_protected_author_shows_neither_name_nor_stairwell(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        person = session.get_one(Person, estate.people["amina"])
        person.protected, person.alias = True, "Solsikken"
        session.flush()
        own = writing(session, estate, "amina")
        assert [to.value for to in rules.destinations(own)] == [f"section:{estate.section}"]
        post = put_up(session, estate, "amina")
        assert (post.author_name, post.author_place) == ("Solsikken", "")
        number = comments.write(session, own, post, "Hej", "da", NOW)
        comment = session.get_one(Comment, number)
        assert (comment.author_name, comment.author_place) == ("Solsikken", "")
        tell_neighbours(session)
        values = session.scalars(select(Notification.values)).all()
        assert "Solsikken" in str(values)
        assert "Amina" not in str(values)


def test_somebody_elses_place_is_no_destination(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        theirs = destination(writing(session, estate, "sofie"), "section")
        draft = Draft(PostKind.GIVE, "Sofa", "", None, destination=theirs)
        with pytest.raises(Missing):
            actions.put_up(session, writing(session, estate, "amina"), draft, "da", NOW)


def test_an_edit_keeps_the_earlier_wording_and_its_author_may_erase_it(
    database: Database, tmp_path: Path
) -> None:
    log = ErasureLog(tmp_path / "erasures.log")
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", "Ring 12 34 56 78")
        actions.rewrite(session, post, Draft(post.kind, "Skriv til mig", "", None), NOW)
        actions.rewrite(session, post, Draft(post.kind, "Skriv til mig", "", None), NOW)
        session.flush()
        assert post.version == 2
        assert [line.title for line in queries.wordings(session, post.id)] == ["Ring 12 34 56 78"]
        actions.erase_wording(session, post, 1, NOW, log)
        session.flush()
        (line,) = queries.wordings(session, post.id)
        assert (line.title, line.text) == ("", "")
        assert line.erased_at is not None
        assert [erasure.kind for erasure in log.read()] == ["wording"]
        assert session.scalar(select(func.count()).select_from(Wording)) == 1


def test_withdrawn_is_seen_by_its_author_only_and_can_go_up_again(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        own, other = reading(session, estate, "amina"), reading(session, estate, "bent")
        actions.withdraw(session, post, NOW, erasures)
        session.flush()
        assert queries.post(session, own, post.id, NOW).withdrawn_at == NOW
        with pytest.raises(Missing):
            queries.post(session, other, post.id, NOW)
        actions.renew(session, post, NOW + timedelta(days=1))
        session.flush()
        assert queries.post(session, other, post.id, NOW + timedelta(days=1)).id == post.id


def test_a_post_goes_to_the_top_again_once_a_day_at_most(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        post = put_up(session, build_estate(session), "amina", at=NOW)
        for wait in (timedelta(0), timedelta(hours=23)):
            with pytest.raises(Refused, match="less than a day ago"):
                actions.renew(session, post, NOW + wait)
            actions.withdraw(session, post, NOW + wait, erasures)
            actions.renew(session, post, NOW + wait)
            assert (post.listed, post.bumped_at) == (True, NOW)
        actions.renew(session, post, NOW + timedelta(days=1))
        assert post.bumped_at == NOW + timedelta(days=1)
        with pytest.raises(Refused):
            actions.renew(session, post, NOW + timedelta(days=1, hours=1))


def test_what_moderation_hid_its_author_cannot_put_up_again(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        actions.hide(session, post, NOW, NOW)
        with pytest.raises(Refused):
            actions.renew(session, post, NOW)
        draft = Draft(post.kind, "Bedre ord", "", date(2026, 12, 1))
        actions.rewrite(session, post, draft, NOW)
        assert not post.listed


def test_lent_given_and_found_can_be_undone_and_an_event_cannot_be_found(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        actions.settle(session, post, NOW)
        assert post.settled_at == NOW
        actions.reopen(session, post)
        assert post.settled_at is None
        with pytest.raises(Refused):
            actions.settle(session, put_up(session, estate, "amina", kind=PostKind.EVENT), NOW)


def test_at_most_three_posts_of_an_audience_are_pinned(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        posts = [put_up(session, estate, "amina", f"Nr. {n}") for n in range(4)]
        for post in posts[:3]:
            actions.pin(session, post, estate.people["chair"], NOW)
            session.flush()
        with pytest.raises(Refused):
            actions.pin(session, posts[3], estate.people["chair"], NOW)
        shown = queries.listing(session, reading(session, estate, "bent"), NOW)
        assert {line.id for line in shown.pinned} == {post.id for post in posts[:3]}
        assert [line.id for line in shown.lines] == [posts[3].id]


def test_an_answer_tells_the_author_and_those_who_answered_before(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        for name in ("bent", "jonas"):
            comments.write(session, writing(session, estate, name), post, "Ja", "da", NOW)
        session.flush()
        assert post.comment_count == 2
        assert told(session, OWN_COMMENTS.name) == {estate.people["amina"]}
        assert told(session, FOLLOWED_COMMENTS.name) == {estate.people["bent"]}
        number = session.scalars(select(Comment.id).order_by(Comment.id)).first() or 0
        with pytest.raises(Missing):
            comments.withdraw(
                session, writing(session, estate, "jonas"), post, number, NOW, erasures
            )
        comments.withdraw(session, writing(session, estate, "bent"), post, number, NOW, erasures)
        assert post.comment_count == 1


def test_guests_are_told_when_an_event_moves_or_is_called_off(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        starts = NOW + timedelta(days=3)
        event = put_up(session, estate, "amina", kind=PostKind.EVENT, starts_at=starts)
        for name, coming in (("bent", True), ("jonas", False), ("bent", True)):
            actions.answer_event(session, writing(session, estate, name), event, coming, NOW)
        answers = queries.coming(session, reading(session, estate, "bent"), event.id)
        assert answers == (1, 1, True)
        moved = Draft(PostKind.EVENT, event.title, "", None, starts_at=starts + timedelta(hours=1))
        actions.rewrite(session, event, moved, NOW)
        assert told(session, rules.EVENT_CHANGED.name) == {estate.people["bent"]}
        assert event.version == 2
        with pytest.raises(Refused):
            actions.answer_event(
                session,
                writing(session, estate, "jonas"),
                event,
                coming=True,
                now=starts + timedelta(days=1),
            )


def test_new_is_what_came_since_the_last_visit_and_was_not_opened(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        bent = estate.people["bent"]
        own = reading(session, estate, "bent")
        old = put_up(session, estate, "amina", at=NOW - timedelta(hours=2))
        assert not queries.read_marks(session, bent).new(queries.view(old), bent)
        actions.mark_read(session, bent, NOW, until=NOW - timedelta(hours=1), opened=None)
        fresh = [put_up(session, estate, name, at=NOW) for name in ("amina", "jonas", "bent")]
        actions.mark_read(session, bent, NOW, until=None, opened=fresh[1].id)
        session.flush()
        marks = queries.read_marks(session, bent)
        lines = queries.listing(session, own, NOW).lines
        assert {line.id for line in lines if marks.new(line, bent)} == {fresh[0].id}
        actions.mark_read(session, bent, NOW, until=NOW + timedelta(days=9), opened=None)
        session.flush()
        assert queries.read_marks(session, bent).until == NOW


def test_pages_of_the_list_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        made = {
            put_up(
                session,
                estate,
                "amina",
                to=("section", "building", "stairwell")[n % 3],
                at=NOW - timedelta(minutes=n // 4),
            ).id
            for n in range(3 * queries.PAGE + 5)
        }
        own = reading(session, estate, "yasmin")
        seen: list[int] = []
        page = queries.listing(session, own, NOW)
        seen += [line.id for line in page.lines]
        while page.next:
            before = rules.from_cursor(page.next)
            page = queries.listing(session, own, NOW, before=before)
            seen += [line.id for line in page.lines]
    assert len(seen) == len(set(seen))
    assert set(seen) == made


def test_an_office_that_serves_many_sections_sees_them_all(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        posts = {put_up(session, estate, name).id for name in ("amina", "sofie")}
        office = reading(session, estate, "office")
        wide = type(office)(
            office.reader,
            office.permission,
            sections=office.sections | frozenset(range(1000, 1000 + 3 * queries.ARMS)),
        )
        found = queries.listing(session, wide, NOW)
    assert {line.id for line in found.lines} == posts


def test_posts_come_down_by_themselves_and_are_erased_a_year_later(
    database: Database, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", at=NOW - timedelta(days=31))
        actions.add_photo(session, store, post, prepare(picture()))
        comments.write(
            session, writing(session, estate, "bent"), put_up(session, estate, "amina"),
            "Ja", "da", NOW,
        )  # fmt: skip
        assert actions.take_down(session, NOW) == 1
        assert actions.take_down(session, NOW) == 0
        assert actions.forget(session, NOW - timedelta(days=365)) == []
        assert actions.forget(session, NOW) == [post.id]
        assert session.scalar(select(func.count()).select_from(Post)) == 1
        assert session.scalar(select(func.count()).select_from(Photo)) == 0
    with database.write() as session:
        assert clear(session, [keeping(store)]) == 1
    assert list(tmp_path.glob("*/*")) == []


def test_a_file_two_posts_share_goes_with_the_last_of_them(
    database: Database, tmp_path: Path, erasures: ErasureLog
) -> None:
    store, shot = Store(tmp_path), prepare(picture())
    with database.write() as session:
        estate = build_estate(session)
        first, second = (put_up(session, estate, "amina") for _ in range(2))
        for post in (first, second):
            assert actions.add_photo(session, store, post, shot) == 1
        actions.remove_photo(session, first, 1, erasures)
        assert (first.cover, first.photo_count) == (0, 0)
    with database.write() as session:
        assert clear(session, [keeping(store)]) == 0
        assert session.scalar(select(func.count()).select_from(LeftFile)) == 0
    assert store.path(shot.digest).exists()
    with database.write() as session:
        actions.remove_photo(session, session.get_one(Post, second.id), 1, erasures)
        with pytest.raises(Missing):
            actions.remove_photo(session, session.get_one(Post, second.id), 1, erasures)
    with database.write() as session:
        assert clear(session, [keeping(store)]) == 1
    assert not store.path(shot.digest).exists()


def test_three_photos_and_no_more_and_a_free_number_is_used_again(
    database: Database, tmp_path: Path, erasures: ErasureLog
) -> None:
    store = Store(tmp_path)
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        for size in (10, 20, 30):
            actions.add_photo(session, store, post, prepare(picture(size=(size, size))))
        assert (post.photo_count, post.cover) == (3, 1)
        with pytest.raises(Refused):
            actions.add_photo(session, store, post, prepare(picture()))
        actions.remove_photo(session, post, 1, erasures)
        assert (post.photo_count, post.cover) == (2, 2)
        assert actions.add_photo(session, store, post, prepare(picture())) == 1
        assert [photo.n for photo in photos_of(session, "post", post.id)] == [1, 2, 3]


def test_photos_added_and_removed_at_once_are_counted_right(
    postgres_url: str, tmp_path: Path, erasures: ErasureLog
) -> None:
    store, database = Store(tmp_path), Database(postgres_url)
    with database.write() as session:
        post = put_up(session, build_estate(session), "amina")
        for size in (10, 20):
            actions.add_photo(session, store, post, prepare(picture(size=(size, size))))
    with database.write() as slow:
        read_before = slow.get_one(Post, post.id)
        with database.write() as quick:
            actions.add_photo(quick, store, quick.get_one(Post, post.id), prepare(picture()))
        actions.remove_photo(slow, read_before, 1, erasures)
        assert (read_before.photo_count, read_before.cover) == (2, 2)
    database.close()


def test_a_post_put_up_again_while_posts_come_down_stays_up(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", at=NOW - timedelta(days=31))

    def put_up_again(state: ORMExecuteState) -> None:
        if state.is_update:
            with database.write() as other:
                actions.renew(other, other.get_one(Post, post.id), NOW)

    with database.write() as session:
        event.listen(session, "do_orm_execute", put_up_again)
        actions.take_down(session, NOW)
    with database.read() as session:
        assert session.get_one(Post, post.id).listed
    database.close()


def test_a_file_without_a_row_is_swept_after_a_day(database: Database, tmp_path: Path) -> None:
    store, shot = Store(tmp_path), prepare(picture())
    store.keep(shot)
    with database.write() as session:
        assert unowned(store, all_digests(session), clock.now()) == []
        old = unowned(store, all_digests(session), clock.now() + timedelta(days=2))
        assert list(old) == [shot.digest]
        assert erase(session, keeping(store), old) == 1
    assert not store.path(shot.digest).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": None}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"text": "x" * 4001}, "text"),
        ({"venue": "x" * 121}, "venue"),
        ({"destination": None}, "to"),
        ({"photos": 4}, "photos"),
        ({"until": date(2026, 11, 22)}, "until"),
        ({"until": date(2027, 12, 1)}, "until"),
        ({"until": date.max}, "until"),
        ({"until": None, "until_typed": True}, "until"),
        ({"kind": PostKind.EVENT}, "starts_day"),
        ({"kind": PostKind.EVENT, "starts_at": NOW - timedelta(hours=1)}, "starts_day"),
        ({"kind": PostKind.EVENT, "starts_at": NOW + timedelta(days=900)}, "starts_day"),
        ({"kind": PostKind.EVENT, "starts_at": SOON, "end_typed": True}, "ends_at"),
        ({"kind": PostKind.EVENT, "starts_at": SOON, "ends_at": SOON - timedelta(hours=1)},
         "ends_at"),
    ],
)  # fmt: skip
def test_a_draft_is_told_what_to_write_differently(change: dict[str, object], field: str) -> None:
    values: dict[str, object] = {
        "kind": PostKind.GIVE,
        "title": "Sofa",
        "text": "",
        "until": None,
        "destination": rules.Destination(rules.Audience.SECTION, 1),
    }
    assert rules.problems(Draft(**values), NOW, TODAY) == {}  # type: ignore[arg-type]
    assert set(rules.problems(Draft(**{**values, **change}), NOW, TODAY)) == {field}  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "x", "-", "1-", "-1", "12-0x1", "1" * 30 + "-1", "²-1"])
def test_a_cursor_somebody_made_up_is_no_cursor(text: str) -> None:
    assert rules.from_cursor(text) is None


def test_a_cursor_is_exact() -> None:
    moment = NOW.replace(microsecond=123457)
    assert rules.from_cursor(rules.cursor(moment, 7)) == (moment, 7)


@pytest.mark.parametrize(
    ("begins", "ends", "days"),
    [
        ((18, 0), (20, 0), 0),
        ((18, 0), (17, 0), 0),
        ((18, 0), (18, 0), 0),
        ((18, 0), (0, 0), 1),
        ((18, 0), (6, 0), 1),
        ((18, 0), (6, 1), 0),
        ((5, 0), (4, 0), 0),
    ],
)
def test_only_an_end_in_the_night_is_that_of_the_next_day(
    begins: tuple[int, int], ends: tuple[int, int], days: int
) -> None:
    starts_at, ends_at = (datetime(2026, 12, 4, *typed, tzinfo=UTC) for typed in (begins, ends))
    assert rules.end_after(starts_at, ends_at) == ends_at + timedelta(days=days)


def test_problems_stand_in_the_order_of_the_form() -> None:
    empty = Draft(None, "", "", TODAY - timedelta(days=1), photos=9, venue="x" * 999)
    found = rules.in_page_order(rules.problems(replace(empty, kind=PostKind.EVENT), NOW, TODAY))
    assert list(found) == ["title", "starts_day", "venue", "photos", "to", "until"]
