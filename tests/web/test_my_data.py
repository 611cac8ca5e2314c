"""Everything about one person: a page to read, a file for programs, a command."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Base, Database
from estate.language import say
from estate.mails.actions import queue_mail
from estate.notifications.actions import notify
from estate.people.models import Household, Person
from estate.settings import Settings
from tests.builders import Estate, build_estate
from tests.house.letter_things import write
from tests.journeys.processes import environment
from tests.neighbours import Who, form
from tests.pictures import picture
from web.catalogues import speeches
from web.personal import OWN, SECRET, TOLD, everything_about, references
from web.personal_words import UNSAID, WORDS, said

WORD = "Stigen <b>står</b> i kælderen"


def own_tables() -> list[sa.Table]:
    """The tables with rows of a person's own."""
    found = {table.name: table for table, column in references(Base.metadata) if column in OWN}
    return [found[name] for name in sorted(found)]


@pytest.mark.parametrize("table", own_tables(), ids=lambda table: table.name)
def test_each_column_of_ones_own_is_read_by_people_or_left_to_programs(table: sa.Table) -> None:
    columns = {
        column.name
        for column in table.columns
        if not column.foreign_keys and not column.name.endswith((*SECRET, "_id"))
    }
    assert columns - set(WORDS) - UNSAID == set(), "Give it a word in web/personal_words.py."


def test_no_word_stands_for_a_column_that_is_not_there() -> None:
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    assert set(WORDS) - columns == set()
    assert UNSAID - columns == set()
    assert UNSAID & set(WORDS) == set()


BY_VALUE = {
    "mail": "Knows only an address: the mails to the person's own are in the export.",
    "tries": "Counts tries under a digest, for a quarter of an hour; nobody is found by it.",
    "change": "What the administration was told: the same words as in the tables it is about.",
    "stale_block": "Names of blocks of pages, for an hour.",
    "job": "Files somebody asked for are their owner's; the household's letters are told apart.",
}
"""Tables that may name a person without referring to one, and what of that is told them."""


