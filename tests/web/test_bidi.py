"""Danish names, numbers and sentences inside Arabic ones: nothing is scrambled, nothing English."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from markupsafe import Markup, escape

from estate import clock
from estate.deliveries.actions import Parcel, Words
from estate.language import Message, Named, count_of, pack_message, say
from estate.mails.actions import OutgoingMail
from estate.settings import Settings
from estate.texts.actions import Outgoing
from tests.house.walk import ROUTES
from web import catalogues
from web.bidi import FSI, LRI, PDI, apart, isolated, plain
from web.catalogues import Speech
from web.mail import compose
from web.push import payload
from web.templating import Addresses, Templates
from web.texts import composed

NO_BREAK = "\N{NO-BREAK SPACE}"

ARABIC_PO = """
msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
"n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "{name} at {place}"
msgstr "{name} في {place}"

msgid "Write to %(name)s"
msgstr "اكتب إلى %(name)s"

msgid "{count} answer"
msgid_plural "{count} answers"
msgstr[0] "لا ردود"
msgstr[1] "رد واحد"
msgstr[2] "ردان"
msgstr[3] "{count} ردود"
msgstr[4] "{count} ردًا"
msgstr[5] "{count} رد"

msgid "Not yet"
msgid_plural "Not yet, %(num)d"
msgstr[0] ""
msgstr[1] ""
msgstr[2] ""
msgstr[3] ""
msgstr[4] ""
msgstr[5] ""
"""

DANISH_PO = """
msgid ""
msgstr ""
"Language: da\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "{name} at {place}"
msgstr "{name} ved {place}"

msgid "Write to %(name)s"
msgstr "Skriv til %(name)s"

msgid "Only staff read this, {day}."
msgstr "Kun personalet læser det, den {day}."

