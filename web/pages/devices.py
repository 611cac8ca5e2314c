"""My devices: where I am signed in, my passkeys, and who made me a way in."""

from starlette.responses import Response

from estate import clock
from estate.access import actions as access
from estate.access.queries import sessions_of
from estate.cards import actions as cards
from estate.cards.queries import living_card
from estate.codes import actions as codes
from estate.codes.rules import Purpose
from estate.identities import actions as identities
from estate.identities.queries import linked_since
from estate.invitations import actions as invitations
from estate.invitations.queries import ways_in_of
from estate.language import N_, Message, say
from estate.passkeys import actions as passkeys
from estate.passkeys.queries import passkeys_of
from estate.people.queries import person_by_id
from estate.permissions import Permission
from estate.phones.queries import numbers_of
from estate.refusals import Forbidden, Refused
from estate.texts.rules import shown_number
from web.arriving import (
    WRONG_CODE,
    ask_own,
    count,
    count_code,
    forgive,
    forgive_code,
    network,
    passkey_owner,
    relying_party,
)
from web.passkeys import NoPasskey, ceremonies
from web.routing import page
from web.visits import Answer, Go, Visit


def devices(visit: Visit) -> Answer:
    """Where I am signed in, and everything I can sign in with."""
    person = visit.reader.id
    settings = visit.house.settings
    return visit.show(
        "me/devices.html",
        block="devices",
        sessions=sessions_of(visit.session, visit.scope, visit.now),
        passkeys=passkeys_of(visit.session, person),
        oidc_name=settings.oidc_name if settings.oidc_issuer else "",
        linked_at=linked_since(visit.session, person, settings.oidc_issuer),
        ways_in=ways_in_of(visit.session, person),
        card=living_card(visit.session, person, clock.local(visit.now).date()),
    )


def session_end(visit: Visit) -> Answer:
    """Sign one of my other devices out."""
    number = visit.part("session")
    if number == visit.reader.session:
        raise Refused(N_("This is the device in your hand. Use Sign out on your own page."))
    ask_own(visit)
    access.revoke_session(visit.session, visit.scope, number)
    return visit.go("devices", say(N_("The device is signed out.")))


def sessions_end(visit: Visit) -> Answer:
    """Sign every device out but this one."""
    ask_own(visit)
    access.revoke_other_sessions(visit.session, visit.scope)
    return visit.go("devices", say(N_("All your other devices are signed out.")))


def passkey_offer(visit: Visit) -> Answer:
    """What a passkey is, and a button that makes one."""
    if not visit.reader.trusted:
        return _confirm_page(visit, 403)
    return visit.show("me/passkey.html", problems={})


def _ask_own_device(visit: Visit) -> None:
    """A passkey on a borrowed device would let whoever owns it in."""
    ask_own(visit)
    if visit.reader.borrowed:
        raise Forbidden


def passkey_options(visit: Visit) -> Answer:
    """What the browser is to ask the device for."""
    _ask_own_device(visit)
    reader = visit.reader
    challenge = passkeys.make_challenge(visit.session, reader.id, visit.now)
    person = person_by_id(visit.session, reader.id)
    known = [line.credential for line in passkeys_of(visit.session, reader.id)]
    options = ceremonies().creation_options(
        relying_party(visit),
        reader.key.encode(),
        (person.email if person else None) or reader.first_name,
        challenge,
        known,
    )
    return Response(options, 200, {"Cache-Control": "no-store"}, "application/json")


def passkey_add(visit: Visit) -> Answer:
    """Keep the passkey the device made."""
    _ask_own_device(visit)
    reader, answer = visit.reader, visit.form.text("credential")
    try:
        challenge = ceremonies().challenge_in(answer, created=True)
        fresh = passkeys.spend_challenge(visit.session, challenge, reader.id, visit.now)
        key = ceremonies().created(relying_party(visit), answer, challenge) if fresh else None
    except NoPasskey:
        key = None
    if key is None:
        text = N_("Your device did not make a passkey. Try again.")
        return visit.show("me/passkey.html", status=422, problems={"passkey": say(text)})
    name = visit.form.text("name") or _this_device(visit)
    passkeys.add_passkey(
        visit.session,
        visit.scope,
        key.credential_id,
        key.public_key,
        key.sign_count,
        name,
        visit.now,
    )
    return visit.go("devices", say(N_("Next time you can sign in without a code.")))


def _this_device(visit: Visit) -> str:
    lines = sessions_of(visit.session, visit.scope, visit.now)
    mine = [line for line in lines if line.id == visit.reader.session]
    parts = (mine[0].device, mine[0].browser) if mine else ()
    return ", ".join(part for part in parts if part) or "Passkey"


def passkey_rename(visit: Visit) -> Answer:
    """Call a passkey something I recognise."""
    ask_own(visit)
    name = visit.form.text("name") or _this_device(visit)
    passkeys.rename_passkey(visit.session, visit.scope, visit.part("passkey"), name)
    return visit.go("devices")


def passkey_remove(visit: Visit) -> Answer:
    """Forget a passkey."""
    ask_own(visit)
    passkeys.remove_passkey(visit.session, visit.scope, visit.part("passkey"), visit.house.erasures)
    text = N_("The passkey is removed. Delete it on the device too, or it will still be offered.")
    return visit.go("devices", say(text))


