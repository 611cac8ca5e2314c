"""Letting time pass in a test, and the night's work be done."""

from datetime import datetime

import pytest

from estate import clock
from estate.database import Database
from estate.settings import Settings
from web.app import create_app
from web.worker import Worker


def live_on(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let it be this moment from now on."""
    monkeypatch.setattr(clock, "now", lambda: moment)


def pass_a_night(settings: Settings, database: Database) -> None:
    """One night as the worker has it, and the files that go a little later."""
    app = create_app(settings.model_copy(update={"worker": "apart"}), database)
    own = Worker(app.state.house, app.state.hub)
    own.tidy_up()
    own.clear_photos()
    app.state.house.readers.close()
