"""The demo estate: as large as promised, the same from the same seed, and never real people."""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from page import ValidationProfile, validate_pdf_bytes
from sqlalchemy.orm import Session

from engagement.board.models import Post
from engagement.board.rules import POSTS, PostKind, hangs
from engagement.comments.models import Comment
from engagement.moderation.models import Ruling
from engagement.notices import queries as notices
from engagement.notices.models import Notice, NoticePlace
from estate import clock
from estate.access.models import SignInSession
from estate.database import Database
from estate.files.models import File
from estate.files.store import PdfStore, digest_of
from estate.installation.models import Installation
from estate.people.models import Member, Person
from estate.people.queries import persons_by_email
from estate.permissions import Permission, Role, scope
from estate.photos.models import Photo
from estate.places.models import Home, Part
from estate.proof import queries as proof
from estate.proof.rules import Manner, Stage
from estate.receiving.queries import own_letters
from estate.retention.queries import kept_since
from estate.rounds import queries as rounds
from estate.rounds.actions import OWNER
from estate.rounds.models import PrintFile
from estate.search.rules import index_words
from estate.settings import Settings
from estate.standings.queries import reader_of
from voting.papers.models import Paper, PaperPage, PaperVersion
from voting.papers.queries import kinds as paper_kinds
from voting.papers.rules import Reading
from web.demo import DEMO_ROLES
from web.demo.letters import monday_from, workday_before
from web.demo.making import Wish, imagine
from web.demo.material import told
from web.demo.people import at
from web.demo.pictures import DRAWINGS, draw
from web.demo.rows import Rows
from web.demo.talk import begins, choose_words

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[Any]]:
    """Every drawing as one and the same: these tests look at rows."""
    picture = draw(DRAWINGS["sofa"], "test")
    return {name: [picture] for name in DRAWINGS}


@pytest.fixture(scope="module")
def rows(pictures: dict[str, list[Any]]) -> Rows:
    return imagine(Wish(DAY), pictures)


@pytest.fixture(scope="module")
def estate(demo_template: Path) -> Iterator[Session]:
    data = Database(f"sqlite:///{demo_template / 'opgang.db'}", origin="test")
    with data.read() as session:
        yield session
    data.close()


def digest(rows: Rows) -> str:
    total = hashlib.sha256()
    for model in sorted(rows.tables(), key=lambda model: model.__tablename__):
        total.update(repr((model.__tablename__, rows.of(model))).encode())
    return total.hexdigest()


def test_the_same_wish_gives_the_same_rows(rows: Rows, pictures: dict[str, list[Any]]) -> None:
    again = imagine(Wish(DAY), pictures)
    assert digest(again) == digest(rows)
    assert digest(imagine(Wish(DAY, seed=2), pictures)) != digest(rows)
    assert digest(imagine(Wish(DAY + timedelta(days=1)), pictures)) != digest(rows)


def test_a_picture_is_the_same_from_the_same_seed() -> None:
    assert draw(DRAWINGS["cat"], "1").digest == draw(DRAWINGS["cat"], "1").digest
    assert draw(DRAWINGS["cat"], "1").digest != draw(DRAWINGS["cat"], "2").digest


