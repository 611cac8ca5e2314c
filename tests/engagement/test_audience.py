"""Who reads what, against a model that asks every post in turn, over estates nobody would build."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engagement.board import queries
from engagement.board.models import Post
from engagement.board.rules import Audience, PostKind, topic_of
from estate import clock
from estate.database import Database
from estate.permissions import Permission, Reader, Role, Scope, Standing, scope
from estate.refusals import Missing
from tests.builders import Estate, build_estate

PLACES = ("section", "other_section")
ROLES = (
    Role.RESIDENT,
    Role.HELPER,
    Role.FORMER,
    Role.BOARD,
    Role.CARETAKER,
    Role.OFFICE,
    Role.ORGANISATION,
    Role.PARTNER,
)


@dataclass(frozen=True)
class Hung:
    """A post as the model knows it."""

    door: int
    audience: Audience
    mine: bool
    state: str
    kind: PostKind
    age: int


doors = st.integers(0, 3)
standings = st.lists(st.tuples(st.sampled_from(ROLES), doors), max_size=4)
posts = st.lists(
    st.builds(
        Hung,
        door=doors,
        audience=st.sampled_from(Audience),
        mine=st.booleans(),
        state=st.sampled_from(["", "", "", "withdrawn", "hidden", "over"]),
        kind=st.sampled_from([PostKind.GIVE, PostKind.HELP]),
        age=st.integers(0, 3),
    ),
    max_size=12,
)


def map_of(estate: Estate) -> list[tuple[int, int, int]]:
    """Section, building and stairwell behind each of the four doors."""
    c = estate.foreign_stairwell
    return [
        (estate.section, estate.building, estate.stairwell),
        (estate.section, estate.building, estate.next_stairwell),
        (estate.section, estate.other_building, estate.far_stairwell),
        (estate.other_section, estate.other_building + 1, c),
    ]


def reader_with(estate: Estate, held: list[tuple[Role, int]]) -> Reader:
    places = map_of(estate)
    made = []
    for role, door in held:
        section, building, stairwell = places[door]
        lives = role in {Role.RESIDENT, Role.HELPER}
        made.append(
            Standing(
                role=role,
                sections=frozenset() if role is Role.FORMER else frozenset({section}),
                building=building if lives else None,
                stairwell=stairwell if lives else None,
            )
        )
    return Reader(estate.people["amina"], "key", "Amina", "A", "da", tuple(made))


def may_read(estate: Estate, held: list[tuple[Role, int]], post: Hung, *, listed: bool) -> bool:
    """The rule as one would say it aloud, with no sets and no SQL."""
    section, building, stairwell = map_of(estate)[post.door]
    reach_section = False
    for role, door in held:
        there, block, entrance = map_of(estate)[door]
        lives = role in {Role.RESIDENT, Role.HELPER}
        serves = role in {Role.BOARD, Role.CARETAKER, Role.OFFICE}
        if not (lives or serves) or there != section:
            continue
        reach_section = True
        if post.state:
            continue
        if post.audience is Audience.SECTION:
            return True
        if lives and post.audience is Audience.BUILDING and block == building:
            return True
        if lives and post.audience is Audience.STAIRWELL and entrance == stairwell:
            return True
    return reach_section and post.mine and not listed


def hang(session: Session, estate: Estate, post: Hung, now: datetime) -> int:
    section, building, stairwell = map_of(estate)[post.door]
    place = {
        Audience.SECTION: section,
        Audience.BUILDING: building,
        Audience.STAIRWELL: stairwell,
    }[post.audience]
    row = Post(
        author_id=estate.people["amina" if post.mine else "jonas"],
        author_name="N",
        kind=post.kind,
        audience=post.audience,
        topic=topic_of(post.audience, place),
        section_id=section,
        building_id=building,
        stairwell_id=stairwell,
        title="T",
        text="",
        language="da",
        posted_at=now,
        bumped_at=now - timedelta(hours=post.age),
        expires_at=now - timedelta(hours=1) if post.state == "over" else now + timedelta(days=1),
        withdrawn_at=now if post.state == "withdrawn" else None,
        hidden_at=now if post.state == "hidden" else None,
        listed=post.state not in {"withdrawn", "hidden"},
        search_words="t",
    )
    session.add(row)
    session.flush()
    return row.id


def opens(session: Session, own: Scope, number: int, now: datetime) -> bool:
    try:
        queries.post(session, own, number, now)
    except Missing:
        return False
    return True


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(held=standings, hung=posts)
def test_list_page_and_search_show_exactly_what_the_rule_says(
    database: Database, held: list[tuple[Role, int]], hung: list[Hung]
) -> None:
    now = clock.now()
    with database.write() as session:
        estate = _estate(session)
        session.execute(delete(Post))
        numbers = {hang(session, estate, post, now): post for post in hung}
        own = scope(reader_with(estate, held), Permission.READ_BOARD)
        shown = queries.listing(session, own, now)
        given_away = queries.listing(session, own, now, kind=PostKind.GIVE)
        found = queries.found_posts(session, own, now, "t")
        open_to = {number for number in numbers if opens(session, own, number, now)}
    wanted = {n for n, post in numbers.items() if may_read(estate, held, post, listed=True)}
    assert {line.id for line in shown.lines} == wanted
    assert {line.id for line in found.lines} == wanted
    assert {line.id for line in given_away.lines} == {
        number for number in wanted if numbers[number].kind is PostKind.GIVE
    }
    assert open_to == {
        n for n, post in numbers.items() if may_read(estate, held, post, listed=False)
    }
    ages = [(-line.bumped_at.timestamp(), -line.id) for line in shown.lines]
    assert ages == sorted(ages)


KNOWN: dict[int, Estate] = {}


def _estate(session: Session) -> Estate:
    """The estate of this database, built at its first example."""
    bind = id(session.get_bind().engine)
    if session.scalar(select(Post.id).limit(1)) is None and bind not in KNOWN:
        KNOWN[bind] = build_estate(session)
    return KNOWN[bind]
