"""Service messages as pages: an office at its desk, residents at their phones, a poster."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from engagement.announcing.rules import SERVICE_MESSAGE
from engagement.notices import queries
from engagement.notices.models import Notice
from engagement.notices.rules import Urgency, Wording
from estate import clock
from estate.database import Database
from estate.notifications.actions import move_switches
from estate.notifications.rules import Channel
from estate.places.models import Section, Stairwell
from tests.announcements import announce, tell_all
from tests.builders import Estate
from tests.neighbours import Who
from tests.watch import Watch

House = tuple[Database, Estate, Who]
SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Seven in the morning on a Monday, until the test says otherwise."""
    shown = Watch(SEVEN)
    monkeypatch.setattr(clock, "now", shown)
    return shown


def written(estate: Estate, **more: Any) -> dict[str, Any]:
    """What an office sends."""
    return {
        "template": "water",
        "stairwell": [str(estate.stairwell), str(estate.next_stairwell)],
        "starts_day": "2026-11-23",
        "starts_at": "10:00",
        "ends_at": "13:00",
        "ends_day": "",
        "title_da": "Vandet er lukket",
        "text_da": "Vandet er lukket {hvornår}. Det gælder {hvor}.",
        "afterword_da": "Vandet er tilbage.",
        "title_en": "The water is off",
        "text_en": "The water is off {when}.",
        **more,
    }


