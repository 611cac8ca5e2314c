"""Yusuf, whom the administration's file brought, leaves by himself; the nights' files go on."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.changes.models import Change
from estate.database import Database
from estate.language import unpack
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Person
from estate.permissions import Role, ScopeKind
from estate.places.models import Office
from estate.settings import Settings
from estate.sync.rules import Report
from tests.builders import add_person, give_role
from tests.estate.files import import_estate, living, write
from tests.neighbours import Neighbour
from tests.nights import live_on, pass_a_night
from web.app import create_app
from web.commands.sync import print_estate

AMINA = living("1", given_name="Amina", family_name="Holm")
YUSUF = living("77", given_name="Yusuf", family_name="Holm", tenant="")


class Home:
    """Amina's home as the file has it, an office, and the nights."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        client: TestClient,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.database, self.settings, self.client = database, settings, client
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        self.began = clock.today()
        import_estate(database, write(folder, [AMINA, YUSUF]))
        with database.write() as session:
            self.household = session.scalars(select(Household.id)).one()
            self.people = {
                name: session.scalars(select(Person.id).where(Person.given_name == name)).one()
                for name in ("Amina", "Yusuf")
            }
            self.people["Office"] = add_person(session, "office").id
            office = session.scalars(select(Office.id)).one()
            give_role(session, self.people["Office"], Role.OFFICE, ScopeKind.OFFICE, office)

    def as_(self, name: str) -> Neighbour:
        """Somebody on a device of their own."""
        with self.database.write() as session:
            token = access.begin_session(session, self.people[name], Beginning.PASSKEY, "Test")
        return Neighbour(self.client, token)

    def night(self, days: int, *rows: dict[str, str]) -> tuple[Report, str]:
        """The night that ends so many days later: what it erases, the file, what that says."""
        noon = datetime.combine(self.began + timedelta(days=days), time(12), clock.LOCAL)
        live_on(self.monkeypatch, noon.astimezone(clock.now().tzinfo))
        pass_a_night(self.settings, self.database)
        report = import_estate(self.database, write(self.folder, rows), yes=True)
        self.capsys.readouterr()
        print_estate(report)
        return report, self.capsys.readouterr().out

    def stays(self) -> list[tuple[date, date | None]]:
        """When yusuf lived here, from and to."""
        asked = select(Member.starts_on, Member.ends_on).order_by(Member.starts_on)
        with self.database.read() as session:
            mine = asked.where(Member.person_id == self.people["Yusuf"])
            return [(row.starts_on, row.ends_on) for row in session.execute(mine)]


@pytest.fixture
def home(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Home]:
    settings = Settings(
        data=tmp_path / "var", database_url=database.url, secret="leaving", worker="apart"
    )
    settings.make_folder()
    app = create_app(settings, database)
    with TestClient(app, base_url=settings.base_url) as client:
        yield Home(database, settings, client, tmp_path, monkeypatch, capsys)


def leave(home: Home) -> int:
    """Yusuf taps what his household's page offers him; the status."""
    yusuf = home.as_("Yusuf")
    page = yusuf.get("/me/household").text
    (action,) = {line.split('"')[0] for line in page.split('action="') if "/leave" in line[:80]}
    assert "I no longer live here" in page
    return yusuf.post(action).status_code


def test_who_left_by_himself_stays_left_whatever_the_nights_file_repeats(home: Home) -> None:
    assert "/leave" not in home.as_("Amina").get("/me/household").text
    assert "give notice to the office" in home.as_("Amina").get("/me/household").text
    yusuf = home.as_("Yusuf")
    assert leave(home) == 303
    left = [(date(2020, 1, 1), home.began)]
    for days in (1, 2, 30):
        report, said = home.night(days, AMINA, YUSUF)
        assert home.stays() == left
        assert (report.added, report.changed, report.closed) == ([], [], [])
        assert report.unchanged == 2
        assert "1 left by themselves" in said
        assert "line 3" in said
        assert "Person 77 left by themself on" in said
        page = home.as_("Office").get(f"/desk/people/{home.household}").text
        assert "Har selv forladt husstanden" in page
        assert "Yusuf Holm" in page
    assert yusuf.get("/me/household").status_code == 403
    assert yusuf.get("/me/history").status_code == 200
    home.night(61, AMINA, YUSUF)
    assert home.stays() == left
    assert yusuf.get("/me/history").status_code == 401


def test_leaving_is_written_down_and_told_to_everybody_it_touches(home: Home) -> None:
    leave(home)
    with home.database.read() as session:
        deed = session.scalars(select(Deed).where(Deed.verb == "left_household")).one()
        assert deed.actor_id == home.people["Yusuf"]
        change = session.scalars(select(Change)).one()
        assert (change.kind, change.data["person"]) == ("member.left", "77")
        told = {one.person_id: one for one in session.scalars(select(Notification))}
    assert set(told) == set(home.people.values())
    office = told[home.people["Office"]]
    assert "End it in the administration's system, too." in office.body
    assert unpack(office.values)["day"] == home.began


def test_a_file_that_lets_him_go_settles_it_and_a_later_first_day_brings_him_back(
    home: Home,
) -> None:
    leave(home)
    left = (date(2020, 1, 1), home.began)
    ended = {**YUSUF, "member_to": home.began.isoformat()}
    for days, rows in ((1, (AMINA, ended)), (2, (AMINA,))):
        report, said = home.night(days, *rows)
        assert report.left == []
        assert "0 left by themselves" in said
        assert home.stays() == [left]
    assert len(home.night(3, AMINA, YUSUF)[0].left) == 1
    again = home.began + timedelta(days=4)
    report, _ = home.night(5, AMINA, {**YUSUF, "member_from": again.isoformat()})
    assert (len(report.added), report.left) == (1, [])
    assert home.stays() == [left, (again, None)]
    assert home.as_("Yusuf").get("/me/household").status_code == 200
    page = home.as_("Office").get(f"/desk/people/{home.household}").text
    assert "Har selv forladt husstanden" not in page


def test_whoever_the_tenant_added_stays_left_when_the_register_learns_of_them_late(
    home: Home,
) -> None:
    with home.database.write() as session:
        late = add_person(session, "karim", family_name="Holm")
        home.people["Yusuf"] = late.id  # whose stays are looked at
        session.add(
            Member(
                household_id=home.household,
                person_id=late.id,
                origin="tenant",
                starts_on=home.began,
                ends_on=home.began,
                confirmed_at=clock.now(),
            )
        )
    karim = living("88", given_name="Karim", family_name="Holm", tenant="")
    for days in (1, 2):
        report, _ = home.night(days, AMINA, YUSUF, karim)
        assert len(report.left) == 1
        assert home.stays() == [(home.began, home.began)]
    with home.database.read() as session:
        known = session.scalars(select(Person.number).where(Person.id == home.people["Yusuf"]))
        assert known.one() == "88"