msgid "Not yet"
msgid_plural "Not yet, %(num)d"
msgstr[0] "Ikke endnu"
msgstr[1] "Ikke endnu, %(num)d"
"""

DAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def parcel() -> Parcel:
    """One on its way to somebody who reads Arabic."""
    words = Words("", "", "", "{}", 1)
    return Parcel(1, 0, 1, "https://push.example", "", "", "ar", "key", 7, words, "/", "", False)


@pytest.fixture
def arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Speech:
    """A house that knows a few sentences in Arabic, and some more in Danish."""
    for language, text in (("ar", ARABIC_PO), ("da", DANISH_PO)):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(text.lstrip(), encoding="utf-8")
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path)
    return Speech("ar")


def test_a_value_inside_a_sentence_keeps_its_own_order(arabic: Speech) -> None:
    told = arabic.say(say("{name} at {place}", name=Named(1, "Bent"), place="Lærkevej 8, 2. tv."))
    place = f"Lærkevej{NO_BREAK}8, 2.{NO_BREAK}tv."
    assert told == f"{FSI}Bent{PDI} في {FSI}{place}{PDI}"
    assert plain(told) == f"Bent في {place}"


def test_a_templates_values_and_printed_phone_numbers_do_so_too() -> None:
    assert isolated("اكتب إلى %(name)s") == f"اكتب إلى {FSI}%(name)s{PDI}"
    assert isolated("%(num)d ردود") == "%(num)d ردود"
    assert isolated("هاتف 33 19 32 00.") == f"هاتف {LRI}33 19 32 00{PDI}."
    assert isolated("اتصل بالرقم 112") == "اتصل بالرقم 112"


@pytest.mark.parametrize("text", ["", "https://opgang.example/sign-in/AB12", "123456"])
def test_what_programs_take_out_of_a_mail_stays_bare(text: str) -> None:
    assert apart(text) == text


def test_what_is_escaped_stays_escaped() -> None:
    assert apart(escape("<b>")) == f"{FSI}&lt;b&gt;{PDI}"
    assert isinstance(apart(escape("<b>")), Markup)


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "لا ردود"), (1, "رد واحد"), (2, "ردان"), (7, "7 ردود"), (11, "11 ردًا"), (100, "100 رد")],
)
def test_arabic_counts_in_six_forms(arabic: Speech, count: int, said: str) -> None:
    assert arabic.say(count_of("{count} answer", "{count} answers", count)) == said


def test_the_houses_own_arabic_counts_so() -> None:
    counted = Speech("ar").catalogue
    numbers = (0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111)
    assert [counted.plural(n) for n in numbers] == [  # type: ignore[attr-defined]
        *(0, 1, 2, 3, 3, 4, 4, 5, 5, 3, 4)
    ]


def test_what_has_no_arabic_is_said_whole_in_danish_and_never_in_english(arabic: Speech) -> None:
    told = arabic.say(say("Only staff read this, {day}.", day=DAY.date()))
    assert told == f"{LRI}Kun personalet læser det, den 23. november 2026.{PDI}"
    assert arabic.catalogue.ngettext("Not yet", "Not yet, %(num)d", 2) == (
        f"{LRI}Ikke endnu, %(num)d{PDI}"
    )


def test_what_somebody_wrote_is_said_with_its_values_in_arabic(arabic: Speech) -> None:
    text = "المياه مقطوعة {when}. اتصل بالرقم 70 20 30 40."
    told = arabic.say(Message(text, {"when": Message("{day}", {"day": DAY.date()})}))
    assert told == f"المياه مقطوعة 23 نوفمبر 2026. اتصل بالرقم {LRI}70 20 30 40{PDI}."


def test_days_and_numbers_are_arabic_in_the_digits_of_danish_letters() -> None:
    speech = Speech("ar")
    assert speech.day(DAY.date()) == "23 نوفمبر 2026"
    assert speech.weekday(DAY.date()) == "الاثنين 23 نوفمبر"
    assert speech.moment(DAY) == "23 نوفمبر 2026، 13:00"
    assert speech.clock_time(time(7, 5)) == "07:05"
    assert speech.number(6540.5) == "6,540.5"
    assert speech.kroner(654050) == "6,540.50 كرونة دنماركية"
    assert speech.ago(clock.now() - timedelta(hours=3, minutes=1)) == "قبل 3 ساعات"


def test_only_languages_from_right_to_left_have_controls() -> None:
    for language in ("da", "en"):
        told = Speech(language).say(Message("{name}", {"name": "Bent 8."}))
        assert told == "Bent 8."
        assert Speech(language).apart("Bent 8.") == "Bent 8."


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("Lærkevej 6, st. th.", "Lærkevej_6, st._th."),
        ("Ny Lærkevej 12B, 2. 14", "Ny Lærkevej_12B, 2._14"),
        ("Lærkevej 8", "Lærkevej_8"),
        ("Vi ses kl. 8 ved nr. 3. Husk nøgler", "Vi ses kl. 8 ved nr. 3. Husk nøgler"),
    ],
)
def test_an_address_is_torn_apart_neither_at_its_number_nor_at_its_door(
    address: str, wanted: str
) -> None:
    assert apart(address) == f"{FSI}{wanted.replace('_', NO_BREAK)}{PDI}"


def test_templates_keep_values_apart_in_sentences_and_beside_each_other(arabic: Speech) -> None:
    environment = Templates(Addresses(ROUTES), {"ar": arabic})._environments["ar"]
    page = environment.from_string(
        "{{ _('Write to %(name)s', name=name) }}|{{ name|apart ~ ' · ' ~ 2 }}|"
        "{{ ngettext('Not yet', 'Not yet, %(num)d', 1) }}"
    )
    first, second, third = page.render(name="<8A>").split("|")
    assert first == f"اكتب إلى {FSI}&lt;8A&gt;{PDI}"
    assert second == f"{FSI}&lt;8A&gt;{PDI} · 2"
    assert third == f"{LRI}Ikke endnu{PDI}"


LINK = "https://opgang.example/sign-in/AB12"


def test_a_push_a_mail_and_an_sms_keep_values_apart_and_leave_links_bare(
    arabic: Speech, settings: Settings
) -> None:
    told = say("{name} at {place}", name="Bent", place="8A")
    said = f"{FSI}Bent{PDI} في {FSI}8A{PDI}"
    lines = [pack_message(told), pack_message(say("{link}", link=LINK))]
    mail = OutgoingMail(1, 0, "layla@example.org", "ar", lines[0], lines, False, DAY)
    message = compose(mail, arabic, settings)
    assert message["Subject"] == said
    assert message.get_content() == f"{said}\n\n{LINK}\n"
    assert message["Content-Language"] == "ar"
    sms = Outgoing(1, 0, "+4520304050", "ar", lines[0], "/notices/7", False, DAY, DAY, None)
    assert composed(sms, arabic, "https://opgang.example") == (
        f"{said}\nhttps://opgang.example/notices/7"
    )


def test_a_push_says_which_language_it_is_in(arabic: Speech, parcel: Parcel) -> None:
    for message, tongue in (
        (say("{name} at {place}", name="Bent", place="8A"), ("ar", "rtl")),
        (say("Only staff read this, {day}.", day=DAY.date()), ("da", "ltr")),
    ):
        speech = arabic.speaking(message)
        told = json.loads(payload(parcel, speech, "t", speech.say(message), ""))
        assert (told["lang"], told["dir"]) == tongue
    assert told["title"] == "Kun personalet læser det, den 23. november 2026."
