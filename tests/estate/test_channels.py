"""Whether a digital notice is lawful: a table of cases, each with the source that decides it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from estate import clock
from estate.audit.models import Deed
from estate.channels import actions as channels
from estate.channels.queries import (
    CONDITIONS,
    channel_of,
    demands_of,
    household_facts,
    law,
    section_facts,
    stated_places,
)
from estate.channels.rules import (
    ANNOUNCED,
    OBSTACLES,
    STATUTES,
    Demand,
    Facts,
    Matter,
    Party,
    demand_problems,
    fact_problems,
    lawful_digital,
    months_later,
    paper_why,
)
from estate.database import Database
from estate.people.rules import LetterChannel
from estate.permissions import Permission, ScopeKind, scope
from estate.places.models import Section
from estate.refusals import Forbidden, Missing, Refused
from estate.values.rules import parse_values
from tests.builders import add_household, add_person, build_estate, reader

DAY = date(2026, 11, 23)
NEW, OLD = date(2018, 1, 1), date(2017, 12, 31)
LETTER = date(2020, 5, 1)
MODEL = date(2019, 10, 1)
NOTICE, MEETING, FORMAL = Matter(), Matter(democracy=True), Matter(formal=True)
BL = "bl.dk, Digital kommunikation og sociale medier"
SOURCES = {
    "formal": "Almenlejeloven § 5, stk. 3; bl.dk, Digital Post (0921)",
    "exempt": BL,
    "objection": BL,
    "contract": BL,
    "announced": BL,
    "statutes": f"Normalvedtægtsbekendtgørelsen, i kraft 1. oktober 2019; {BL}",
}
"""Who says that it is a condition."""

ALL = Facts(contract_on=NEW, announced_on=LETTER, statutes_on=MODEL)
CONTRACTED, TOLD = ("exempt", "objection", "contract"), ("exempt", "objection", "announced")
MET, FORBIDDEN = (*TOLD, "statutes"), ("formal",)
"""The conditions looked at: of an ordinary notice, of a meeting, of what is formal."""

CASES = [
    # A contract from 1 January 2018 on allows digital communication; an older one does not.
    (NOTICE, Facts(NEW), CONTRACTED, ()),
    (NOTICE, Facts(OLD), TOLD, ("announced",)),
    # An older one does once a physical letter announced it, before, not on the very day.
    (NOTICE, Facts(OLD, announced_on=LETTER), TOLD, ()),
    (NOTICE, Facts(OLD, announced_on=DAY - timedelta(days=1)), TOLD, ()),
    (NOTICE, Facts(OLD, announced_on=DAY), TOLD, ("announced",)),
    # A letter of before the household moved in announced nothing to it.
    (NOTICE, Facts(OLD, announced_on=OLD), TOLD, ()),
    (NOTICE, Facts(OLD, announced_on=OLD - timedelta(days=1)), TOLD, ("announced",)),
    # Statutes are asked for by notices of meetings only.
    (NOTICE, Facts(OLD, statutes_on=MODEL), TOLD, ("announced",)),
    (NOTICE, Facts(NEW, statutes_on=None), CONTRACTED, ()),
    # A notice of a meeting: a letter announced it, and the statutes follow the model of 2019.
    (MEETING, ALL, MET, ()),
    (MEETING, replace(ALL, contract_on=OLD), MET, ()),
    (MEETING, replace(ALL, contract_on=LETTER), MET, ()),
    (MEETING, replace(ALL, contract_on=date(2023, 2, 1)), MET, ("announced",)),
    (MEETING, Facts(date(2023, 2, 1), False, (), date(2024, 1, 8), MODEL), MET, ()),
    (MEETING, replace(ALL, statutes_on=date(2019, 9, 30)), MET, ("statutes",)),
    (MEETING, replace(ALL, statutes_on=None), MET, ("statutes",)),
    (MEETING, replace(ALL, statutes_on=DAY + timedelta(days=1)), MET, ("statutes",)),
    (MEETING, replace(ALL, announced_on=None), MET, ("announced",)),
    (MEETING, Facts(NEW), MET, ("announced", "statutes")),
    # Whoever is exempt from Digital Post gets paper, whatever else is true.
    (NOTICE, replace(ALL, exempt=True), CONTRACTED, ("exempt",)),
    (MEETING, replace(ALL, exempt=True), MET, ("exempt",)),
    # Either party can demand other than digital communication with a month's notice.
    (NOTICE, replace(ALL, demands=(Demand(date(2026, 10, 23)),)), CONTRACTED, ("objection",)),
    (NOTICE, replace(ALL, demands=(Demand(date(2026, 10, 24)),)), CONTRACTED, ()),
    (NOTICE, replace(ALL, demands=(Demand(date(2020, 1, 1), DAY),)), CONTRACTED, ()),
    (
        NOTICE,
        replace(ALL, demands=(Demand(date(2020, 1, 1), DAY + timedelta(days=1)),)),
        CONTRACTED,
        ("objection",),
    ),
    (
        NOTICE,
        replace(ALL, demands=(Demand(date(2020, 1, 1), LETTER), Demand(date(2021, 1, 1)))),
        CONTRACTED,
        ("objection",),
    ),
    # Påkrav and opsigelse: Digital Post or paper, never e-mail, whatever was agreed.
    (FORMAL, ALL, FORBIDDEN, FORBIDDEN),
    (Matter(formal=True, democracy=True), ALL, FORBIDDEN, FORBIDDEN),
]


@pytest.mark.parametrize(("matter", "facts", "asked", "obstacles"), CASES)
def test_the_law_says_whether_a_digital_notice_counts(
    matter: Matter, facts: Facts, asked: tuple[str, ...], obstacles: tuple[str, ...]
) -> None:
    found = lawful_digital(law(DAY), matter, facts, DAY)
    assert tuple(ground.code for ground in found.grounds) == asked
    assert found.obstacles == obstacles
    assert found.ok is (not obstacles)
    assert {ground.code: ground.source for ground in found.grounds} == {
        code: SOURCES[code] for code in asked
    }
    assert set(obstacles) <= set(OBSTACLES)


def test_before_the_model_statutes_no_meeting_was_called_digitally() -> None:
    day = date(2019, 9, 30)
    facts = Facts(NEW, announced_on=date(2019, 1, 1), statutes_on=date(2019, 9, 1))
    assert lawful_digital(law(day), MEETING, facts, day).obstacles == ("statutes",)


def test_every_condition_can_be_read_and_names_its_source() -> None:
    with CONDITIONS.open(encoding="utf-8", newline="") as file:
        conditions = parse_values(file)
    assert set(conditions) == {
        *("formal", "exempt", "contract", "announced", "statutes", "objection")
    }
    assert all(dated.source for values in conditions.values() for dated in values)


@given(
    contract=st.dates(date(1990, 1, 1), DAY - timedelta(days=1)),
    exempt=st.booleans(),
    announced=st.none() | st.dates(date(2010, 1, 1), DAY),
    statutes=st.none() | st.dates(date(2010, 1, 1), DAY),
    demanded=st.none() | st.dates(date(2018, 1, 1), DAY),
    democracy=st.booleans(),
)
def test_nobody_exempt_and_nothing_formal_is_ever_given_digitally(
    contract: date,
    exempt: bool,
    announced: date | None,
    statutes: date | None,
    demanded: date | None,
    democracy: bool,
) -> None:
    demands = (Demand(demanded),) if demanded else ()
    facts = Facts(contract, exempt, demands, announced, statutes)
    found = lawful_digital(law(DAY), Matter(democracy=democracy), facts, DAY)
    assert not (found.ok and exempt)
    assert not lawful_digital(law(DAY), FORMAL, facts, DAY).ok
    # More stated and less demanded never takes lawfulness away.
    letter = max(LETTER, contract)
    better = replace(facts, exempt=False, demands=(), announced_on=letter, statutes_on=MODEL)
    assert lawful_digital(law(DAY), Matter(democracy=democracy), better, DAY).ok


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 10, 23), 1, date(2026, 11, 23)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 3, 31), -3, date(2026, 12, 31)),
        (date(2026, 5, 31), -3, date(2026, 2, 28)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_months_last(
    day: date, months: int, later: date
) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("chosen", "lawful", "reachable", "why"),
    [
        (False, True, True, ""),
        (True, True, True, "chosen"),
        (False, False, True, "unlawful"),
        (False, True, False, "unreachable"),
        (True, False, False, "chosen"),
    ],
)
def test_whatever_does_not_count_digitally_is_printed(
    chosen: bool, lawful: bool, reachable: bool, why: str
) -> None:
    assert paper_why(paper_chosen=chosen, lawful=lawful, reachable=reachable) == why


def test_a_stated_or_demanded_day_has_been() -> None:
    assert demand_problems(DAY, DAY) == {}
    assert set(demand_problems(DAY + timedelta(days=1), DAY)) == {"demanded_on"}
    assert set(demand_problems(None, DAY)) == {"demanded_on"}


@pytest.mark.parametrize(
    ("day", "source", "typed", "never", "wrong"),
    [
        (None, "", False, False, set()),  # nothing is known any more
        (None, "", True, False, {"day"}),
        (DAY + timedelta(days=1), "Brev", True, False, {"day"}),
        (DAY, "", True, False, {"source"}),
        (DAY, "Brev", True, False, set()),
        (None, "", False, True, set()),
        (DAY, "Brev", True, True, {"day"}),
    ],
)
def test_what_makes_letters_lawful_is_stated_with_its_source(
    day: date | None, source: str, typed: bool, never: bool, wrong: set[str]
) -> None:
    assert set(fact_problems(day, source, DAY, typed=typed, never=never)) == wrong


def test_a_tenant_chooses_the_channel_and_it_is_written_down_who_did(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household = estate.households["amina"]
        own = scope(reader(session, estate.people["amina"]), Permission.MANAGE_HOUSEHOLD)
        channels.choose_own_channel(session, own, household, LetterChannel.PAPER)
        channels.choose_own_channel(session, own, household, LetterChannel.PAPER)
    with database.read() as session:
        assert channel_of(session, household).channel is LetterChannel.PAPER
        deeds = session.execute(
            select(Deed.actor_id, Deed.details).where(Deed.verb == "chose_channel")
        ).all()
    assert [tuple(deed) for deed in deeds] == [(estate.people["amina"], {"channel": "paper"})]


def test_neither_a_neighbour_nor_somebody_who_is_not_the_tenant_chooses(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        other = add_person(session, "karim").id
        home = estate.homes["bent"]
        began = date(2021, 1, 1)
        household = add_household(session, home, estate.people["bent"], other, starts=began).id
        member = scope(reader(session, other), Permission.MANAGE_HOUSEHOLD)
        neighbour = scope(reader(session, estate.people["amina"]), Permission.MANAGE_HOUSEHOLD)
        with pytest.raises(Forbidden):
            channels.choose_own_channel(session, member, household, LetterChannel.SMS)
        with pytest.raises(Missing):
            channels.choose_own_channel(session, neighbour, household, LetterChannel.SMS)


def test_what_the_office_states_of_a_section_goes_before_its_organisations(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        sending = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
        organisation = (ScopeKind.ORGANISATION, estate.north)
        section = (ScopeKind.SECTION, estate.section)
        channels.state_fact(session, sending, organisation, STATUTES, MODEL, "Repræsentantskabet")
        channels.state_fact(session, sending, organisation, ANNOUNCED, LETTER, "Brev til alle")
        assert section_facts(session, estate.section, clock.today()) == (LETTER, MODEL)
        channels.state_fact(session, sending, section, ANNOUNCED, DAY, "")
        channels.state_fact(session, sending, section, ANNOUNCED, NEW, "Brev 2")
        assert section_facts(session, estate.section, clock.today()) == (NEW, MODEL)
        channels.state_never(session, sending, section, ANNOUNCED, "Kundebrev")
        assert section_facts(session, estate.section, clock.today()) == (None, MODEL)
        places = stated_places(session, sending, clock.today())
        assert (places[1].announced.never, places[1].announced.source) == (True, "Kundebrev")
        channels.state_fact(session, sending, section, ANNOUNCED, None, "")
        assert section_facts(session, estate.section, clock.today()) == (LETTER, MODEL)
        assert [place.name for place in places] == [
            *("Boligforeningen Nord", "Lærken", "Boligforeningen Syd", "Søen")
        ]
        assert places[0].statutes.source == "Repræsentantskabet"


def test_nobody_states_facts_of_a_place_out_of_reach(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        sending = scope(reader(session, estate.people["organisation"]), Permission.SEND_LETTERS)
        place = (ScopeKind.ORGANISATION, estate.south)
        with pytest.raises(Missing):
            channels.state_fact(session, sending, place, STATUTES, MODEL, "")


def test_who_serves_one_section_states_nothing_of_the_whole_organisation(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        own = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
        whole, section = (ScopeKind.ORGANISATION, estate.north), (ScopeKind.SECTION, estate.section)
        session.add(Section(organisation_id=estate.north, number="3", name="Engen"))
        session.flush()
        for key in (STATUTES, ANNOUNCED):
            with pytest.raises(Missing):
                channels.state_fact(session, own, whole, key, MODEL, "")
        channels.state_fact(session, own, section, ANNOUNCED, LETTER, "")
        assert section_facts(session, estate.section, clock.today()) == (LETTER, None)
        stating = {
            place.name: place.may_state for place in stated_places(session, own, clock.today())
        }
        assert stating == {
            "Boligforeningen Nord": False,
            "Lærken": True,
            "Boligforeningen Syd": True,
            "Søen": True,
        }


def test_a_demand_counts_until_it_is_taken_back_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        sending = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
        household = estate.households["amina"]
        channels.note_demand(session, sending, household, Party.TENANT, date(2026, 1, 2))
        place = section_facts(session, estate.section, clock.today())
        facts = household_facts(session, [household], place)[household].facts
        assert facts.demands == (Demand(date(2026, 1, 2)),)
        (line,) = demands_of(session, household)
        channels.end_demand(session, sending, household, line.id)
        with pytest.raises(Refused):
            channels.end_demand(session, sending, household, line.id)
        with pytest.raises(Missing):
            channels.end_demand(session, sending, estate.households["bent"], line.id)
