"""The documentation says what is: commands, addresses and settings, held to the code."""

import re
from pathlib import Path

import pytest

from estate.settings import CHECKOUT, Settings
from tests.surface import PAGE, written
from web.__main__ import COMMANDS

SURFACE = PAGE.read_text(encoding="utf-8")
DEPLOY = (CHECKOUT / "docs" / "deploy.md").read_text(encoding="utf-8")
NAME = re.compile(r"OPGANG_[A-Z_]+")


def known() -> set[str]:
    return {f"OPGANG_{name.upper()}" for name in Settings.model_fields}


def test_commands_and_addresses_are_those_of_the_code() -> None:
    assert written(SURFACE) == SURFACE, "Run .venv/bin/python -m tests.surface"


def test_every_setting_has_a_line_and_no_line_is_of_another() -> None:
    listed = re.findall(r"^\| `(OPGANG_[A-Z_]+)` \|", SURFACE, re.MULTILINE)
    assert sorted(listed) == sorted(known())


def test_defaults_that_are_values_are_said_as_they_are() -> None:
    said = dict(re.findall(r"^\| `(OPGANG_[A-Z_]+)` \| `([^`]+)` \|", SURFACE, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
            assert said[f"OPGANG_{name.upper()}"] == str(default)


@pytest.mark.parametrize(
    "document", sorted((CHECKOUT / "docs").rglob("*.md")), ids=lambda path: path.name
)
def test_no_page_speaks_of_a_setting_or_command_there_is_not(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert {name for name in NAME.findall(text) if not name.endswith("_")} <= known()
    for command in re.findall(r"(?<!\* )\bopgang ([a-z][a-z-]+)\b", text):
        assert command in {*COMMANDS, "runs", "is"}, command


def test_every_setting_a_unit_file_sets_is_one_of_ours() -> None:
    assert {"OPGANG_BASE_URL", "OPGANG_TRUSTED_PROXIES", "OPGANG_DATABASE_URL"} <= set(
        NAME.findall(DEPLOY)
    )


def test_cron_finds_what_it_runs() -> None:
    cron = DEPLOY.split("```cron\n", 1)[1].split("```", 1)[0]
    assert "/usr/local/bin/opgang backup" in cron
    assert not re.search(r"&& opgang", cron)
    assert "ln -s /opt/opgang/.venv/bin/opgang /usr/local/bin/opgang" in DEPLOY
