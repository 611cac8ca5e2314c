"""Tables that other systems write: every encoding, delimiter and way to write a cell."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.sheets.queries import COLUMNS, columns_of, names_of
from estate.sheets.rules import (
    LINE_ENDS,
    Cells,
    Unreadable,
    Wrong,
    decode,
    guarded,
    looks_like_cpr,
    parse_columns,
    parse_day,
    parse_email,
    parse_ore,
    parse_phone,
    parse_whole,
    parse_yes,
    read_sheet,
)
from tests.estate.files import living, text_of

ROWS = [living("1"), living("2", "1002", given_name="Bjørn Ærø", side="th")]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_delimiter_encoding_and_line_end_says_the_same(
    delimiter: str, encoding: str, line_end: str
) -> None:
    rows = [{**row, "rent": "7250.50"} for row in ROWS]
    text = text_of(rows, delimiter).replace("\n", line_end)
    sheet = read_sheet(text.encode(encoding), columns_of("estate"))
    assert not sheet.refused
    assert [number for number, _ in sheet.rows] == [2, 3]
    for (_, cells), row in zip(sheet.rows, rows, strict=True):
        assert {key: value for key, value in cells.items() if value} == row


@pytest.mark.parametrize("typed", ["=1+1", "+45 12345678", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_calculate_is_written_so_that_it_does_not(typed: str) -> None:
    assert guarded(typed) == "'" + typed


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+Bo", "-Bo", "@Bo", "O'Brien", "'Bo"])
def test_what_was_guarded_is_read_as_it_was_meant(name: str) -> None:
    text = text_of([{**ROWS[0], "given_name": guarded(name)}])
    ((_, cells),) = read_sheet(text.encode(), columns_of("estate")).rows
    assert cells["given_name"] == name


def test_a_comma_in_a_number_is_quoted_where_commas_part_the_columns() -> None:
    text = text_of([{**ROWS[0], "rent": '"7.250,50"'}], ",")
    (_, cells), *_ = read_sheet(text.encode(), columns_of("estate")).rows
    assert cells["rent"] == "7.250,50"


@pytest.mark.parametrize(
    "heading",
    [
        "Organisationsnummer;Afdelingsnummer;Vejnavn;Husnummer;Lejemålsnummer",
        "organisation number;section number;street;house number;home number",
        "ORGANISATION_NUMBER;SECTION-NUMBER;street ;house.number;home_number;;;",
        '"organisation number";"section number";"street";"house number";"home number"',
        "unknown;home number;street;organisation_number;house number;section number",
    ],
)
def test_headings_are_known_in_two_languages_and_any_order(heading: str) -> None:
    sheet = read_sheet(heading.encode(), columns_of("estate"))
    assert sheet.columns == {
        "organisation_number",
        "section_number",
        "street",
        "house_number",
        "home_number",
    }


def test_a_line_that_names_the_separator_and_empty_lines_are_passed_over() -> None:
    text = "sep=;\n\n" + text_of(ROWS) + "\n;;;;\n\n"
    sheet = read_sheet(text.encode(), columns_of("estate"))
    assert [number for number, _ in sheet.rows] == [4, 5]
    assert not sheet.refused


def test_a_quotation_mark_left_open_spoils_its_own_line_only() -> None:
    rows = [ROWS[0], {**ROWS[1], "given_name": '"Bjørn'}, living("3", "1003")]
    sheet = read_sheet(text_of(rows).encode(), columns_of("estate"))
    assert [number for number, _ in sheet.rows] == [2, 4]
    assert [trouble.line for trouble in sheet.refused] == [3]


def test_a_row_cut_short_is_refused_and_extra_empty_cells_are_not() -> None:
    heading, first, second = text_of(ROWS).splitlines()
    sheet = read_sheet(f"{heading}\n{first};;\n{second[:60]}".encode(), columns_of("estate"))
    assert [number for number, _ in sheet.rows] == [2]
    assert [trouble.line for trouble in sheet.refused] == [3]


def test_one_broken_letter_does_not_turn_a_utf8_file_into_cp1252() -> None:
    lines = text_of([living(str(n), str(n)) for n in range(5)]).encode().split(b"\n")
    lines[3] = lines[3].replace("Å".encode(), b"\xff")
    text, encoding = decode(b"\n".join(lines))
    assert encoding == "utf-8"
    assert text.count("\ufffd") == 1
    assert "Lærkevej" in text


@pytest.mark.parametrize("data", [b"", b"\x00", b"name;street\nA;B\n", b"\xff\xfe;", b"PK\x03\x04"])
def test_a_file_without_its_columns_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_sheet(data, columns_of("estate"))


def test_a_heading_that_says_a_column_twice_is_refused() -> None:
    heading = "organisationsnummer;afdelingsnummer;vejnavn;street;husnummer;lejemålsnummer"
    with pytest.raises(Unreadable, match="twice"):
        read_sheet(heading.encode(), columns_of("estate"))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_with_its_columns_or_none_at_all(data: bytes) -> None:
    try:
        sheet = read_sheet(data, columns_of("roles"))
    except Unreadable:
        sheet = None
    assert sheet is None or sheet.columns >= {"role", "scope", "starts"}


@given(st.binary(max_size=400))
def test_whatever_follows_a_heading_each_line_is_one_row_or_one_refusal(data: bytes) -> None:
    file = b"rolle;hvor;fra\n" + data
    sheet = read_sheet(file, columns_of("roles"))
    told = [number for number, _ in sheet.rows] + [trouble.line for trouble in sheet.refused]
    lines = LINE_ENDS.split(decode(file)[0])
    saying = {n for n, line in enumerate(lines[1:], 2) if any(map(str.isalnum, line))}
    assert len(told) == len(set(told))
    assert saying <= set(told) <= set(range(2, len(lines) + 1))


@pytest.mark.parametrize(
    ("text", "ore"),
    [
        ("7250", 725000),
        ("7250,5", 725050),
        ("7250,50", 725050),
        ("7250.50", 725050),
        ("7.250", 725000),
        ("7.250,50", 725050),
        ("7,250.50", 725050),
        ("7 250,50 kr.", 725050),
        ("kr. 7.250,-", 725000),
        ("DKK 7250", 725000),
        ("7\u00a0250,00", 725000),
        ("0", 0),
    ],
)
def test_kroner_are_read_with_comma_and_point(text: str, ore: int) -> None:
    assert parse_ore(text) == ore


@pytest.mark.parametrize(
    "text", ["-1", "12.34.567", "7250,505,1", "1.2345", "abc", "1e5", "٣", "9999999999", "7,25,50"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        parse_ore(text)


@given(st.integers(0, 100_000_000))
def test_an_amount_written_the_danish_way_is_read_back(ore: int) -> None:
    written = f"{ore // 100:,}".replace(",", ".") + f",{ore % 100:02}"
    assert parse_ore(written) == ore
    assert parse_ore(f"{ore // 100}.{ore % 100:02}") == ore


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-22", date(2026, 11, 22)),
        ("22-11-2026", date(2026, 11, 22)),
        ("22.11.2026", date(2026, 11, 22)),
        ("22/11/2026", date(2026, 11, 22)),
        ("1-5-2019", date(2019, 5, 1)),
        ("2026-11-22 00:00:00", date(2026, 11, 22)),
        ("2026-11-22T00:00", date(2026, 11, 22)),
        ("31-12-9999", None),
    ],
)
def test_days_are_read_as_danes_and_machines_write_them(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["22-11-26", "2026-13-01", "31-02-2026", "20261122", "1899-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "number"), [("84", 84), ("84,5", 85), ("84.4", 84), ("0", 0), ("2000", 2000)]
)
def test_square_metres_are_rounded_to_whole_ones(text: str, number: int) -> None:
    assert parse_whole(text, 2000) == number


@pytest.mark.parametrize("text", ["-1", "2001", "a", "1.2.3", "٣", "1/2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_whole(text, 2000)


@pytest.mark.parametrize("text", ["ja", "Ja", "J", "yes", "1", "x", "TRUE", "sand"])
def test_yes_is_read_in_both_languages(text: str) -> None:
    assert parse_yes(text)


@pytest.mark.parametrize("text", ["nej", "Nej", "N", "no", "0", "false", "falsk"])
def test_no_is_read_in_both_languages(text: str) -> None:
    assert not parse_yes(text)


@pytest.mark.parametrize("text", ["a@b", "a b@c.dk", "@c.dk", "a@@c.dk", "a@c.", "a@c.dk;b@c.dk"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_email(text)


def test_an_address_is_kept_in_lower_case() -> None:
    assert parse_email("Åse.Sørensen+bo@Example.ORG") == "åse.sørensen+bo@example.org"


@pytest.mark.parametrize("text", ["+45 12 34 56 78", "12345678", "(0045) 12-34-56"])
def test_phone_numbers_stay_as_they_are_written(text: str) -> None:
    assert parse_phone(text) == text


@pytest.mark.parametrize("text", ["1234", "ring", "+", "12 34 56 78 lokal 9", "1" * 25])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_phone(text)


@pytest.mark.parametrize(
    ("number", "alike"),
    [
        ("010180-1234", True),
        ("0101801234", True),
        ("311299 1234", True),
        ("3213991234", False),
        ("P1234", False),
        ("100200", False),
    ],
)
def test_a_civil_registration_number_is_known_by_its_shape(number: str, alike: bool) -> None:
    assert looks_like_cpr(number) is alike


@pytest.mark.parametrize("text", ["a\x00b", "a\ufffdb", "a\u202eb", "x" * 201])
def test_letters_nobody_can_read_refuse_their_row(text: str) -> None:
    with pytest.raises(Wrong):
        Cells({"street": text}, names_of("estate")).text("street")


@pytest.mark.parametrize("sheet", ["estate", "roles", "parts", "offices"])
def test_no_two_columns_of_a_file_answer_to_the_same_heading(sheet: str) -> None:
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        columns = parse_columns(file, sheet)
    assert any(column.required for column in columns)
    headings = [{column.key, column.danish, column.english} for column in columns]
    assert sum(map(len, headings)) == len(set().union(*headings))
