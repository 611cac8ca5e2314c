"""How moments are said, now and near now."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from estate import clock
from web import catalogues
from web.catalogues import LOCALES, Speech


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


@pytest.fixture
def uncompiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh checkout's catalogues; the folder of the Danish one."""
    folder = tmp_path / "locales" / "da" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(LOCALES / "da" / "LC_MESSAGES" / "messages.po", folder)
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path / "locales")
    return folder


def test_a_catalogue_is_compiled_once_and_anew_when_its_source_is_newer(uncompiled: Path) -> None:
    assert Speech("da").catalogue.gettext("just now") == "lige nu"
    kept = uncompiled / "messages.mo"
    assert sorted(path.name for path in uncompiled.iterdir()) == ["messages.mo", "messages.po"]
    os.utime(kept, (1, 1))
    Speech("da")
    assert kept.stat().st_mtime > 1


def test_danish_is_spoken_also_where_the_code_is_not_ours_to_write(uncompiled: Path) -> None:
    # A folder in the way of the file cannot be written to, not even by root.
    (uncompiled / "messages.mo").mkdir()
    os.utime(uncompiled / "messages.mo", (1, 1))
    assert Speech("da").catalogue.gettext("just now") == "lige nu"
    assert sorted(path.name for path in uncompiled.iterdir()) == ["messages.mo", "messages.po"]


def test_setup_leaves_every_catalogue_compiled() -> None:
    script = (LOCALES.parent / "script" / "setup").read_text(encoding="utf-8")
    command = script.split("python -c '", 1)[1].split("'", 1)[0]
    subprocess.run([sys.executable, "-c", command], cwd=LOCALES.parent, check=True)
    for source in LOCALES.glob("*/LC_MESSAGES/messages.po"):
        kept = source.with_suffix(".mo")
        assert kept.stat().st_mtime >= source.stat().st_mtime
