"""GeoReport v2 on its own: what programs send is read, and answered in both notations."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.open311 import rules
from web.open311.notation import Notation, Written, notation_of, w3c, written
from web.open311.rules import Attribute, Datatype, Refusal, Report, Status, Value

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ERRORS: list[Mapping[str, Written]] = [{"code": 403, "description": rules.BAD_KEY.description}]


def test_an_error_list_is_word_for_word_the_standards_own() -> None:
    assert written("errors", ERRORS, Notation.XML).decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<errors><error><code>403</code><description>Invalid api_key received -- can't proceed "
        "with create_request.</description></error></errors>\n"
    )
    assert written("errors", ERRORS, Notation.JSON).decode() == (
        '[{"code": 403, "description": '
        '"Invalid api_key received -- can\'t proceed with create_request."}]'
    )


SHAPES: list[tuple[str, Written, str, str]] = [
    ("services", [], "<services/>", "[]"),
    (
        "services",
        [{"service_code": "lift", "metadata": True, "keywords": "a,b"}],
        "<services><service><service_code>lift</service_code><metadata>true</metadata>"
        "<keywords>a,b</keywords></service></services>",
        '[{"service_code": "lift", "metadata": true, "keywords": "a,b"}]',
    ),
    (
        "service_definition",
        {
            "service_code": "lift",
            "attributes": [
                {"code": "in", "order": 1, "values": [{"key": "yes", "name": "Ja & nu"}]},
                {"code": "when", "order": 2, "values": None},
            ],
        },
        "<service_definition><service_code>lift</service_code><attributes>"
        "<attribute><code>in</code><order>1</order>"
        "<values><value><key>yes</key><name>Ja &amp; nu</name></value></values></attribute>"
        "<attribute><code>when</code><order>2</order><values/></attribute>"
        "</attributes></service_definition>",
        '{"service_code": "lift", "attributes": [{"code": "in", "order": 1, "values": '
        '[{"key": "yes", "name": "Ja & nu"}]}, {"code": "when", "order": 2, "values": null}]}',
    ),
    (
        "service_requests",
        [{"service_request_id": "7", "lat": None, "requested_datetime": NOW}],
        "<service_requests><request><service_request_id>7</service_request_id><lat/>"
        "<requested_datetime>2026-11-24T12:00:00Z</requested_datetime></request>"
        "</service_requests>",
        '[{"service_request_id": "7", "lat": null, "requested_datetime": "2026-11-24T12:00:00Z"}]',
    ),
    (
        "discovery",
        {"endpoints": [{"formats": ["text/xml", "application/json"]}]},
        "<discovery><endpoints><endpoint><formats><format>text/xml</format>"
        "<format>application/json</format></formats></endpoint></endpoints></discovery>",
        '{"endpoints": [{"formats": ["text/xml", "application/json"]}]}',
    ),
]


@pytest.mark.parametrize(("root", "value", "xml", "text"), SHAPES)
def test_one_value_makes_both_notations(root: str, value: Written, xml: str, text: str) -> None:
    declaration, _, body = written(root, value, Notation.XML).decode().partition("\n")
    assert declaration == '<?xml version="1.0" encoding="utf-8"?>'
    assert body.strip() == xml
    assert written(root, value, Notation.JSON).decode() == text


@given(st.text())
def test_whatever_people_write_is_well_formed_in_both_notations(words: str) -> None:
    value: list[Mapping[str, Written]] = [{"code": 400, "description": words}]
    root = ElementTree.fromstring(written("errors", value, Notation.XML))  # noqa: S314 - our own
    (read,) = json.loads(written("errors", value, Notation.JSON))
    said = root.findtext("error/description") or ""
    assert set(said) <= set(words)
    assert len(read["description"]) == len(words)


def test_an_address_says_its_notation_and_a_moment_is_in_utc() -> None:
    assert notation_of("/open311/v2/services.json") is Notation.JSON
    assert notation_of("/open311/v2/services.xml") is Notation.XML
    assert notation_of("/open311/v2/services") is Notation.XML
    local = datetime.fromisoformat("2026-11-24T13:00:00.5+01:00")
    assert w3c(local) == "2026-11-24T12:00:00Z"


def test_without_dates_the_last_ninety_days_are_asked_for_and_everything_open_or_closed() -> None:
    asked = rules.asked_for({"jurisdiction_id": "", "status": "", "extensions": "true"}, NOW)
    assert (asked.start, asked.end) == (NOW - timedelta(days=90), NOW)
    assert asked.statuses == {Status.OPEN, Status.CLOSED}
    assert (asked.page, asked.page_size, asked.skip) == (1, 1000, 0)


def test_one_date_begins_or_ends_ninety_days() -> None:
    begun = rules.asked_for({"start_date": "2026-01-01T00:00:00Z"}, NOW)
    ended = rules.asked_for({"end_date": "2026-04-01T02:00:00 02:00"}, NOW)
    assert begun.end == datetime(2026, 4, 1, tzinfo=UTC)
    assert ended.end == datetime(2026, 4, 1, tzinfo=UTC)
    assert ended.start == datetime(2026, 1, 1, tzinfo=UTC)


def test_numbers_override_the_rest_and_pages_follow_one_another() -> None:
    asked = rules.asked_for(
        {"service_request_id": "3, 1,x,3", "status": "nonsense", "start_date": "nonsense"}, NOW
    )
    assert asked.by_number
    assert asked.numbers == (3, 1)
    paged = rules.asked_for({"page": "3", "page_size": "50"}, NOW)
    assert (paged.page_size, paged.skip) == (50, 100)
    assert rules.asked_for({"page_size": "5000"}, NOW).page_size == 1000


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, 1),
        ({"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, 1),
        ({"start_date": "2026-01-01"}, 1),
        ({"start_date": "yesterday", "end_date": "9999-12-31T23:59:59Z"}, 2),
        ({"status": "open,lost"}, 1),
        ({"page": "0", "page_size": "-1", "status": "?"}, 3),
        ({"service_request_id": ",".join(map(str, range(101)))}, 1),
    ],
)
def test_everything_wrong_with_a_question_is_told_at_once(
    sent: Mapping[str, str], count: int
) -> None:
    with pytest.raises(Refusal) as refusal:
        rules.asked_for(sent, NOW)
    assert len(refusal.value.wrong) == count
    assert {wrong.status for wrong in refusal.value.wrong} == {400}


@given(
    st.dictionaries(
        st.sampled_from(["page", "page_size", "status", "start_date", "end_date"]),
        st.one_of(st.text(max_size=30), st.datetimes().map(lambda day: f"{day.isoformat()}Z")),
    )
)
def test_an_odd_question_is_refused_or_stays_within_the_limits(sent: Mapping[str, str]) -> None:
    try:
        asked = rules.asked_for(sent, NOW)
    except Refusal:
        return
    assert asked.start is not None
    assert asked.end is not None
    assert timedelta() <= asked.end - asked.start <= rules.LONGEST_SPAN
    assert 1 <= asked.page_size <= rules.MOST_REQUESTS
    assert asked.skip < 2**31


YES_NO = [Value("yes", "Yes"), Value("no", "No")]
QUESTIONS = [
    Attribute("trapped", "Is anybody inside?", Datatype.ONE, True, YES_NO),
    Attribute("floors", "Which floors?", Datatype.SEVERAL, False, [Value("1", ""), Value("2", "")]),
    Attribute("count", "How many?", Datatype.NUMBER, False),
    Attribute("since", "Since when?", Datatype.DATETIME, False),
]


def test_a_report_is_read_from_its_form() -> None:
    report = rules.report_of(
        [
            ("service_code", "lift"),
            ("description", " Står stille "),
            ("address_string", "Lærkevej 8"),
            ("first_name", "Amina"),
            ("last_name", "Holm"),
            ("phone", "12345678"),
            ("attribute[trapped]", "no"),
            ("attribute[floors][]", "1"),
            ("attribute[floors][]", "2"),
            ("attribute[]", "odd"),
            ("account_id", "unknown here"),
        ]
    )
    assert (report.service, report.description, report.address) == (
        "lift",
        "Står stille",
        "Lærkevej 8",
    )
    assert report.contact == "Amina Holm, 12345678"
    assert report.attributes == {"trapped": ("no",), "floors": ("1", "2")}
    assert rules.problems(report, QUESTIONS) == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (Report(), ["Missing a place", "attribute[trapped] is required"]),
        (Report(lat="55.7", long="12.5", attributes={"trapped": ("no",)}), ["There is no map"]),
        (
            Report(address="x", description="x" * 4001, attributes={"trapped": ("maybe",)}),
            ["description may have 4000", "attribute[trapped] must be one of no, yes"],
        ),
        (
            Report(
                address_id="x",
                media_url="ftp://x",
                email="x" * 201,
                attributes={"trapped": ("no",), "count": ("many",), "since": ("long",)},
            ),
            ["email may", "media_url", "attribute[count]", "attribute[since]"],
        ),
        (Report(address="x", attributes={"trapped": ("no", "yes")}), ["attribute[trapped] takes"]),
        (Report(address="x", attributes={"trapped": ("no",), "count": ("2,5",)}), []),
    ],
)
def test_what_is_wrong_with_a_report_is_told_field_by_field(
    report: Report, said: list[str]
) -> None:
    wrong = rules.problems(report, QUESTIONS)
    assert len(wrong) == len(said)
    for one, beginning in zip(wrong, said, strict=True):
        assert one.description.startswith(beginning)
        assert one.status == 400