def test_there_are_412_homes_in_three_sections_of_two_organisations(estate: Session) -> None:
    def count(table: str) -> int:
        return int(estate.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608

    assert {name: count(name) for name in ("home", "section", "organisation", "office")} == {
        "home": 412,
        "section": 3,
        "organisation": 2,
        "office": 1,
    }
    assert count("administration") == count("partnership") == 1
    assert count("partnership_organisation") == 2


def test_everybody_of_the_nine_may_do_what_their_role_says(estate: Session) -> None:
    expected = {
        "resident": Role.RESIDENT,
        "neighbour": Role.RESIDENT,
        "chair": Role.CHAIR,
        "caretaker": Role.CARETAKER,
        "office": Role.OFFICE,
        "editor": Role.EDITOR,
        "partner": Role.PARTNER,
        "organisation": Role.ORGANISATION,
        "auditor": Role.AUDITOR,
    }
    assert {name for _, name in DEMO_ROLES} == set(expected)
    for email, name in DEMO_ROLES:
        (person,) = persons_by_email(estate, email)
        reader = reader_of(estate, person.id, clock.today())
        assert reader is not None
        assert expected[name] in reader.roles(), email


def test_the_resident_lives_in_laerkevej_8_above_the_neighbour(estate: Session) -> None:
    places = {}
    for name in ("resident", "neighbour"):
        (person,) = persons_by_email(estate, f"{name}@demo.example")
        reader = reader_of(estate, person.id, clock.today())
        assert reader is not None
        places[name] = (reader.place, reader.standings[0].stairwell)
    assert places["resident"][0] == "Lærkevej 8, 2. tv."
    assert places["resident"][1] == places["neighbour"][1]


def test_no_address_or_number_could_be_somebodys(estate: Session) -> None:
    for email in estate.scalars(sa.select(Person.contact_email).where(Person.contact_email != "")):
        assert str(email).endswith("@demo.example")
    for phone in estate.scalars(sa.select(Person.contact_phone).where(Person.contact_phone != "")):
        # 55 55 is a series that no Danish subscriber has.
        assert re.fullmatch(r"\+455555\d{4}", str(phone))


def test_nothing_has_happened_later_than_the_beginning_of_the_day(rows: Rows) -> None:
    midnight = at(DAY, time())
    ahead = {"expires_at", "starts_at", "ends_at", "due_at"}
    for model in rows.tables():
        for row in rows.of(model):
            for name, value in row.items():
                if isinstance(value, datetime) and name not in ahead:
                    assert value <= midnight, (model.__tablename__, name, row)


def test_the_board_goes_back_two_years_in_every_section(rows: Rows) -> None:
    posts = rows.of(Post)
    for section in (1, 2, 3):
        days = [post["posted_at"].date() for post in posts if post["section_id"] == section]
        assert len(days) > 100
        assert (DAY - min(days)).days > 700


def test_every_section_has_its_papers_in_versions_as_texts_and_as_pdfs(rows: Rows) -> None:
    papers, versions = rows.of(Paper), rows.of(PaperVersion)
    for section in (1, 2, 3):
        own = Counter(paper["kind"] for paper in papers if paper["section_id"] == section)
        assert own["house_rules"] == own["maintenance_scheme"] == own["alterations"] == 1
        assert own["budget"] >= 2
        assert own["accounts"] == 2
        assert own["minutes_section"] >= 3
        assert own["minutes_board"] > 10
    assert {paper["kind"] for paper in papers} == set(paper_kinds()) - {"other"}
    assert Counter(version["reading"] for version in versions)[Reading.NO_TEXT] == 1
    assert any(version["valid_from"] > DAY for version in versions)
    digests = {digest_of(pdf) for pdf in rows.pdfs}
    assert {file["digest"] for file in rows.of(File)} == digests
    for version in versions:
        said = [page for page in rows.of(PaperPage) if page["version_id"] == version["id"]]
        assert said
        assert bool(version["pages"]) == (version["reading"] is not Reading.WRITTEN)


def test_the_first_nights_erase_next_to_nothing_of_it(rows: Rows) -> None:
    before = kept_since(POSTS, at(DAY + timedelta(days=7), time()))
    posts = rows.of(Post)
    gone = [
        post
        for post in posts
        if not post["listed"] and (post["withdrawn_at"] or post["expires_at"]) < before
    ]
    assert len(gone) < len(posts) / 50


def test_every_kind_is_there_answered_settled_moderated_and_in_other_languages(
    rows: Rows,
) -> None:
    posts = rows.of(Post)
    assert set(Counter(post["kind"] for post in posts)) == set(PostKind)
    assert {"da", "en", "ar", "tr"} <= {post["language"] for post in posts}
    assert any(post["settled_at"] for post in posts)
    assert any(post["photo_count"] for post in posts)
    hidden = [post for post in posts if post["hidden_at"]]
    rulings = {row["thing_id"]: row for row in rows.of(Ruling)}
    assert hidden
    assert all(rulings[post["id"]]["reason"] and rulings[post["id"]]["answer"] for post in hidden)


def test_counts_and_search_words_are_what_the_rules_make_of_them(rows: Rows) -> None:
    midnight = at(DAY, time())
    answers = Counter(row["post_id"] for row in rows.of(Comment))
    photos = Counter(row["owner_id"] for row in rows.of(Photo))
    for post in rows.of(Post):
        assert post["comment_count"] == answers[post["id"]]
        assert post["photo_count"] == photos[post["id"]]
        assert post["cover"] == (1 if photos[post["id"]] else 0)
        up = hangs(midnight, post["expires_at"], post["withdrawn_at"], post["hidden_at"])
        assert post["listed"] == up
        words = (post["title"], post["text"], post["venue"])
        assert post["search_words"] == index_words(words, post["language"])


def test_whoever_writes_and_lives_here_has_signed_in(rows: Rows) -> None:
    inside = {row["person_id"] for row in rows.of(SignInSession)}
    living = {row["person_id"] for row in rows.of(Member) if row["ends_on"] is None}
    writers = {row["author_id"] for table in (Post, Comment) for row in rows.of(table)}
    assert writers & living <= inside
    adults = {row["person_id"] for row in rows.of(Member) if row["adult"] and not row["ends_on"]}
    assert len(adults) * 0.5 < len(inside & adults) < len(adults) * 0.9


def test_no_two_in_a_household_have_the_same_name(rows: Rows) -> None:
    people = rows.of(Person)
    names = [
        (row["household_id"], people[row["person_id"] - 1]["given_name"]) for row in rows.of(Member)
    ]
    assert len(names) == len(set(names))


def test_nobody_answers_a_post_they_cannot_read_or_before_they_moved_in(rows: Rows) -> None:
    since: dict[int, date] = {}
    for member in rows.of(Member):
        person, begun = member["person_id"], member["starts_on"]
        since[person] = min(begun, since.get(person, begun))
    for comment in rows.of(Comment):
        if not comment["author_role"]:
            assert since[comment["author_id"]] <= comment["written_at"].date()


def test_a_protected_person_posts_to_the_section_only_and_without_a_place(
    pictures: dict[str, list[Any]],
) -> None:
    found = 0
    for seed in range(3):
        rows = imagine(Wish(DAY, seed=seed), pictures)
        people = rows.of(Person)
        for post in rows.of(Post):
            if people[post["author_id"] - 1]["protected"]:
                found += 1
                assert (post["audience"], post["author_place"]) == ("section", "")
                assert post["author_name"] != people[post["author_id"] - 1]["given_name"]
    assert found, "no protected person posted anything"


@pytest.mark.parametrize("month", range(1, 13))
def test_there_are_words_for_every_month(month: int) -> None:
    chance = Random(month)
    kinds = {choose_words(chance, month).kind for _ in range(300)}
    assert kinds == set(PostKind)


def test_an_event_named_for_a_weekday_falls_on_it() -> None:
    days = {"mandag": 0, "tirsdag": 1, "onsdag": 2, "torsdag": 3, "fredag": 4, "søndag": 6}
    events = told("pieces")["event"] + [p for p in told("lately")["post"] if "days" in p]
    for event in events:
        for name, weekday in days.items():
            if name in event["title"]:
                for ahead in range(7):
                    assert begins(event, DAY + timedelta(days=ahead)).weekday() == weekday


def test_every_picture_a_text_asks_for_can_be_drawn() -> None:
    asked = {thing.get("picture") for kind in ("borrow", "give") for thing in _things(kind)}
    asked |= {p.get("picture") for kind in told("pieces").values() for p in kind}
    asked |= {name for post in told("lately")["post"] for name in post.get("pictures", ())}
    assert asked - {None} <= set(DRAWINGS)


def _things(kind: str) -> list[dict[str, Any]]:
    return list(told("things")[kind]["thing"])


def test_the_rows_fit_either_database(database: Database, rows: Rows) -> None:
    with database.write() as session:
        assert sum(rows.put(session)) == len(rows)
    with database.write() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Home)) == 412
        # The next row of our own gets a free number, on PostgreSQL too.
        session.add(Part(section_id=1, number="NY", code="NYKODE", name="Ny", system="lamp"))
        session.flush()


