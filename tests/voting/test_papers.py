"""Papers: which version holds, who publishes what, what is found, and what is forgotten."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.files.actions import clear, keeping
from estate.files.models import File
from estate.files.rules import flowing
from estate.files.store import PdfStore
from estate.permissions import Permission, Role, ScopeKind
from estate.refusals import Missing
from estate.retention.log import ErasureLog
from estate.search.rules import asked
from tests.builders import LONG_AGO, Estate, add_person, build_estate, give_role, reader
from tests.papers import RULES, draft, minutes_pdf, publish, publishing, reading, work
from voting.papers import actions, queries, rules
from voting.papers.models import Paper, PaperPage, PaperVersion
from voting.papers.queries import kinds
from voting.papers.rules import Dated, Excerpt, Home, Piece, Reading, Repeats

TODAY = clock.today()


@pytest.fixture
def store(tmp_path: Path) -> PdfStore:
    return PdfStore(tmp_path / "files")


@pytest.fixture
def estate(database: Database) -> Estate:
    with database.write() as session:
        return build_estate(session)


DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("versions", "day", "now", "ahead"),
    [
        ([], DAY, None, None),
        ([(DAY, 1)], DAY, 1, None),
        ([(DAY, 1)], DAY - timedelta(days=1), None, 1),
        ([(DAY, 1), (DAY, 2)], DAY, 2, None),
        ([(DAY, 1), (DAY + timedelta(days=9), 2)], DAY, 1, 2),
        ([(DAY, 2), (DAY - timedelta(days=9), 3)], DAY, 2, None),
        ([(DAY, 1), (DAY + timedelta(days=9), 3), (DAY + timedelta(days=5), 2)], DAY, 1, 2),
        ([(DAY + timedelta(days=5), 1), (DAY + timedelta(days=5), 2)], DAY, None, 2),
    ],
)
def test_the_version_in_force_is_the_newest_that_has_begun(
    versions: Sequence[tuple[date, int]], day: date, now: int | None, ahead: int | None
) -> None:
    dated = [Dated(*version) for version in versions]
    assert rules.in_force(dated, day) == now
    assert rules.coming(dated, day) == ahead


@given(
    st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 99))),
    st.dates(date(2019, 1, 1), date(2031, 1, 1)),
)
def test_a_version_never_both_holds_and_is_to_come(
    versions: list[tuple[date, int]], day: date
) -> None:
    numbered = {n: Dated(held, n) for held, n in versions}
    now, ahead = (f(numbered.values(), day) for f in (rules.in_force, rules.coming))
    assert now is None or now != ahead
    assert (now is None and ahead is None) == (not versions)


def test_every_kind_says_all_there_is_to_say() -> None:
    for kind in kinds().values():
        assert all(kind.names.values()), kind.key
        assert kind.publishers <= {Role.OFFICE, Role.ORGANISATION, Role.CHAIR, Role.BOARD}
        assert Role.OFFICE in kind.publishers
        assert kind.places <= {"section", "organisation"}
        assert kind.file_words or kind.repeats is Repeats.TITLE
    titles = {rules.danish_title(kind, DAY) for kind in kinds().values()}
    assert {"Husorden", "Budget 2026", "Referat af bestyrelsesmøde 1. marts 2026"} <= titles


def test_a_row_of_kinds_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        rules.parse_kinds(["key,da\n"])


@pytest.mark.parametrize(
    ("name", "kind", "whole", "may"),
    [
        ("office", "budget", False, True),
        ("office", "minutes_board", False, True),
        ("chair", "minutes_board", False, True),
        ("chair", "rules_of_procedure", False, True),
        ("chair", "rules_of_procedure", True, True),
        ("chair", "budget", False, False),
        ("chair", "statutes", True, False),
        ("organisation", "statutes", True, True),
        ("organisation", "statutes", False, False),
        ("organisation", "house_rules", False, True),
        ("organisation", "house_rules", True, False),
        ("caretaker", "house_rules", False, False),
        ("amina", "house_rules", False, False),
        ("sofie", "minutes_board", False, False),
    ],
)
def test_who_publishes_what_follows_from_the_kind(
    database: Database, estate: Estate, name: str, kind: str, whole: bool, may: bool
) -> None:
    with database.read() as session:
        who = reader(session, estate.people[name])
        home = Home(estate.north, None if whole else estate.section)
        assert rules.may_publish(who, kinds()[kind], home) is may


@pytest.mark.parametrize(
    ("role", "reads", "publishes"),
    [
        (Role.BOARD, True, True),
        (Role.AUDITOR, True, False),
        (Role.TELLER, False, False),
        (Role.EDITOR, False, False),
    ],
)
def test_a_role_reads_papers_where_it_is_held(
    database: Database, estate: Estate, store: PdfStore, role: Role, reads: bool, publishes: bool
) -> None:
    with database.write() as session:
        person = add_person(session, role.value).id
        give_role(session, person, role, ScopeKind.SECTION, estate.section)
        published = publish(session, estate, store)
        who = reader(session, person)
        assert who.may(Permission.READ_PAPERS) is reads
        assert who.may(Permission.PUBLISH_PAPERS) is publishes
        if reads:
            estate.people[role.value] = person
            scope = reading(session, estate, role.value)
            assert queries.paper(session, scope, published.paper).title == "Husorden"


def test_a_paper_of_the_organisation_is_read_in_all_its_sections_and_in_no_other(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    whole = Home(estate.north)
    with database.write() as session:
        number = publish(session, estate, store, "statutes", home=whole).paper
        for name in ("amina", "chair", "caretaker"):
            assert queries.paper(session, reading(session, estate, name), number).title
        with pytest.raises(Missing):
            queries.paper(session, reading(session, estate, "sofie"), number)


def test_who_may_not_publish_a_kind_is_told_there_is_no_such_place(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        with pytest.raises(Missing):
            publish(session, estate, store, "budget", by="chair", day=TODAY)
        with pytest.raises(Missing):
            publish(session, estate, store, home=Home(estate.south, estate.section), by="chair")


def test_a_paper_of_the_same_kind_and_day_is_a_new_version_and_another_day_another_paper(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        first = publish(session, estate, store, "minutes_board", day=TODAY)
        again = publish(session, estate, store, "minutes_board", day=TODAY, text="Rettet.")
        other = publish(session, estate, store, "minutes_board", day=TODAY - timedelta(days=1))
        year = publish(session, estate, store, "budget", day=date(2026, 4, 1))
        same = publish(session, estate, store, "budget", day=date(2026, 9, 30), text="Nyt.")
        titled = publish(session, estate, store, "other", title="Nøgler")
        another = publish(session, estate, store, "other", title="Cykelskur")
    assert (again.paper, again.n) == (first.paper, 2)
    assert other.paper != first.paper
    assert (same.paper, same.n) == (year.paper, 2)
    assert titled.paper != another.paper
    with database.read() as session:
        verbs = session.scalars(select(Deed.verb).where(Deed.thing_kind == "paper")).all()
        assert verbs == ["published_paper"] * 7


def test_the_search_finds_compounds_with_page_and_excerpt_and_only_what_holds(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        publish(session, estate, store, valid_from=LONG_AGO, text="Ladcykler står i kælderen.")
        publish(session, estate, store, text="Cykler står i skuret.")
        pdf = minutes_pdf("Punkt et. " * 600, "Vaskemaskinerne skal skiftes.")
        publish(session, estate, store, "minutes_board", pdf=pdf, day=TODAY)
        work(session, store)
    with database.read() as session:
        scope = reading(session, estate, "amina")
        home = Home(estate.north, estate.section)

        def found(words: str) -> list[tuple[str, int, str]]:
            hits = queries.found_pages(session, scope, home, TODAY, words).lines
            return [(hit.title, hit.page, hit.excerpt.hit) for hit in hits]

        title = rules.danish_title(kinds()["minutes_board"], TODAY)
        assert found("vaskemaskine") == [(title, 2, "Vaskemaskinerne")]
        assert found("maskine") == [(title, 2, "Vaskemaskinerne")]
        assert found("cykel") == [("Husorden", 1, "Cykler")]
        assert found("ladcykel") == []
        assert found("husorden") == [("Husorden", 1, "")]
        assert found("") == found("x") == []
        foreign = reading(session, estate, "sofie")
        assert queries.found_pages(session, foreign, home, TODAY, "cykel").lines == []


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("To hunde løb løse.", "Husorden"),  # though only the minutes have the very word
        ("Om hundehold.", "Husorden"),
    ],
)
def test_the_rules_in_force_are_found_before_what_was_said_of_them(
    database: Database, estate: Estate, store: PdfStore, said: str, first: str
) -> None:
    with database.write() as session:
        publish(session, estate, store, text="Hundehold er ikke tilladt.")
        for days in (9, 1, 5):
            day = TODAY - timedelta(days=days)
            publish(session, estate, store, "minutes_board", day=day, text=said)
    with database.read() as session:
        scope, home = reading(session, estate, "amina"), Home(estate.north, estate.section)
        hits = queries.found_pages(session, scope, home, TODAY, "hunde").lines
    assert hits[0].title == first
    days = [TODAY - hit.day for hit in hits[1:] if hit.day]
    assert [one.days for one in days] == [1, 5, 9]


def test_of_one_paper_what_holds_now_is_found_before_what_is_to_come(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        publish(session, estate, store, text="Altaner vaskes.")
        minutes = "Om altaner."
        publish(session, estate, store, "minutes_board", day=TODAY, text=minutes)
        ahead = TODAY + timedelta(days=30)
        publish(session, estate, store, text="Altaner vaskes ikke.", valid_from=ahead)
    with database.read() as session:
        scope, home = reading(session, estate, "amina"), Home(estate.north, estate.section)
        hits = queries.found_pages(session, scope, home, TODAY, "altan").lines
    rules_first = [(hit.n, hit.coming) for hit in hits if hit.title == "Husorden"]
    assert rules_first == [(1, False), (2, True)]
    places = [hit.paper for hit in hits]
    assert sorted(places, key=places.index) == places


def test_minutes_are_listed_by_their_meeting_and_by_what_somebody_called_them(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        publish(session, estate, store, "minutes_board", day=TODAY)
        day = TODAY - timedelta(days=1)
        publish(session, estate, store, "minutes_section", day=day, title="Om taget")
    with database.read() as session:
        scope, home = reading(session, estate, "amina"), Home(estate.north, estate.section)
        lines = queries.dated(session, scope, home, TODAY).lines
    assert [line.brief for line in lines] == ["Bestyrelsesmøde", "Om taget"]


def test_found_pages_are_turned_newest_first_without_one_twice_or_one_lost(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    published = [days * 26 % 45 for days in range(45)]  # 26 and 45 share nothing: each day once
    with database.write() as session:
        for days in published:
            day, text = TODAY - timedelta(days=days), f"Om {'' if days % 2 else 'glas'}altaner."
            publish(session, estate, store, "minutes_board", day=day, text=text)
        publish(session, estate, store, text="Altaner vaskes.")
    with database.read() as session:
        scope, home = reading(session, estate, "amina"), Home(estate.north, estate.section)
        seen, after = [], None
        for _ in range(4):
            hits = queries.found_pages(session, scope, home, TODAY, "altan", after)
            seen += [(TODAY - hit.day).days if hit.day else hit.title for hit in hits.lines]
            after = rules.found_from(hits.next)
            if after is None:
                break
    assert seen == ["Husorden", *range(1, 45, 2), *range(0, 45, 2)]


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("Der må grilles i gården.", "grill", Excerpt("Der må ", "grilles", " i gården.")),
        ("Vask\n\nVaskekælderen er åben.", "kælder", ("Vask · ", "Vaskekælderen", " er åben.")),
        ("Intet om det.", "grill", ("Intet om det.", "", "")),
        ("", "grill", ("", "", "")),
    ],
)
def test_an_excerpt_shows_the_word_as_it_stands(
    text: str, words: str, wanted: tuple[str, str, str]
) -> None:
    assert rules.excerpt(text, asked(words)) == Excerpt(*wanted)


def test_a_long_page_is_cut_at_words() -> None:
    text = " ".join(f"ord{n}" for n in range(100)) + " grillplads " + "mere tekst her " * 50
    found = rules.excerpt(text, asked("grill"))
    assert found.before.startswith("… ord")
    assert found.hit == "grillplads"
    assert found.after.endswith(" …")
    assert len(found.before + found.after) < 200


@given(st.text(max_size=400), st.text(max_size=20))
def test_an_excerpt_never_fails_and_is_short(text: str, words: str) -> None:
    found = rules.excerpt(text, asked(words))
    assert len(found.before) + len(found.after) <= 2 * rules.AROUND + 30


def test_headings_and_paragraphs_of_a_text_written_here() -> None:
    assert rules.pieces("# Vask\r\n\r\nFra kl. 7.\n \nTil kl. 21.\n\n\n") == [
        Piece(True, "Vask"),
        Piece(False, "Fra kl. 7."),
        Piece(False, "Til kl. 21."),
    ]
    assert rules.pages_of(RULES)[0].startswith("Vask\n\nVaskekælderen")
    assert len(rules.pages_of("\n\n".join(["x" * 1000] * 10))) == 5


def test_lines_of_a_pdf_that_went_on_are_joined_again() -> None:
    page = "Alle skal vise hensyn til\nhinanden i opgangen, og\n- ingen støj\n- ingen røg\n\nNyt."
    assert flowing(page) == (
        "Alle skal vise hensyn til hinanden i opgangen, og\n- ingen støj\n- ingen røg\n\nNyt."
    )
    assert flowing("") == ""


@pytest.mark.parametrize("text", ["", "x", "2026-01-01_", "2026-13-01_4", "2026-01-01_²", "_1"])
def test_a_cursor_that_is_none_is_passed_over(text: str) -> None:
    assert rules.from_cursor(text) is None
    assert rules.found_from(text) is None


def test_a_version_taken_back_leaves_nothing_of_what_it_said(
    database: Database, estate: Estate, store: PdfStore, erasures: ErasureLog
) -> None:
    with database.write() as session:
        pdf = minutes_pdf("Hemmeligheden om Jonas.")
        published = publish(session, estate, store, "minutes_board", pdf=pdf, day=TODAY)
        work(session, store)
        digest = session.scalars(select(File.digest)).one()
    assert store.path(digest).exists()
    with database.write() as session:
        office = publishing(session, estate)
        now = clock.now()
        amina = publishing(session, estate, "amina")
        with pytest.raises(Missing):
            actions.withdraw(session, amina, published.paper, 1, "Nej.", now, erasures)
        actions.withdraw(session, office, published.paper, 1, "Et navn.", now, erasures)
        assert clear(session, [keeping(store)]) == 1
    assert not store.path(digest).exists()
    with database.read() as session:
        version = session.scalars(select(PaperVersion)).one()
        assert (version.text, version.withdrawn_why) == ("", "Et navn.")
        assert session.scalar(select(func.count()).select_from(PaperPage)) == 0
        assert not session.scalars(select(Paper.listed)).one()
    assert [(one.kind, one.ids) for one in erasures.read()] == [
        (rules.WITHDRAWN, [published.version])
    ]


def test_a_file_published_twice_stays_until_its_last_version_goes(
    database: Database, estate: Estate, store: PdfStore, erasures: ErasureLog
) -> None:
    pdf = minutes_pdf()
    with database.write() as session:
        one = publish(session, estate, store, "minutes_board", pdf=pdf, day=TODAY)
        two = publish(session, estate, store, "minutes_section", pdf=pdf, day=TODAY)
        digest = session.scalars(select(File.digest).distinct()).one()
        office, now = publishing(session, estate), clock.now()
        actions.withdraw(session, office, one.paper, 1, "Fejl.", now, erasures)
        assert clear(session, [keeping(store)]) == 0
        assert store.path(digest).exists()
        actions.withdraw(session, office, two.paper, 1, "Fejl.", now, erasures)
        assert clear(session, [keeping(store)]) == 1
        assert not store.path(digest).exists()


def test_what_no_longer_holds_is_forgotten_after_its_time_and_the_rest_stays(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    old, newer = TODAY - timedelta(days=6000), TODAY - timedelta(days=5000)
    with database.write() as session:
        publish(session, estate, store, valid_from=old, text="Den første.")
        publish(session, estate, store, valid_from=newer, text="Den anden, som gælder.")
        pdf = minutes_pdf()
        publish(session, estate, store, "minutes_board", day=old, valid_from=old, pdf=pdf)
        publish(session, estate, store, "minutes_board", day=TODAY)
    with database.write() as session:
        gone = actions.forget(session, clock.now() - timedelta(days=3653))
        assert len(gone) == 2
        assert actions.forget(session, clock.now() - timedelta(days=3653)) == []
    with database.read() as session:
        left = session.execute(
            select(Paper.kind, PaperVersion.n).join(PaperVersion).order_by(Paper.id)
        ).all()
        assert [tuple(row) for row in left] == [("house_rules", 2), ("minutes_board", 1)]
        assert session.scalar(select(func.count()).select_from(File)) == 0


def test_a_draft_without_problems_has_none(estate: Estate) -> None:
    assert rules.problems(draft(estate), TODAY) == {}
    assert set(rules.problems(draft(estate, "budget"), TODAY)) == {"day"}
    late = TODAY + timedelta(days=4000)
    assert set(rules.problems(draft(estate, valid_from=late), TODAY)) == {"valid_from"}
    assert set(rules.problems(draft(estate, pdf=True), TODAY)) == {"file"}


def test_a_paper_is_searchable_once_read_and_a_scan_never(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        publish(session, estate, store, "minutes_board", pdf=minutes_pdf(pages=500), day=TODAY)
        work(session, store)
        version = session.scalars(select(PaperVersion)).one()
        assert version.reading is Reading.SEARCHABLE
        assert version.pages == version.read_pages > 8
        read = session.scalar(select(func.count()).select_from(PaperPage))
        assert read == version.pages
