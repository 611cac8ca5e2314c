"""Who helps with what: found by everyday words, danger first; and what the office writes down."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select

from estate.audit.models import Deed
from estate.contacts import actions, queries
from estate.contacts.models import Contact
from estate.contacts.rules import (
    KEPT_BY_OFFICE,
    Contacting,
    Topic,
    Urgency,
    Who,
    callable_number,
    contact_problems,
    find,
    parse_topics,
)
from estate.database import Database
from estate.finding.queries import filler
from estate.finding.rules import parse_filler
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.places.models import Office, Section
from estate.refusals import Missing, Problems
from estate.retention.actions import replay
from estate.retention.log import ErasureLog
from tests.builders import add_person, build_estate, give_role, reader
from tests.watch import Watch, held
from web.kinds import REPLAYED

WINTER, SUMMER = date(2026, 11, 23), date(2026, 7, 1)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KOMMUNE = Contacting("Lindeby Kommune", "12 34 56 78", "", "", "", "da")


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return held(monkeypatch, NOW)


def found(question: str, language: str = "da", day: date = WINTER) -> list[str]:
    topics = find(queries.topics(), question, filler(), language, day)
    return [topic.name for topic in topics]


def topic(name: str) -> Topic:
    return next(one for one in queries.topics() if one.name == name)


def test_there_are_thirty_topics_and_more_each_in_three_languages() -> None:
    ordinary = [one for one in queries.topics() if one.urgency is Urgency.ORDINARY]
    assert len(ordinary) >= 30
    for one in queries.topics():
        assert set(one.wordings) == {"da", "en", "ar"}, one.name
        assert all(all(said[:4]) for said in one.wordings.values()), one.name


def test_every_topic_leads_to_somebody() -> None:
    known = {Who.EMERGENCY, Who.DUTY, Who.OFFICE, Who.BENEFITS, Who.PAGE, *KEPT_BY_OFFICE}
    assert {one.who for one in queries.topics()} <= known
    assert all(one.page for one in queries.topics() if one.who is Who.PAGE)


@pytest.mark.parametrize(
    ("question", "language", "first"),
    [
        ("der kommer vand ned fra loftet", "da", "ceiling_water"),
        ("det brænder", "da", "danger"),
        ("lugter af gas", "da", "danger"),
        ("køkkenvasken er stoppet", "da", "drain"),
        ("jeg har mistet min nøgle", "da", "keys"),
        ("Koekkenvask", "da", "drain"),
        ("naboen larmer om natten", "da", "noise"),
        ("internettet virker ikke", "da", "broadband"),
        ("hvem ringer jeg til om huslejen", "da", "rent"),
        ("væggelus", "da", "pests"),
        ("opvaskemaskinen", "da", "appliance"),
        ("skimmelsvamp på badeværelset", "da", "mould"),
        ("min kæreste flytter ind", "da", "household"),
        ("water from the ceiling", "en", "ceiling_water"),
        ("I lost my keys", "en", "keys"),
        ("the neighbours are noisy", "en", "noise"),
        ("somebody is stuck in the lift", "en", "lift_trapped"),
        ("varme", "en", "cold_radiator"),  # Danish on an English page
        ("الماء ينزل من السقف", "ar", "ceiling_water"),
        ("الإنترنت بطيء", "ar", "broadband"),
        ("ضاع مفتاحي", "ar", "keys"),
        ("صراصير في المطبخ", "ar", "pests"),
        ("حريق", "ar", "danger"),
    ],
)
def test_everyday_words_find_who_helps(question: str, language: str, first: str) -> None:
    assert found(question, language)[0] == first


@pytest.mark.parametrize(
    ("question", "language", "first", "below"),
    [
        ("dryppende vandhane", "da", "tap", "ceiling_water"),
        ("vandhanen drypper", "da", "tap", "ceiling_water"),
        ("hanen drypper", "da", "tap", ""),
        ("dryp", "da", "tap", "ceiling_water"),
        ("vand drypper fra hanen", "da", "tap", "ceiling_water"),
        ("kold radiator", "da", "cold_radiator", "no_heat"),
        ("varme", "da", "cold_radiator", "no_heat"),
        ("det er koldt i stuen", "da", "cold_radiator", ""),
        ("elevator virker ikke", "da", "stairwell", "lift_trapped"),
        ("toilettet løber", "da", "tap", "toilet"),
        ("strøm", "da", "power_supply", "no_power"),
        ("vaskemaskine", "da", "laundry", ""),
        ("opvaskemaskinen", "da", "appliance", ""),
        ("bil holder ulovligt", "da", "outdoor", ""),
        ("bil", "da", "outdoor", ""),
        ("rotter", "da", "rats", ""),
        ("wifi", "da", "broadband", ""),
        ("støj", "da", "noise", ""),
        ("dripping", "en", "tap", "ceiling_water"),
        ("the lift does not work", "en", "stairwell", "lift_trapped"),
        ("washing machine", "en", "laundry", ""),
        ("مصعد", "ar", "stairwell", "lift_trapped"),
    ],
)
def test_the_best_match_comes_first_and_what_cannot_wait_is_asked_below_it(
    question: str, language: str, first: str, below: str
) -> None:
    names = found(question, language)
    assert names[0] == first
    assert topic(first).urgency is Urgency.ORDINARY
    urgent = [name for name in names[1:] if topic(name).urgency is not Urgency.ORDINARY]
    assert names[1 : len(urgent) + 1] == urgent
    assert not below or below in urgent


@pytest.mark.parametrize(
    ("question", "language", "first"),
    [
        ("intet vand", "da", "no_water"),
        ("ingen vand i hanen", "da", "no_water"),
        ("intet varmt vand", "da", "hot_water"),
        ("varmt vand mangler", "da", "hot_water"),
        ("min strøm er gået", "da", "no_power"),
        ("التدفئة لا تعمل", "ar", "no_heat"),
        ("ingen varme", "da", "no_heat"),
        ("jeg fryser", "da", "no_heat"),
        ("ingen strøm", "da", "no_power"),
        ("strømmen er væk i hele gaden", "da", "power_supply"),
        ("rude", "da", "broken_window"),
        ("vandskade", "da", "burst_pipe"),
        ("hjælp", "da", "danger"),
        ("røg", "da", "danger"),
        ("fast i elevatoren", "da", "lift_trapped"),
        ("no water", "en", "no_water"),
        ("no hot water", "en", "hot_water"),
        ("no heating", "en", "no_heat"),
        ("لا يوجد ماء", "ar", "no_water"),
        ("لا يوجد ماء ساخن", "ar", "hot_water"),
    ],
)
def test_what_people_say_whole_tells_more_than_its_words(
    question: str, language: str, first: str
) -> None:
    assert found(question, language)[0] == first


def test_what_cannot_wait_is_asked_in_every_language() -> None:
    for one in queries.topics():
        asked = [said.asks for said in one.wordings.values()]
        assert all(asked) if one.urgency is not Urgency.ORDINARY else not any(asked), one.name


def test_words_that_say_nothing_find_everything_and_unknown_ones_nothing() -> None:
    assert len(found("hvem kan jeg ringe til")) == len(queries.topics())
    assert found("") == found("   ")
    assert found("qwertyuiop") == []
    assert found("x" * 5000) == []


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (date(2026, 9, 30), Who.OFFICE),
        (date(2026, 10, 1), Who.DUTY),
        (date(2026, 12, 31), Who.DUTY),
        (date(2027, 1, 1), Who.DUTY),
        (date(2027, 4, 30), Who.DUTY),
        (date(2027, 5, 1), Who.OFFICE),
    ],
)
def test_a_cold_home_cannot_wait_in_winter_and_can_in_summer(day: date, who: Who) -> None:
    assert topic("no_heat").who_on(day) is who
    assert topic("no_water").who_on(day) is Who.DUTY


def test_a_cold_home_stands_among_the_ordinary_in_summer() -> None:
    assert topic("no_heat").urgency_on(SUMMER) is Urgency.ORDINARY
    assert "no_heat" in found("varme", day=SUMMER)
    assert found("ingen varme", day=SUMMER)[0] == "no_heat"


def test_topics_and_wordings_belong_together() -> None:
    topics = ["topic,who,urgency,season,group,page,source", "tap,office,,,water,,x"]
    header = "topic,language,title,words,ready"
    filler = parse_filler(["language,words", "da,min"])
    with pytest.raises(ValueError, match="tap has no wording"):
        parse_topics(topics, [header, "tap,en,Tap,drip,x"], filler)
    with pytest.raises(ValueError, match="roof"):
        parse_topics(topics, [header, "tap,da,Hane,dryp,x", "roof,da,Tag,x,x"], filler)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (KOMMUNE, set()),
        (KOMMUNE._replace(name=""), {"name"}),
        (KOMMUNE._replace(name="n" * 81), {"name"}),
        (KOMMUNE._replace(phone="ring bare"), {"phone"}),
        (KOMMUNE._replace(phone=""), {"phone"}),
        (KOMMUNE._replace(phone="", email="post@lindeby.example"), set()),
        (KOMMUNE._replace(email="post"), {"email"}),
        (KOMMUNE._replace(web="http://lindeby.example"), {"web"}),
        (KOMMUNE._replace(web="javascript:alert(1)"), {"web"}),
        (KOMMUNE._replace(web="https://lindeby.example/a b"), {"web"}),
        (KOMMUNE._replace(web="https://lindeby.example", note="n" * 201), {"note"}),
    ],
)
def test_a_contact_says_how_to_reach_somebody(typed: Contacting, wrong: set[str]) -> None:
    assert set(contact_problems(typed)) == wrong


@pytest.mark.parametrize(
    ("phone", "number"),
    [("+45 55 55 01 20", "+4555550120"), ("12 34 56 78", "12345678"), ("(112)", "112"), ("", "")],
)
def test_a_number_is_dialled_by_its_digits(phone: str, number: str) -> None:
    assert callable_number(phone) == number


def own(database: Database, person: int, permission: Permission) -> Scope:
    with database.read() as session:
        return scope(reader(session, person), permission)


def test_a_section_has_its_own_contact_instead_of_its_organisations(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.get_one(Office, estate.office).duty_phone = "70 20 30 40"
    office = own(database, estate.people["office"], Permission.EDIT_CONTACTS)
    amina = own(database, estate.people["amina"], Permission.READ_CONTACTS)
    with database.write() as session:
        places = queries.places(session, office)
        whole = next(one for one in places if one.organisation == estate.north)
        north = next(one for one in places if one.section == estate.section)
        assert whole.section is None
        actions.add(session, office, whole, Who.MUNICIPALITY, KOMMUNE)
        own_words = KOMMUNE._replace(name="Borgerservice Nord")
        number = actions.add(session, office, north, Who.MUNICIPALITY, own_words)
    with database.read() as session:
        helping = queries.help_in(session, amina, estate.section, NOW)
        assert helping is not None
        assert helping.reaches[Who.MUNICIPALITY].name == "Borgerservice Nord"
        assert helping.reaches[Who.DUTY].phone == "70 20 30 40"
        assert helping.reaches[Who.EMERGENCY].phone == "112"
        assert queries.help_in(session, amina, estate.other_section, NOW) is None
    with database.write() as session:
        actions.remove(session, office, number, erasures)
    with database.read() as session:
        helping = queries.help_in(session, amina, estate.section, NOW)
        assert helping is not None
        assert helping.reaches[Who.MUNICIPALITY].name == "Lindeby Kommune"
        verbs = session.scalars(select(Deed.verb).where(Deed.thing_kind == "contact")).all()
    assert verbs == ["contact_added", "contact_added", "contact_removed"]


def test_a_place_has_one_contact_of_a_kind(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
    office = own(database, estate.people["office"], Permission.EDIT_CONTACTS)
    with database.write() as session:
        place = queries.places(session, office)[0]
        actions.add(session, office, place, Who.WASTE, KOMMUNE)
    with database.write() as session, pytest.raises(Problems):
        actions.add(session, office, place, Who.WASTE, KOMMUNE)


@pytest.mark.parametrize("done", ["removed", "changed"])
def test_a_number_taken_off_the_list_is_on_nobodys_page_after_a_restore(
    database: Database, erasures: ErasureLog, watch: Watch, done: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
    office = own(database, estate.people["office"], Permission.EDIT_CONTACTS)
    with database.write() as session:
        place = queries.places(session, office)[0]
        number = actions.add(session, office, place, Who.BOARD, KOMMUNE)
        actions.add(session, office, place, Who.WASTE, KOMMUNE)
        backup = dict(session.execute(select(Contact.__table__)).mappings().first() or {})
    watch.pass_by(timedelta(hours=1))
    with database.write() as session:
        if done == "removed":
            actions.remove(session, office, number, erasures)
        else:
            actions.change(session, office, number, KOMMUNE._replace(phone="112"), erasures)
            actions.erase(session, erasures.read()[0].ids)
            assert session.get_one(Contact, number).phone == "112", "what the backup has is newer"
        session.execute(delete(Contact).where(Contact.id == number))
        session.execute(insert(Contact).values(backup))
        (erasure,) = erasures.read()
        replay(session, REPLAYED, [erasure])
        assert session.scalars(select(Contact.who)).all() == [Who.WASTE]
    assert KOMMUNE.phone not in erasures.path.read_text()


def test_an_office_writes_for_an_organisation_only_when_it_has_all_of_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.add(Section(organisation_id=estate.north, number="9", name="Langt væk"))
    office = own(database, estate.people["office"], Permission.EDIT_CONTACTS)
    with database.write() as session:
        places = queries.places(session, office)
        whole = {place.organisation for place in places if place.section is None}
        assert whole == {estate.south}
        north = queries.Place(estate.north, None, "Boligforeningen Nord")
        with pytest.raises(Missing):
            actions.add(session, office, north, Who.WASTE, KOMMUNE)


def test_another_offices_contacts_are_not_there(database: Database, erasures: ErasureLog) -> None:
    with database.write() as session:
        estate = build_estate(session)
        other = Office(administration_id=estate.administration, name="Andet kontor")
        session.add(other)
        session.flush()
        stranger = add_person(session, "stranger").id
        give_role(session, stranger, Role.OFFICE, ScopeKind.OFFICE, other.id)
    mine = own(database, estate.people["office"], Permission.EDIT_CONTACTS)
    theirs = own(database, stranger, Permission.EDIT_CONTACTS)
    with database.write() as session:
        place = queries.places(session, mine)[0]
        number = actions.add(session, mine, place, Who.WASTE, KOMMUNE)
    with database.write() as session:
        assert queries.contact(session, theirs, number) is None
        assert queries.contacts(session, theirs) == []
        with pytest.raises(Missing):
            actions.change(session, theirs, number, KOMMUNE, erasures)
        with pytest.raises(Missing):
            actions.remove(session, theirs, number, erasures)


def test_the_board_is_named_by_first_names_and_no_protected_name(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for name, more in (
            ("birthe", {}),
            ("hanne", {"protected": True, "alias": "Solsort"}),
            ("anders", {"alias": "Bjørnen"}),
        ):
            person = add_person(session, name, **more).id
            give_role(session, person, Role.BOARD, ScopeKind.SECTION, estate.section)
    with database.read() as session:
        board = queries.board_of(session, estate.section, WINTER)
    assert [(member.name, member.chair) for member in board] == [
        ("Chair", True),
        ("Anders", False),
        ("Birthe", False),
    ]
