"""`opgang doctor`: looks at everything an installation depends on, and says what to do."""

import importlib
import socket
import stat
from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from estate import clock
from estate.changes.queries import webhook_states
from estate.database import SQLITE_BESIDE, WORKER, Database
from estate.deliveries.queries import outbox_health
from estate.installation.queries import is_demo, is_empty
from estate.jobs.queries import lease_held
from estate.settings import Settings
from web.backups.scratch import leftovers
from web.backups.writing import last_backup
from web.commands import Trouble
from web.commands.ground import any_database, read_settings
from web.health import database_trouble, disk_trouble
from web.vapid import FILE as PUSH_KEY

BACKUP_OLD = timedelta(hours=36)
"""A nightly backup was missed."""


class Verdict(StrEnum):
    """How a finding is marked."""

    FINE = "fine"
    LOOK = "look"
    WRONG = "wrong"


class Finding(NamedTuple):
    """One thing looked at, and what to do about it."""

    verdict: Verdict
    said: str
    advice: str = ""


def doctor() -> int:
    """Check settings, database, disk and keys, and say what to do.

    Ends with 1 when something is wrong, with 0 when all is fine or only worth a look.

    Example: opgang doctor
    """
    settings = read_settings()
    console = Console(soft_wrap=True, highlight=False)
    worst = 0
    for finding in examine(settings):
        worst |= finding.verdict is Verdict.WRONG
        console.print(f"{finding.verdict:<5}  {finding.said}")
        if finding.advice:
            console.print(f"       → {finding.advice}")
    return worst


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything there is to find."""
    yield from data_folder(settings)
    yield from keys(settings)
    yield from addresses(settings)
    yield from channels(settings)
    yield from backups(settings)
    file = settings.sqlite_file
    if file is not None and not file.exists():
        yield Finding(Verdict.WRONG, f"There is no {file}.", "opgang serve makes it.")
        return
    try:
        with any_database(settings) as database:
            trouble = database_trouble(database, settings.data)
            if trouble:
                yield Finding(Verdict.WRONG, trouble, "Run opgang migrate.")
                return
            yield Finding(Verdict.FINE, "The database answers, at the newest revision.")
            yield from estate(settings, database)
            yield from work(settings, database)
    except Trouble as trouble_:
        yield Finding(Verdict.WRONG, str(trouble_))


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Room to write, and nobody else who may read."""
    folder = settings.data
    if not folder.exists():
        yield Finding(Verdict.WRONG, f"There is no {folder}.", "opgang serve makes it.")
        return
    trouble = disk_trouble(folder)
    if trouble:
        yield Finding(Verdict.WRONG, trouble, f"Make room for, or own, {folder}.")
    else:
        yield Finding(Verdict.FINE, f"The data folder {folder} can be written to.")
    if open_to_others(folder):
        yield Finding(
            Verdict.WRONG, "Others on this machine can read it.", f"Run chmod 700 {folder}"
        )
    file = settings.sqlite_file
    names = [file.with_name(file.name + ending) for ending in ("", *SQLITE_BESIDE)] if file else []
    yield from private_files(names)


def keys(settings: Settings) -> Iterator[Finding]:
    """The secret and the push key: there, and nobody else's."""
    secret, push = settings.data / "secret", settings.data / PUSH_KEY
    yield from private_files((secret, push))
    if settings.secret and len(settings.secret) < 32:
        yield Finding(Verdict.WRONG, "OPGANG_SECRET is short.", "Let it be 32 letters or more.")
    if not push.exists():
        yield Finding(Verdict.LOOK, "There are no push keys yet.", "Run opgang vapid.")
    else:
        yield Finding(Verdict.FINE, "The push keys are there.")


def private_files(paths: Iterable[Path]) -> Iterator[Finding]:
    """Those of these files that somebody else could read."""
    for path in paths:
        if path.exists() and open_to_others(path):
            yield Finding(Verdict.WRONG, f"Others can read {path.name}.", f"Run chmod 600 {path}")


def addresses(settings: Settings) -> Iterator[Finding]:
    """The address phones use, and who stands before it."""
    yield Finding(Verdict.FINE, f"Pages are to answer at {settings.base_url}.")
    if not settings.public:
        return
    if not settings.secure:
        yield Finding(
            Verdict.WRONG,
            "The address is not https: phones have no push, passkeys or offline pages there.",
            "Put Caddy before it (docs/deploy.md), and begin OPGANG_BASE_URL with https://",
        )
    elif not settings.trusted_proxies:
        yield Finding(
            Verdict.LOOK,
            "No proxy is trusted, so every reader has the proxy's address.",
            "Set OPGANG_TRUSTED_PROXIES, for instance 127.0.0.1",
        )
    if settings.trusted_proxies and not settings.metrics_token:
        yield Finding(
            Verdict.LOOK, "/metrics is closed behind a proxy.", "Set OPGANG_METRICS_TOKEN."
        )


