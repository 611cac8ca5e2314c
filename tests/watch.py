"""A clock in the test's hand."""

from datetime import datetime, timedelta

import pytest

from estate import clock


class Watch:
    """Shows one moment until somebody moves it; put it in `clock.now`'s place."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """What it shows."""
        return self.moment

    def pass_by(self, lapse: timedelta) -> datetime:
        """Move it on."""
        self.moment += lapse
        return self.moment


def held(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> Watch:
    """The house's clock, in the test's hand."""
    own = Watch(moment)
    monkeypatch.setattr(clock, "now", own)
    return own
