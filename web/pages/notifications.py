"""My notifications: what may disturb me, when, and on which devices."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

from estate.access.rules import device_name
from estate.deliveries import actions as deliveries
from estate.deliveries.queries import devices_of
from estate.deliveries.rules import endpoint_allowed, keys_allowed
from estate.language import N_, Message, say
from estate.notifications.actions import move_switches, notify, set_quiet
from estate.notifications.queries import Quiet, Switch, by_phone, quiet_of, switches
from estate.notifications.rules import (
    TEST,
    ByText,
    Channel,
    Digest,
    NotificationKind,
    quiet_problems,
)
from estate.permissions import Permission
from estate.refusals import Forbidden
from estate.texts.rules import shown_number
from web.kinds import NOTIFICATION_GROUPS, NOTIFICATION_KINDS
from web.routing import page
from web.vapid import public_key
from web.visits import Answer, Visit

DIGESTS = (
    (Digest.DAILY, N_("Once a day, in the afternoon")),
    (Digest.WEEKLY, N_("Once a week, on Friday")),
    (Digest.NEVER, N_("Never")),
)


def _settings(
    visit: Visit, chosen: Sequence[Switch], quiet: Quiet, problems: Mapping[str, Message]
) -> Answer:
    reader = visit.reader
    return visit.show(
        "notifications/settings.html",
        status=422 if problems else 200,
        problems=problems,
        groups=_groups(chosen),
        quiet=quiet,
        texted=any(one.sms is not None for one in chosen),
        digests=[(digest.value, say(label)) for digest, label in DIGESTS],
        devices=devices_of(visit.session, reader.id),
        phone=shown_number(number) if (number := by_phone(visit.session, reader.id).number) else "",
        this_session=reader.session,
        vapid=public_key(visit.house.settings.data),
    )


def _groups(chosen: Sequence[Switch]) -> list[tuple[Message, list[Switch]]]:
    """What can be switched, by what it is about; what is always told has no switch."""
    found = {one.kind: one for one in chosen}
    groups = [
        (say(label), [found[kind] for kind in kinds if kind in found])
        for label, kinds in NOTIFICATION_GROUPS
    ]
    return [(label, group) for label, group in groups if group]


def _own_kinds(visit: Visit) -> list[NotificationKind]:
    """What this reader can be told of, as far as it can be switched off."""
    return [
        kind for kind in NOTIFICATION_KINDS if not kind.fixed and visit.reader.may(kind.receivers)
    ]


def notification_settings(visit: Visit) -> Answer:
    """What may disturb me, when and where."""
    person = visit.reader.id
    chosen = switches(visit.session, person, _own_kinds(visit))
    return _settings(visit, chosen, quiet_of(visit.session, person), {})


def _moved(visit: Visit) -> dict[tuple[NotificationKind, Channel], bool]:
    texted = by_phone(visit.session, visit.reader.id).number is not None
    return {
        (kind, channel): channel.value in visit.form.all(f"kind-{kind.name}")
        for kind in _own_kinds(visit)
        for channel in Channel
        if channel is not Channel.SMS or (texted and kind.sms is not ByText.NEVER)
    }


def notification_save(visit: Visit) -> Answer:
    """Keep the switches, the quiet hours and how often the mail comes."""
    person, form = visit.reader.id, visit.form
    start, end = form.clock_time("quiet_from"), form.clock_time("quiet_until")
    problems = quiet_problems(start, end)
    digest = next((d for d, _ in DIGESTS if d.value == form.text("digest")), Digest.DAILY)
    moved = _moved(visit)
    if problems:
        chosen = [
            Switch(
                kind,
                moved[kind, Channel.PUSH],
                moved[kind, Channel.EMAIL],
                moved.get((kind, Channel.SMS)),
            )
            for kind in _own_kinds(visit)
        ]
        quiet = quiet_of(visit.session, person)._replace(start=start, end=end, digest=digest)
        return _settings(visit, chosen, quiet, problems)
    move_switches(visit.session, person, moved)
    set_quiet(visit.session, person, start, end, digest)
    return visit.go("notification_settings", say(N_("Saved.")))


def notification_test(visit: Visit) -> Answer:
    """Send a notification to my own devices."""
    person = visit.reader.id
    if not devices_of(visit.session, person):
        text = N_("None of your devices gets notifications yet. Turn them on here first.")
        return visit.go("notification_settings", say(text))
    notify(
        visit.session,
        kind=TEST.name,
        persons=[person],
        title=N_("It works"),
        body=N_("This is the test you asked for at {at}."),
        values={"at": visit.now},
        address=visit.url_for("notification_settings"),
        merge_key="test",
        urgent=True,
    )
    return visit.go("notification_settings", say(N_("On its way to your devices.")))


def device_forget(visit: Visit) -> Answer:
    """No longer tell one of my devices."""
    deliveries.forget_device(visit.session, visit.reader.id, visit.part("device"))
    return visit.go("notification_settings", say(N_("That device gets no more notifications.")))


def push_subscribe(visit: Visit) -> Answer:
    """Tell this browser, or no longer: JSON from our own script."""
    reader, form = visit.reader, visit.form
    endpoint = form.text("endpoint")
    if form.checked("unsubscribe"):
        deliveries.unsubscribe(visit.session, reader.id, endpoint)
        return JSONResponse({"told": False})
    if reader.borrowed:
        raise Forbidden
    keys: dict[str, Any] = {"p256dh": form.text("keys.p256dh"), "auth": form.text("keys.auth")}
    local = not visit.house.settings.public
    if not endpoint_allowed(endpoint, local=local) or not keys_allowed(**keys):
        refusal = say(N_("That is no subscription a browser makes."))
        return JSONResponse(
            {"error": visit.house.templates.speeches[visit.language].say(refusal)}, 422
        )
    browser, device = device_name(visit.request.headers.get("user-agent", ""))
    deliveries.subscribe(
        visit.session,
        person=reader.id,
        sign_in=reader.session,
        endpoint=endpoint,
        name=", ".join(part for part in (device, browser) if part),
        **keys,
    )
    return JSONResponse({"told": True}, 201)


OWN = Permission.OWN_PAGES

PAGES = [
    page("/me/notifications", notification_settings, allow=OWN),
    page("/me/notifications", notification_save, allow=OWN, method="POST"),
    page("/me/notifications/test", notification_test, allow=OWN, method="POST"),
    page("/me/notifications/devices/{device:int}", device_forget, allow=OWN, method="POST"),
    page("/me/devices/push", push_subscribe, allow=OWN, method="POST"),
]
