"""A closed water main: warned of at seven, changed at nine, over at eleven, on four channels."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import update
from starlette.testclient import TestClient

from engagement.announcing.queries import told_by
from engagement.announcing.rules import SERVICE_MESSAGE, Reached
from engagement.notices import actions as notices
from engagement.notices import queries
from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.deliveries.actions import subscribe
from estate.digests.actions import gather_digests
from estate.jobs import actions as jobs
from estate.notifications.actions import move_switches
from estate.notifications.rules import Channel
from estate.people.models import Person
from estate.settings import Settings
from tests.builders import Estate, add_household, add_person, build_estate
from tests.letterbox import Letterbox, letterbox
from tests.loops import run
from tests.neighbours import Neighbour
from tests.telephones import PushService, push_service
from web.app import create_app
from web.catalogues import speeches
from web.kinds import JOB_KIND, KIND
from web.mail import Postman
from web.push import Sender
from web.texts import Texter

SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)


class Estates:
    """The house in the morning: its office, its households, and everything that is sent."""

    def __init__(self, database: Database, settings: Settings, push: PushService) -> None:
        self.database, self.settings, self.push = database, settings, push
        with database.write() as session:
            self.estate: Estate = build_estate(session)
            self.people = self.estate.people
            # Nobody is disturbed at night, but for what cannot wait.
            quiet = {"quiet_from": time(21), "quiet_until": time(8)}
            session.execute(update(Person).values(**quiet))
            phone = {"phone": "+4520304050", "phone_confirmed_at": clock.now(), "language": "en"}
            session.execute(
                update(Person).where(Person.id == self.people["yasmin"]).values(**phone)
            )
            wish = {(SERVICE_MESSAGE, Channel.SMS): True}
            move_switches(session, self.people["yasmin"], wish)
            old = add_person(session, "gerda", email=None).id
            self.people["gerda"] = old
            add_household(session, self.estate.homes["jonas"], old, starts=clock.today())
            telephone = push.telephone("amina")
            subscribe(
                session,
                person=self.people["amina"],
                sign_in=None,
                endpoint=telephone.endpoint,
                **telephone.subscription()["keys"],
            )

    def work(self) -> None:
        """What the worker does when it is called: jobs, pushes, mails and SMS."""
        with self.database.write() as session:
            while (task := jobs.take(session, "test", clock.now())) is not None:
                step = JOB_KIND[task.kind].step
                while task is not None:
                    task = jobs.advance(session, task, step(session, task, Path()), clock.now())
            notices.come_round(session, clock.now(), self.settings.base_url)
        run(self._send())

    async def _send(self) -> None:
        said = speeches()
        async with Sender(self.database, self.settings, said) as sender:
            await sender.deliver_due()
        async with Texter(self.database, self.settings, said) as texter:
            await texter.send_due()
        await Postman(self.database, self.settings, said).send_due()

    def texts(self) -> list[str]:
        """Every SMS that went out so far, the oldest first."""
        files = sorted(
            (self.settings.data / "outbox").glob("*.sms"), key=lambda f: f.stat().st_mtime_ns
        )
        return [file.read_text() for file in files]


@pytest.fixture
def push() -> Iterator[PushService]:
    """A push service."""
    with push_service() as running:
        yield running


@pytest.fixture
def box() -> Iterator[Letterbox]:
    """A mail server."""
    with letterbox() as running:
        yield running


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def seen(html: str) -> str:
    """Which saving of a message a form was shown with."""
    (mark,) = re.findall(r'name="seen" value="([^"]*)"', html)
    return mark


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_office_warns_of_a_closed_water_main_on_four_channels(
    sqlite_database: Database, settings: Settings, push: PushService, box: Letterbox
) -> None:
    with time_machine.travel(SEVEN, tick=False) as moment:
        own = settings.model_copy(update={"worker": "apart", "smtp_url": box.url})
        house = Estates(sqlite_database, own, push)
        app = create_app(own, sqlite_database)
        with TestClient(app, base_url="http://localhost:8000") as client:

            def at_the_browser(name: str) -> Neighbour:
                with sqlite_database.write() as session:
                    token = access.begin_session(
                        session, house.people[name], Beginning.PASSKEY, "Test"
                    )
                return Neighbour(client, token)

            office, amina = at_the_browser("office"), at_the_browser("amina")
            estate = house.estate
            form = {
                "template": "water",
                "stairwell": [str(estate.stairwell), str(estate.next_stairwell)],
                "starts_day": "2026-11-23",
                "starts_at": "07:00",
                "ends_at": "10:00",
                "urgent": "yes",
                "submission": "the-water-main",
                **{
                    f"{part}_{language}": text
                    for language, said in queries.templates()["water"].texts.items()
                    for part, text in said._asdict().items()
                },
            }
            address = office.post("/desk/notices/new", form).headers["location"]
            assert office.post("/desk/notices/new", form).headers["location"] == address
            number = int(address.rsplit("/", 1)[1])
            link = f"http://localhost:8000/notices/{number}"
            house.work()

            # Seven o'clock: the phone on the bedside table, the SMS, the mail, the poster.
            day = "mandag den 23. november"
            heard = push.telephones["/amina"].heard
            assert [(one["title"], one["body"]) for one in heard] == [
                ("Vandet er lukket", f"Lærkevej 8 og 10: {day} kl. 7–10")
            ]
            assert heard[0]["address"] == f"/notices/{number}"
            (sms,) = house.texts()
            assert "The water is turned off" in sms
            assert "Lærkevej 8 and 10: Monday 23 November, 07:00-10:00" in sms
            assert link in sms
            (mail,) = box.taken
            assert mail["To"] == "jonas@example.org"
            assert "Vandet er lukket" in mail["Subject"]
            assert f"Vandet er lukket {day} kl. 7–10." in text_of(mail).replace("\n", " ")
            assert link in text_of(mail)
            with sqlite_database.read() as session:
                told = told_by(session, number)
            assert told.by == {
                Reached.PUSH: 1,
                Reached.SMS: 1,
                Reached.MAIL: 1,
                Reached.PAGE: 1,
            }
            desk = words(office.get(address).text)
            assert "Lærkevej 10 : 1 husstand" in desk
            poster = words(office.get(f"{address}/poster").text)
            assert "Vandet er lukket Mandag den 23. november kl. 7–10 Lærkevej 8 og 10" in poster
            assert "Vandet er lukket Haster i dag kl. 7–10" in words(amina.get("/").text)

            # Nine o'clock: it takes longer.
            moment.move_to(SEVEN + timedelta(hours=2))
            change = {**form, "starts_at": "07:00", "ends_at": "12:00"}
            del change["stairwell"], change["submission"]
            change["seen"] = seen(office.get(f"{address}/edit").text)
            assert office.post(f"{address}/edit", change).status_code == 303
            house.work()
            assert (heard[-1]["title"], heard[-1]["body"]) == (
                "Ændret: Vandet er lukket",
                f"Lærkevej 8 og 10: {day} kl. 7–12",
            )
            assert heard[-1]["tag"] == heard[0]["tag"]
            assert len(house.texts()) == 2
            assert "Changed: The water is turned off" in house.texts()[-1]
            assert box.taken[-1]["Subject"] == "Ændret: Vandet er lukket"
            assert "Vandet er lukket Haster i dag kl. 7–12" in words(amina.get("/").text)
            page = words(amina.get(f"/notices/{number}").text)
            assert "Hvad der stod før" in page
            assert "kl. 7–10" in page

            # Eleven o'clock: the water is back an hour sooner.
            moment.move_to(SEVEN + timedelta(hours=4))
            over = {
                "over_day": "2026-11-23",
                "over_at": "11:00",
                "afterword_da": form["afterword_da"],
                "afterword_en": form["afterword_en"],
                "seen": seen(office.get(f"{address}/over").text),
            }
            assert office.post(f"{address}/over", over).status_code == 303
            house.work()
            assert heard[-1]["title"] == "Overstået: Vandet er lukket"
            assert heard[-1]["body"] == form["afterword_da"]
            assert len(heard) == 3
            assert "Over: The water is turned off" in house.texts()[-1]
            assert box.taken[-1]["Subject"] == "Overstået: Vandet er lukket"
            assert form["afterword_da"] in text_of(box.taken[-1]).replace("\n", " ")
            assert "Vandet er lukket" not in amina.get("/").text
            assert "Overstået i dag kl. 11" in words(amina.get(f"/notices/{number}").text)

            # In the afternoon no digest tells again what phones, SMS and mails have told.
            moment.move_to(SEVEN + timedelta(hours=10))
            with sqlite_database.write() as session:
                gather_digests(
                    session, KIND, clock.now(), base_url="", settings_path="/me/notifications"
                )
            mails = len(box.taken)
            house.work()
            assert len(box.taken) == mails