def test_the_database_says_that_it_is_a_demo(estate: Session) -> None:
    assert estate.get_one(Installation, 1).demo


def test_the_whole_of_it_is_small(demo_settings: Settings) -> None:
    size = sum(path.stat().st_size for path in demo_settings.data.rglob("*") if path.is_file())
    assert size < 150_000_000


def test_more_posts_can_be_hung_for_benchmarks(pictures: dict[str, list[Any]]) -> None:
    rows = imagine(Wish(DAY, posts=500), pictures)
    hanging = [post for post in rows.of(Post) if post["section_id"] == 1 and post["listed"]]
    assert len(hanging) >= 500


def test_a_service_message_holds_one_comes_and_others_were_where_the_resident_lives(
    estate: Session,
) -> None:
    resident = persons_by_email(estate, "resident@demo.example")[0].id
    today = clock.today()
    reader = reader_of(estate, resident, today)
    assert reader is not None
    own = scope(reader, Permission.READ_NOTICES)
    found = notices.listing(estate, own, at(today, time(12)))
    assert len(found.holding) == 1
    assert {"water", "windows"} == {one.template for one in found.coming}
    assert {"heat"} <= {one.template for one in found.past}
    assert [one.template for one in notices.for_today(estate, own, at(today, time(12)))] == [
        "",
        "water",
    ]