def channels(settings: Settings) -> Iterator[Finding]:
    """Push, mail, SMS, live pages, sign-in by a provider."""
    if not settings.push_contact:
        yield Finding(
            Verdict.LOOK,
            "Push messages have no contact, and Apple refuses those.",
            "Set OPGANG_PUSH_CONTACT=mailto:somebody@…",
        )
    if not settings.smtp_url:
        kept = settings.data / "outbox"
        verdict = Verdict.WRONG if settings.public else Verdict.LOOK
        yield Finding(verdict, f"Mails stay in {kept}.", "Set OPGANG_SMTP_URL.")
    yield from sms_findings(settings)
    yield live_finding(settings)
    oidc = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    if any(oidc) and not all(oidc):
        yield Finding(
            Verdict.WRONG,
            "Sign-in by a provider is half set up.",
            "Set OPGANG_OIDC_ISSUER, OPGANG_OIDC_CLIENT_ID and OPGANG_OIDC_CLIENT_SECRET.",
        )


def sms_findings(settings: Settings) -> Iterator[Finding]:
    """Whether SMS go anywhere, and whether it answers there."""
    if not settings.sms_url:
        kept = settings.data / "outbox"
        yield Finding(
            Verdict.LOOK,
            f"SMS stay in {kept}: nobody gets a code by phone.",
            "Set OPGANG_SMS_URL (docs/deploy.md, SMS).",
        )
        return
    trouble = importlib.import_module("web.texts").adapter_trouble(settings)
    if trouble:
        yield Finding(
            Verdict.WRONG,
            f"The SMS adapter cannot be reached: {trouble}.",
            "Is OPGANG_SMS_URL right?",
        )
    else:
        yield Finding(Verdict.FINE, "The SMS adapter can be reached.")


def backups(settings: Settings) -> Iterator[Finding]:
    """How old the last backup is, and what killed ones left lying."""
    last = last_backup(settings.data)
    if last is not None:
        old = clock.now() - last.at
        hours = int(old.total_seconds() // 3600)
        said = f"The last backup is {hours} hours old: {last.file}."
        if old > BACKUP_OLD:
            yield Finding(Verdict.LOOK, said, "Does cron still run opgang backup?")
        else:
            yield Finding(Verdict.FINE, said)
    elif settings.public:
        yield Finding(Verdict.LOOK, "No backup was written yet.", "See docs/deploy.md, Backup.")
    folders = {settings.data, last.file.parent} if last else {settings.data}
    for left in [left for folder in sorted(folders) for left in leftovers(folder)]:
        yield Finding(
            Verdict.WRONG,
            f"A backup or restore that was killed left {left}, with everybody's data in it.",
            f"Run rm -r {left}, or opgang backup again.",
        )


def live_finding(settings: Settings) -> Finding:
    """Whether open pages hear of what other processes did."""
    if settings.live == "postgres" and settings.sqlite:
        return Finding(
            Verdict.WRONG, "OPGANG_LIVE=postgres needs PostgreSQL.", "Leave OPGANG_LIVE unset."
        )
    if settings.sqlite:
        return Finding(Verdict.FINE, "SQLite serves one server process; several need PostgreSQL.")
    return Finding(Verdict.FINE, "Open pages hear of what every process did.")


def estate(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whose estate this is."""
    with database.read() as session:
        demo, empty = is_demo(session), is_empty(session)
    if demo and settings.public:
        yield Finding(
            Verdict.WRONG,
            "This is the demo estate under a public address; serve will refuse.",
            "Set OPGANG_DATA or OPGANG_DATABASE_URL to an empty place.",
        )
    elif demo:
        yield Finding(Verdict.FINE, "This is the demo estate.")
    elif empty:
        yield Finding(
            Verdict.LOOK, "There is no estate in it yet.", "Run opgang import-estate FILE.csv"
        )
    if settings.demo and not demo:
        yield Finding(
            Verdict.LOOK, "OPGANG_DEMO does nothing: this is no demo estate.", "Unset it."
        )


def work(settings: Settings, database: Database) -> Iterator[Finding]:
    """The worker, and what it could not deliver."""
    now = clock.now()
    with database.read() as session:
        alive = lease_held(session, WORKER, now)
        health = outbox_health(session, now)
        webhooks = webhook_states(session)
    if alive:
        yield Finding(Verdict.FINE, "A worker is running.")
    else:
        yield Finding(
            Verdict.LOOK,
            "No worker is running: pushes, mails and nightly work wait.",
            "Start opgang serve, or opgang work.",
        )
        if port_taken(settings):
            yield Finding(
                Verdict.LOOK,
                f"Something listens on port {settings.port}, and it may be another server.",
                "Stop what runs there, or set OPGANG_PORT.",
            )
    for count, what, logged in (
        (health.given_up, "push messages", "not delivered"),
        (health.mails_given_up, "mails", "mail given up"),
        (health.texts_given_up, "SMS", "sms not taken"),
    ):
        if count:
            yield Finding(
                Verdict.LOOK,
                f"{count} {what} were given up in the last day.",
                f"The log says why, under “{logged}”.",
            )
    for webhook in webhooks:
        if webhook.trouble:
            tells = "was given up" if webhook.stopped_at else f"failed {webhook.attempts} times"
            yield Finding(
                Verdict.LOOK,
                f"Webhook {webhook.id} to {webhook.address} {tells}: {webhook.trouble}.",
                f"Put the address right, then opgang start-webhook {webhook.id}; "
                f"or opgang remove-webhook {webhook.id}.",
            )


def port_taken(settings: Settings) -> bool:
    """Whether some process listens where the pages would."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.bind, settings.port))
        except OSError:
            return True
    return False


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read a file or folder."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
