"""The calendar in Denmark."""

from datetime import date, datetime

import pytest

from estate import clock


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (datetime(2026, 12, 24, 0, 0, tzinfo=clock.LOCAL), date(2026, 12, 23)),
        (datetime(2026, 12, 23, 9, 30, tzinfo=clock.LOCAL), date(2026, 12, 23)),
        (datetime(2026, 3, 30, 0, 0, tzinfo=clock.LOCAL), date(2026, 3, 29)),
    ],
)
def test_what_ends_at_midnight_has_the_day_before_as_its_last(end: datetime, day: date) -> None:
    assert clock.last_day(end) == day