def identity_unlink(visit: Visit) -> Answer:
    """No longer sign in by the provider."""
    ask_own(visit)
    issuer = visit.house.settings.oidc_issuer
    identities.unlink(visit.session, visit.scope, issuer, visit.house.erasures)
    return visit.go("devices", say(N_("It is no longer connected.")))


def _confirm_page(
    visit: Visit, status: int, problems: dict[str, Message] | None = None, *, sent: str = ""
) -> Answer:
    person = person_by_id(visit.session, visit.reader.id)
    confirmed = person is not None and person.email_confirmed_at is not None
    return visit.show(
        "me/confirm.html",
        status=status,
        problems=problems or {},
        email=person.email if person and confirmed else "",
        phone=shown_number(person.phone) if person and person.phone else "",
        has_passkey=bool(passkeys_of(visit.session, visit.reader.id)),
        sent=sent,
    )


def confirm_own(visit: Visit) -> Answer:
    """Show that it is really me, by a channel of my own."""
    if visit.reader.trusted:
        return visit.go("devices")
    return _confirm_page(visit, 200, sent=visit.asked("sent"))


def confirm_mail(visit: Visit) -> Answer:
    """Send a code to the address I confirmed earlier."""
    person = person_by_id(visit.session, visit.reader.id)
    if person is None or person.email is None or person.email_confirmed_at is None:
        raise Refused(N_("You have not confirmed an e-mail address yet."))
    count(visit, "address", person.email)
    codes.mail_own_code(
        visit.session,
        visit.house.key,
        visit.scope,
        Purpose.CONFIRM,
        person.email,
        visit.language,
        visit.now,
    )
    return Go(visit.url_for("confirm_own") + "?sent=mail")


def confirm_sms(visit: Visit) -> Answer:
    """Text a code to the number I confirmed earlier."""
    number = numbers_of(visit.session, visit.reader.id).own
    if number is None:
        raise Refused(N_("You have not confirmed a phone number yet."))
    count_code(visit, number)
    codes.text_own_code(
        visit.session,
        visit.house.key,
        visit.scope,
        Purpose.CONFIRM,
        number,
        visit.language,
        visit.house.settings.host,
        visit.now,
    )
    return Go(visit.url_for("confirm_own") + "?sent=sms")


def confirm_code(visit: Visit) -> Answer:
    """Confirm by the code that was sent."""
    person = person_by_id(visit.session, visit.reader.id)
    by = "sms" if visit.form.text("by") == "sms" else "mail"
    known = (person.phone if by == "sms" else person.email) if person is not None else None
    sent_to = known or ""
    count(visit, "code", sent_to)
    key, text = visit.house.key, visit.form.text("code")
    whose = codes.spend_code(visit.session, key, sent_to, text, visit.now, Purpose.CONFIRM)
    if whose != visit.reader.id:
        return _confirm_page(visit, 422, {"code": say(WRONG_CODE)}, sent=by)
    forgive_code(visit, sent_to)
    access.confirm_session(visit.session, visit.scope, visit.now)
    return _confirmed(visit)


def _confirmed(visit: Visit) -> Answer:
    cards.vouch_by_session(visit.session, visit.scope, visit.now)
    return visit.go("devices", say(N_("Thank you. This device is yours now.")))


def confirm_letter(visit: Visit) -> Answer:
    """Confirm by the code of my household's letter."""
    count(visit, "code", network(visit))
    code = visit.form.text("letter")
    if not invitations.confirm_by_letter(
        visit.session, visit.house.key, visit.scope, code, visit.now
    ):
        return _confirm_page(visit, 422, {"letter": say(WRONG_CODE)})
    forgive(visit, "code", network(visit))
    return _confirmed(visit)


def confirm_passkey(visit: Visit) -> Answer:
    """Confirm by a passkey I already have."""
    count(visit, "network", network(visit))
    if passkey_owner(visit, None) != visit.reader.id:
        text = N_("That passkey is not yours here.")
        return _confirm_page(visit, 422, {"passkey": say(text)})
    access.confirm_session(visit.session, visit.scope, visit.now)
    return _confirmed(visit)


OWN = Permission.OWN_PAGES

PAGES = [
    page("/me/devices", devices, allow=OWN),
    page("/me/devices/others/end", sessions_end, allow=OWN, method="POST"),
    page("/me/devices/{session:int}/end", session_end, allow=OWN, method="POST"),
    page("/me/devices/provider/remove", identity_unlink, allow=OWN, method="POST"),
    page("/me/devices/passkey", passkey_offer, allow=OWN),
    page("/me/devices/passkey", passkey_add, allow=OWN, method="POST"),
    page("/me/devices/passkey/options", passkey_options, allow=OWN, method="POST"),
    page("/me/devices/passkeys/{passkey:int}/name", passkey_rename, allow=OWN, method="POST"),
    page("/me/devices/passkeys/{passkey:int}/remove", passkey_remove, allow=OWN, method="POST"),
    page("/me/devices/confirm", confirm_own, allow=OWN),
    page("/me/devices/confirm/mail", confirm_mail, allow=OWN, method="POST"),
    page("/me/devices/confirm/sms", confirm_sms, allow=OWN, method="POST"),
    page("/me/devices/confirm/code", confirm_code, allow=OWN, method="POST"),
    page("/me/devices/confirm/letter", confirm_letter, allow=OWN, method="POST"),
    page("/me/devices/confirm/passkey", confirm_passkey, allow=OWN, method="POST"),
]
