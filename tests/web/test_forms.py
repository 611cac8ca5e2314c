"""What a form sent, read with care."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from estate import clock
from web.forms import Form


@pytest.mark.parametrize("typed", ["9999-12-31", "0001-01-01", "1066-10-14", "tomorrow", ""])
def test_a_day_no_clock_can_count_with_is_a_day_not_given(typed: str) -> None:
    assert Form(FormData([("day", typed)])).day("day") is None


@given(day=st.dates(date(1900, 1, 1), date(2199, 12, 31)), hour=st.times())
def test_a_day_and_a_time_are_a_moment_in_denmark(day: date, hour: object) -> None:
    form = Form(FormData([("day", day.isoformat()), ("hour", str(hour))]))
    moment = form.moment("day", "hour")
    assert moment is not None
    assert moment.tzinfo is clock.LOCAL
    assert moment.date() == day


def test_text_loses_control_characters_and_keeps_its_lines() -> None:
    form = Form(FormData([("text", " Kære naboer\r\nVi\x00 ses\u0007 ")]))
    assert form.text("text") == "Kære naboer\nVi ses"
