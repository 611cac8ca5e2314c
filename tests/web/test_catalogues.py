"""How moments are said, now and near now."""

from datetime import timedelta

import pytest

from estate import clock
from web.catalogues import Speech


@pytest.mark.parametrize(
    ("seconds", "danish", "english"),
    [
        (0, "lige nu", "just now"),
        (-59, "lige nu", "just now"),
        (59, "lige nu", "just now"),
        (-61, "for 1 minut siden", "1 minute ago"),
        (-3540, "for 59 minutter siden", "59 minutes ago"),
        (-3700, "for 1 time siden", "1 hour ago"),
        (7300, "om 2 timer", "in 2 hours"),
        (-20 * 86400, "for 3 uger siden", "3 weeks ago"),
    ],
)
def test_within_a_minute_it_is_just_now_and_further_off_in_whole_steps(
    seconds: int, danish: str, english: str
) -> None:
    moment = clock.now() + timedelta(seconds=seconds)
    assert Speech("da").ago(moment) == danish
    assert Speech("en").ago(moment) == english