def test_service_messages_go_back_two_years_in_every_section(rows: Rows) -> None:
    written = rows.of(Notice)
    assert (at(DAY, time()) - min(row["written_at"] for row in written)).days > 500
    assert {row["section_id"] for row in rows.of(NoticePlace)} == {1, 2, 3}
    for row in written:
        assert row["written_at"] <= row["starts_at"] + timedelta(minutes=5)
        assert row["ends_at"] is None or row["ends_at"] > row["starts_at"]


def test_a_letter_is_on_its_way_and_stands_wherever_a_letter_can(estate: Session) -> None:
    office = persons_by_email(estate, "office@demo.example")[0].id
    today = clock.today()
    reader = reader_of(estate, office, today)
    assert reader is not None
    draft, given = proof.letters_in(estate, scope(reader, Permission.SEND_LETTERS), today, None, 10)
    assert draft.given_at is None
    copies = proof.copies_of(estate, given.id, today)
    stages = Counter(copy.stage for copy in copies)
    assert set(stages) == set(Stage) - {Stage.MOVED}
    assert {copy.delivered_how for copy in copies} == {
        *(None, Manner.OPENED, Manner.LETTERBOX, Manner.HANDED),
    }
    assert len(rounds.failed(estate, given.id, today)) == 2
    printed = rounds.print_files(estate, given.id)
    assert sum(file.letters for file in printed) == sum(bool(copy.printed_at) for copy in copies)
    assert printed


def test_the_print_files_are_laid_out_by_the_press(estate: Session, demo_template: Path) -> None:
    files = sa.select(PrintFile.id, PrintFile.pages)
    printed = {one.id: one.pages for one in estate.execute(files)}
    owned = sa.select(File.owner_id, File.digest).where(File.owner_kind == OWNER)
    held = {one.owner_id: one.digest for one in estate.execute(owned)}
    assert set(held) == set(printed)
    for number, digest in held.items():
        content = PdfStore(demo_template / "files").path(digest).read_bytes()
        reader = pypdf.PdfReader(io.BytesIO(content))
        assert len(reader.pages) == printed[number]
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert "http://localhost:8000/letters/1" in reader.pages[0].extract_text()
    report = validate_pdf_bytes(content, profile=ValidationProfile.PDF_UA_1)
    assert [f"{failure.rule_id}: {failure.message}" for failure in report.failures] == []
    assert set(estate.scalars(sa.select(PrintFile.tagged))) == {True}


def test_the_letter_waits_for_the_resident_and_the_neighbour_has_read_it(estate: Session) -> None:
    read = {}
    for who in ("resident", "neighbour"):
        person = persons_by_email(estate, f"{who}@demo.example")[0].id
        reader = reader_of(estate, person, clock.today())
        assert reader is not None
        (line,) = own_letters(estate, scope(reader, Permission.READ_LETTERS), "da")
        read[who] = line.read
    assert read == {"resident": False, "neighbour": True}


def test_whatever_day_it_is_letters_are_given_and_taken_round_on_working_days() -> None:
    for ahead in range(14):
        day = DAY + timedelta(days=ahead)
        before = workday_before(day)
        assert before.weekday() < 5
        assert 1 <= (day - before).days <= 3
        assert monday_from(day).weekday() == 0
        assert 0 <= (monday_from(day) - day).days <= 6