def text_of(html: str) -> str:
    """A page's words in a row."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def seen(html: str) -> str:
    """Which saving of a message a form was shown with."""
    (mark,) = re.findall(r'name="seen" value="([^"]*)"', html)
    return mark


def number_of(address: str) -> int:
    return int(address.rsplit("/", 1)[1])


def test_an_office_begins_with_ready_words_in_every_language(house: House, watch: Watch) -> None:
    _, _, who = house
    office = who("office")
    choices = office.get("/desk/notices/new").text
    for template in queries.templates().values():
        assert f"?template={template.key}" in choices
    form = office.get("/desk/notices/new?template=water").text
    for wording in queries.templates()["water"].texts.values():
        assert wording.title in form
    assert 'value="2026-11-23"' in form
    own = office.get("/desk/notices/new?template=own").text
    assert "Vandet er lukket" not in own


def test_the_preview_says_how_it_reads_and_how_many_it_reaches(house: House, watch: Watch) -> None:
    database, estate, who = house
    office = who("office")
    shown = office.post("/desk/notices/new", written(estate, preview="yes"))
    assert shown.status_code == 200
    words = text_of(shown.text)
    assert "2 stairwells · 3 households:" in words
    assert "Vandet er lukket i dag kl. 10–13. Det gælder Lærkevej 8 og 10." in words
    assert "The water is off today 10:00–13:00." in words
    assert "Nobody has been told yet." in words
    piece = office.post(
        "/desk/notices/new", written(estate, preview="yes"), **{"HX-Request-Type": "partial"}
    )
    assert piece.text.strip().startswith('<div id="preview"')
    with database.read() as session:
        assert session.scalars(sa.select(Notice.id)).all() == []


def test_a_message_is_told_once_however_often_it_is_sent(house: House, watch: Watch) -> None:
    database, estate, who = house
    office = who("office")
    form = written(estate, submission="one-and-the-same-id")
    first, second = (office.post("/desk/notices/new", form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    with database.write() as session:
        tell_all(session)
    page = text_of(office.get(first.headers["location"]).text)
    assert "In the e-mail that gathers the day or the week" in page
    today = who("amina").get("/").text
    assert "The water is off" in today
    assert "today 10:00–13:00" in text_of(today)
    assert "The water is off" in who("helper").get("/").text
    assert "The water is off" not in who("bent").get("/").text
    assert "The water is off" in who("caretaker").get("/").text


def test_a_tick_on_the_section_or_the_building_is_one_on_every_door(
    house: House, watch: Watch
) -> None:
    _, estate, who = house
    office = who("office")
    for ticks, place in (
        ({"section": [str(estate.section)], "stairwell": []}, "all of Lærken"),
        ({"building": [str(estate.building)], "stairwell": []}, "Lærkevej 8 and 10"),
        (
            {"section": [str(estate.other_section)], "stairwell": [str(estate.stairwell)]},
            "Lærkevej 8; all of Søen",
        ),
    ):
        sent = office.post("/desk/notices/new", written(estate, **ticks))
        assert sent.status_code == 303
        assert place in text_of(office.get(sent.headers["location"]).text)


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    house: House, watch: Watch
) -> None:
    _, estate, who = house
    wrong = written(estate, stairwell=[], starts_at="", text_da="Kære {navn}", title_en="")
    answer = who("office").post("/desk/notices/new", wrong)
    assert answer.status_code == 422
    words = text_of(answer.text)
    assert "Choose at least one stairwell." in words
    assert "Nothing is filled in for {navn}." in words
    assert "Write the day and the time it begins." in words
    assert "Kære {navn}" in words
    assert "The water is off {when}." in words


def test_a_place_elsewhere_is_no_place(house: House, watch: Watch) -> None:
    _, estate, who = house
    office = who("office")
    for number in ("99999", "x", "9" * 5000, "99999999999999999999", "٤٢"):
        for field in ("section", "building", "stairwell"):
            ticks = {"stairwell": [], field: [number]}
            answer = office.post("/desk/notices/new", written(estate, **ticks))
            assert answer.status_code == 422, (field, number[:20])


def test_an_hour_before_the_beginning_is_the_night_after(house: House, watch: Watch) -> None:
    database, estate, who = house
    form = written(estate, starts_at="22:00", ends_at="04:00", text_da="Natarbejde {hvornår}.")
    sent = who("office").post("/desk/notices/new", form)
    with database.read() as session:
        found = queries.view(session, number_of(sent.headers["location"]))
    assert found.ends_at == SEVEN + timedelta(hours=21)


def test_residents_read_it_in_their_language_and_the_danish_a_tap_away(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate, estate.stairwell, urgency=Urgency.URGENT)
    amina = who("amina")
    page = amina.get(f"/notices/{number}").text
    words = text_of(page)
    assert "The water is off today 08:00–11:00." in words
    assert "The Danish text is the one that counts; this is help." in words
    assert "Read it in Danish" in words
    assert "Vandet er lukket i dag kl. 8–11." in words
    assert '<div id="danish" class="stack s" lang="da" dir="ltr">' in page
    listed = text_of(amina.get("/notices").text)
    assert "Coming" in listed
    assert "Urgent" in listed
    watch.pass_by(2 * HOUR)
    assert "Now The water is off" in text_of(amina.get("/notices").text)
    watch.pass_by(3 * HOUR)
    assert "The last 30 days" in text_of(amina.get("/notices").text)
    assert "The water is off" not in amina.get("/").text
    watch.pass_by(timedelta(days=31))
    assert "Nothing is closed or out of order" in text_of(amina.get("/notices").text)
    assert amina.get(f"/notices/{number}").status_code == 200
    assert who("sofie").get(f"/notices/{number}").status_code == 404


def test_a_change_keeps_what_was_said_and_whoever_was_told_first_is_asked_once(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate)
        tell_all(session)
    office = who("office")
    form = office.get(f"/desk/notices/{number}/edit").text
    assert 'value="08:00"' in form
    assert 'value="11:00"' in form
    changed = {
        "starts_day": "2026-11-23",
        "starts_at": "08:00",
        "ends_day": "2026-11-23",
        "ends_at": "15:00",
        "title_da": "Vandet er lukket",
        "text_da": "Vandet er stadig lukket {hvornår}.",
        "title_en": "The water is off",
        "text_en": "The water is off {when}.",
        "seen": seen(form),
    }
    preview = text_of(office.post(f"/desk/notices/{number}/edit", {**changed, "preview": "y"}).text)
    assert "The translations may say less than the Danish" in preview
    asked = office.post(f"/desk/notices/{number}/edit", changed)
    assert asked.status_code == 422
    assert 'href="#f-behind"' in asked.text
    answered = {**changed, "behind": "yes"}
    sent = office.post(f"/desk/notices/{number}/edit", answered)
    assert sent.status_code == 303
    desk = text_of(office.get(f"/desk/notices/{number}").text)
    assert "Posters that hang in the stairwells say what it said before" in desk
    poster = text_of(office.get(f"/desk/notices/{number}/poster").text)
    assert "The water is off The Danish text was changed after this." in poster
    stale = office.post(f"/desk/notices/{number}/edit", changed)
    assert stale.status_code == 422
    assert "Somebody else changed this message meanwhile" in text_of(stale.text)
    page = text_of(who("amina").get(f"/notices/{number}").text)
    assert "today 08:00–15:00" in page
    assert "The Danish was changed after this" in page
    assert "What it said before" in page
    assert "The water is off Monday 23 November, 08:00–11:00." in page


def test_whoever_corrects_a_word_is_not_overwritten_by_a_form_from_before(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate)
        tell_all(session)
    office, address = who("office"), f"/desk/notices/{number}"
    form = {
        "starts_day": "2026-11-23",
        "starts_at": "08:00",
        "ends_at": "11:00",
        "title_da": "Vandet er lukket",
        "text_da": "Vandet er lukket {hvornår}.",
        "title_en": "The water is off",
        "text_en": "The water is off {when}.",
        "behind": "yes",
        "seen": seen(office.get(f"{address}/edit").text),
    }
    over = {"over_day": "2026-11-23", "over_at": "07:00", "afterword_en": "It is back."}
    over["seen"] = seen(office.get(f"{address}/over").text)
    watch.pass_by(HOUR / 4)
    better = {**form, "text_en": "No water {when}."}
    assert office.post(f"{address}/edit", better).status_code == 303
    assert office.post(f"{address}/edit", {**form, "seen": ""}).status_code == 422
    for page, older in (("edit", form), ("over", over)):
        refused = office.post(f"{address}/{page}", older)
        assert refused.status_code == 422, page
        assert "Somebody else changed this message meanwhile" in text_of(refused.text)
    with database.read() as session:
        stands = queries.view(session, number)
    assert (stands.texts["en"].text, stands.over_at) == ("No water {when}.", None)
    again = {**form, "seen": seen(refused.text)}
    assert office.post(f"{address}/edit", again).status_code == 303


def test_saying_that_it_is_over_asks_when_and_what_to_say(house: House, watch: Watch) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate)
        tell_all(session)
    office = who("office")
    coming = office.get(f"/desk/notices/{number}/over").text
    assert "Is it called off?" in coming
    assert 'name="over_day"' not in coming
    watch.pass_by(3 * HOUR)
    form = office.get(f"/desk/notices/{number}/over").text
    assert 'value="10:00"' in form
    assert "Vandet er tilbage." in form
    address = f"/desk/notices/{number}/over"
    later = office.post(address, {"over_day": "2026-11-23", "over_at": "12:00"})
    assert later.status_code == 422
    said = {"over_day": "2026-11-23", "over_at": "09:45", "afterword_da": "Klar."}
    said["seen"] = seen(form)
    assert office.post(address, said).status_code == 303
    assert office.post(address, said).status_code == 409
    page = text_of(who("amina").get(f"/notices/{number}").text)
    assert "Over today at 09:45" in page
    assert "The water is off" not in who("amina").get("/").text


def test_what_is_called_off_says_so_in_its_headline_and_stays_on_today_for_its_day(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate)
        tell_all(session)
    office, amina = who("office"), who("amina")
    address = f"/desk/notices/{number}"
    before = text_of(office.get(address).text)
    assert "3 of 3 were told," in before
    form = {"seen": seen(office.get(f"{address}/over").text)}
    assert office.post(f"{address}/over", form).status_code == 303
    unheard = text_of(office.get(address).text)
    assert "0 of 3 have heard that it is called off." in unheard
    assert "Give it a new time" in unheard
    with database.write() as session:
        tell_all(session)
    assert "3 of 3 have heard that it is called off." in text_of(office.get(address).text)
    page = text_of(amina.get(f"/notices/{number}").text)
    assert "Called off: The water is off Not today 08:00–11:00 after all" in page
    assert "The message that was called off The water is off today" in page
    assert "Called off: The water is off" in text_of(amina.get("/").text)
    watch.pass_by(5 * HOUR)
    assert "The water is off" not in amina.get("/").text
    assert "Not today 08:00–11:00 after all" in text_of(amina.get("/notices").text)
    with database.read() as session:
        assert queries.view(session, number).texts["da"].afterword == "Vandet er tilbage."


def test_only_who_has_seen_it_is_offered_first_to_tell_everybody(
    house: House, watch: Watch
) -> None:
    _, estate, who = house
    office = who("office")
    form = office.get("/desk/notices/new?template=water").text
    assert form.index('id="look"') < form.index('id="tell"')
    shown = office.post("/desk/notices/new", written(estate, preview="yes")).text
    assert shown.index('id="tell"') < shown.index('id="look"')


def test_what_is_over_stands_by_when_it_ended_with_its_year_page_by_page(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    moved = datetime(2024, 3, 4, 9, tzinfo=UTC)
    with database.write() as session:
        first, *others = (announce(session, estate) for _ in range(queries.PAGE + 1))
        for step, number in enumerate([first, *others]):
            ended = SEVEN - HOUR * step if step else SEVEN - HOUR / 2
            row = session.get_one(Notice, number)
            row.starts_at, row.ends_at = ended - HOUR, ended
        last = session.get_one(Notice, others[3])
        last.starts_at, last.ends_at = moved, moved + HOUR
    office = who("office")
    newest = office.get("/desk/notices").text
    assert newest.index(f"/desk/notices/{first}") < newest.index(f"/desk/notices/{others[0]}")
    assert f'href="/desk/notices/{others[3]}"' not in newest
    (more,) = re.findall(r"/desk/notices\?before=\d+", newest)
    older = office.get(more).text
    assert f'href="/desk/notices/{others[3]}"' in older
    assert "4 March 2024, 10:00–11:00" in text_of(older)


def test_a_caretaker_of_one_section_changes_nothing_that_reaches_another(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate, estate.stairwell, estate.foreign_stairwell)
    assert who("caretaker").get(f"/desk/notices/{number}/edit").status_code == 200
    assert who("chair").get(f"/desk/notices/{number}").status_code == 403
    assert who("chair").get(f"/notices/{number}").status_code == 200


def test_the_poster_says_it_in_danish_first_with_days_by_name_and_a_way_back(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate, estate.stairwell, estate.next_stairwell)
    office = who("office")
    page = office.get(f"/desk/notices/{number}/poster").text
    words = text_of(page)
    assert "Mandag den 23. november kl. 8–11 Lærkevej 8 og 10" in words
    assert words.index("Vandet er lukket mandag") < words.index("The water is off Monday")
    assert f"http://localhost:8000/notices/{number}" in words
    assert "<svg" in page
    assert "Print it 2 times" in words
    assert "changed after this" not in words


def test_the_desk_is_reminded_to_take_the_posters_down_once_it_is_over(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    office, reminder = who("office"), "Take down the posters that hang in the stairwells"
    with database.write() as session:
        number = announce(session, estate)
    assert reminder not in office.get(f"/desk/notices/{number}").text
    watch.pass_by(3 * HOUR)
    said = {"over_day": "2026-11-23", "over_at": "09:45", "seen": "new"}
    office.post(f"/desk/notices/{number}/over", said)
    page = office.get(f"/desk/notices/{number}").text
    assert reminder in page
    assert "it now says that it is over" in page


def test_begin_and_end_are_asked_in_the_same_order(house: House) -> None:
    page = house[2]("office").get("/desk/notices/new?template=water").text
    asked = [page.index(f'name="{name}"') for name in TIMES]
    assert asked == sorted(asked)


TIMES = ("starts_day", "starts_at", "ends_day", "ends_at")


def test_the_poster_of_what_was_called_off_thanks_for_nothing_in_any_language(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    said = {"over_day": "2026-11-23", "over_at": "07:00", "seen": "new"}
    said |= {"afterword_da": "Vandet er tilbage.", "afterword_en": "The water is back."}
    office = who("office")
    with database.write() as session:
        off, over, silent = (announce(session, estate) for _ in range(3))
    office.post(f"/desk/notices/{off}/over", said)
    words = text_of(office.get(f"/desk/notices/{off}/poster").text)
    assert "Aflyst" in words
    assert "Aflyst: Vandet er lukket Alligevel ikke mandag den 23. november kl. 8–11" in words
    assert "Called off: The water is off Not Monday 23 November, 08:00–11:00 after all" in words
    assert "Vandet er tilbage" not in words
    assert "The water is back" not in words
    watch.pass_by(3 * HOUR)
    said["over_at"] = "09:45"
    office.post(f"/desk/notices/{over}/over", said)
    words = text_of(office.get(f"/desk/notices/{over}/poster").text)
    assert "Vandet er tilbage." in words
    assert "The water is off The water is back." in words
    office.post(f"/desk/notices/{silent}/over", {**said, "afterword_en": ""})
    words = text_of(office.get(f"/desk/notices/{silent}/poster").text)
    assert "The water is off Over Monday 23 November at 09:45" in words


def test_ready_words_reworded_in_danish_alone_go_out_once_somebody_answered(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    ready = {
        f"{part}_{language}": text
        for language, said in queries.templates()["water"].texts.items()
        for part, text in said._asdict().items()
    }
    office = who("office")
    form = written(estate, **{**ready, "text_da": "Kun det varme vand {hvornår}."})
    asked = office.post("/desk/notices/new", form)
    assert asked.status_code == 422
    assert "Change the translations, too" in text_of(asked.text)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    looked = {**form, "looked_at": ["en", "ar"]}
    preview = office.post("/desk/notices/new", {**looked, "preview": "yes"}).text
    assert preview.count('name="looked_at"') == 2
    assert office.post("/desk/notices/new", looked).status_code == 303


def test_who_is_reached_by_nothing_is_not_among_those_told(house: House, watch: Watch) -> None:
    database, estate, who = house
    with database.write() as session:
        off = {(SERVICE_MESSAGE, Channel.EMAIL): False}
        move_switches(session, estate.people["yasmin"], off)
        number = announce(session, estate)
        tell_all(session)
    page = text_of(who("office").get(f"/desk/notices/{number}").text)
    assert "Only if they open Opgang, or read the poster 1 person" in page
    assert "2 of 3 were told, the last of them" in page


def test_nobody_is_named_among_those_who_were_told(house: House, watch: Watch) -> None:
    database, estate, who = house
    with database.write() as session:
        number = announce(session, estate)
        tell_all(session)
    page = text_of(who("office").get(f"/desk/notices/{number}").text)
    assert "Amina" not in page
    assert "Yasmin" not in page
    assert "2 households:" in page


def test_a_list_costs_the_same_however_many_messages_it_shows(house: House, watch: Watch) -> None:
    database, estate, who = house
    amina, seen, counted = who("amina"), [], []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
    for _ in range(2):
        with database.write() as session:
            for _ in range(3):
                announce(session, estate)
        amina.get("/notices")  # who asks is known from now on
        seen.clear()
        amina.get("/notices")
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_a_message_is_found_by_its_words_its_door_and_its_section(
    house: House, watch: Watch
) -> None:
    database, estate, who = house
    lift = {"da": Wording("Elevatoren står", "Reservedelen er bestilt i Ærø.", "")}
    with database.write() as session:
        water = announce(session, estate)
        other = announce(session, estate, estate.next_stairwell, texts=lift)
        row = session.get_one(Notice, water)
        row.starts_at, row.ends_at = SEVEN - 2 * HOUR, SEVEN - HOUR
        number = session.get_one(Stairwell, estate.next_stairwell).house_number
        away = session.scalars(
            sa.select(Section.id).where(Section.id != estate.section).order_by(Section.id)
        ).first()
    office = who("office")

    def found(**asked: object) -> set[int]:
        page = office.get(f"/desk/notices?{urlencode(asked)}").text
        return {int(one) for one in re.findall(r'href="/desk/notices/(\d+)"', page)}

    assert found() == {water, other}
    assert found(q="vandet") == {water}
    assert found(q="WATER") == {water}, "in any language"
    assert found(q="ÆRØ bestilt") == {other}, "every word, in large letters or small"
    assert found(q=f"lærkevej {number}") == {other}
    assert found(q="%") == set()
    assert found(section=estate.section) == {water, other}
    assert found(section=away) == set()
    nothing = office.get("/desk/notices?q=kamel").text
    assert "Nothing found" in nothing
    assert 'value="kamel"' in nothing


def test_older_messages_are_still_those_that_are_looked_for(house: House, watch: Watch) -> None:
    database, estate, who = house
    with database.write() as session:
        for step in range(queries.PAGE + 2):
            row = session.get_one(Notice, announce(session, estate))
            row.starts_at = SEVEN - HOUR * (step + 2)
            row.ends_at = row.starts_at + HOUR
    page = who("office").get(f"/desk/notices?q=vandet&section={estate.section}").text
    assert f"&amp;q=vandet&amp;section={estate.section}" in page