def test_every_table_that_refers_to_a_person_is_in_the_export_or_was_acted_in(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        found = everything_about(session, estate.people["amina"])
    assert set(found) == {"person", "homes", "letters", "mails", "own", "acted_on"}
    own = {table.name for table, column in references(Base.metadata) if column in OWN}
    assert own <= set(TOLD)
    assert set(BY_VALUE) <= set(Base.metadata.tables)


def test_the_page_has_all_of_it_in_ones_language_and_needs_nothing_else(
    house: tuple[Database, Estate, Who], settings: Settings
) -> None:
    database, estate, who = house
    amina = who("amina")
    photo = {"photos": ("stige.jpg", picture(), "image/jpeg")}
    amina.post("/board/new", form(estate, title="Stige", text=WORD), files=photo)
    with database.write() as session:
        write(session, estate, settings.data)
    answer = amina.get("/me/data/readable", **{"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="opgang.html"'
    assert answer.headers["cache-control"] == "no-store"
    page = answer.text
    assert len(answer.content) == int(answer.headers["content-length"])
    for words in (
        "Stigen &lt;b&gt;står&lt;/b&gt; i kælderen",
        "Lærkevej 8, 2. tv.",
        "amina@example.org",
        "Nye vinduer",
        "Households I belong or belonged to",
        "data:image/webp;base64,",
    ):
        assert words in page, words
    assert not re.search(r"<script|<link|src=\"(?!data:)|href=", page)
    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert list(settings.data.glob("tmp*")) == []


def test_the_mails_to_ones_addresses_and_ones_letters_are_in_the_file(
    house: tuple[Database, Estate, Who], settings: Settings
) -> None:
    database, estate, who = house
    with database.write() as session:
        write(session, estate, settings.data)
        words = {"subject": say("Hello"), "lines": [say("You")]}
        queue_mail(session, to="amina@example.org", language="en", **words)
    file = who("amina").get("/me/data/file").json()
    assert [letter["title"] for letter in file["letters"]] == ["Nye vinduer"]
    assert {mail["to"] for mail in file["mails"]} == {"amina@example.org"}
    theirs = who("yasmin").get("/me/data/file").json()["mails"]
    assert {mail["to"] for mail in theirs} == {"yasmin@example.org"}


def queue(session: Session, to: str, *, secret: bool = False) -> None:
    said = [say("Your code is 123 456")]
    queue_mail(session, to=to, language="en", subject=say("Hello"), lines=said, secret=secret)


def mails_of(database: Database, person: int) -> list[str]:
    with database.read() as session:
        return [mail["to"] for mail in everything_about(session, person)["mails"]]


def test_mails_to_an_address_that_is_anothers_are_not_ones_own(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        amina, bent = estate.people["amina"], estate.people["bent"]
        one, other = session.get_one(Person, amina), session.get_one(Person, bent)
        one.contact_email = "bent@example.org"
        other.email_confirmed_at = clock.now()
        queue(session, "bent@example.org")
    assert mails_of(sqlite_database, amina) == []
    assert mails_of(sqlite_database, bent) == ["bent@example.org"]
    with sqlite_database.write() as session:
        session.get_one(Person, bent).email_confirmed_at = None
    assert mails_of(sqlite_database, bent) == [], "it may be either’s"


def test_the_administrations_address_that_nobody_else_has_is_ones_own(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        session.get_one(Person, amina).contact_email = "a@register.example"
        queue(session, "a@register.example")
    assert mails_of(sqlite_database, amina) == ["a@register.example"]


def test_what_signs_in_is_in_no_file(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        queue(session, "amina@example.org", secret=True)
        queue(session, "amina@example.org")
        told = [mail["lines"] for mail in everything_about(session, amina)["mails"]]
    assert [bool(lines) for lines in told] == [False, True]


def test_letters_before_one_moved_in_are_not_ones_own(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        write(session, estate, tmp_path)
        amina = estate.people["amina"]
        assert len(everything_about(session, amina)["letters"]) == 1
        session.execute(sa.text("UPDATE member SET starts_on = '2099-01-01'"))
        assert everything_about(session, amina)["letters"] == []


def test_a_notification_is_read_as_it_was_told(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        row = told(session, amina)
    lines = {label.text: value for label, value in said("notification", row)}
    assert speeches()["en"].say(lines["Headline"]) == "Stige: 3"
    assert speeches()["en"].say(lines["Text"]) == "Until 23 November 2026"


def told(session: Session, person: int) -> dict[str, Any]:
    """What is kept of a notification."""
    notify(
        session,
        kind="board.comment",
        persons=[person],
        title="{title}: {number}",
        body="Until {day}",
        values={"title": "Stige", "number": 3, "day": clock.today().replace(2026, 11, 23)},
        address="/",
        merge_key="x",
    )
    session.flush()
    (row,) = everything_about(session, person)["own"]["notification"]
    return dict(row)


def test_a_role_and_a_choice_are_named_and_what_is_empty_is_left_out() -> None:
    lines = said("role_holding", {"role": "chair", "starts_on": None, "scope_kind": "section"})
    assert lines == [(say("Task"), say("Chair of the section’s board"))]
    (kind, wanted) = said("preference", {"kind": "sign_in", "wanted": False})
    assert kind[1] == say("When somebody signs in as me or changes how I sign in")
    assert wanted == (say("Wanted"), False)


def test_the_command_prints_the_same_page(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        numbers = sa.update(Household).where(Household.id == estate.households["amina"])
        session.execute(numbers.values(number="T-4711"))
    settings.make_folder()
    done = subprocess.run(
        [sys.executable, "-m", "web", "export-person", "amina@example.org", "--html"],
        env=environment(settings.data, settings.database_url),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith('<!doctype html>\n<html lang="da"')
    assert "Lærkevej 8, 2. tv." in done.stdout
