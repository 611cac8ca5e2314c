"""The WebAuthn ceremonies: what a browser is asked, and whether its answer is a passkey's.

The person is asked to unlock the device (user verification) both times, so that a passkey is worth
as much as a password and a phone together; it is kept in the device (resident key), so that nobody
has to say who they are first.
"""

from collections.abc import Sequence

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from estate.passkeys.queries import Credential
from web.passkeys import NewKey, NoPasskey, RelyingParty

HOUSE_NAME = "Opgang"


def creation_options(
    party: RelyingParty,
    user: bytes,
    user_name: str,
    challenge: bytes,
    known: Sequence[bytes],
) -> str:
    """JSON for `navigator.credentials.create`; `known` are the person's passkeys already here."""
    return options_to_json(
        generate_registration_options(
            rp_id=party.host,
            rp_name=HOUSE_NAME,
            user_id=user,
            user_name=user_name,
            user_display_name=user_name,
            challenge=challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def request_options(party: RelyingParty, challenge: bytes) -> str:
    """JSON for `navigator.credentials.get`: any passkey for this host will do."""
    return options_to_json(
        generate_authentication_options(
            rp_id=party.host,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def challenge_in(answer: str, *, created: bool) -> bytes:
    """The challenge that an answer claims to have signed. Raises NoPasskey."""
    parse = parse_registration_credential_json if created else parse_authentication_credential_json
    try:
        return parse_client_data_json(parse(answer).response.client_data_json).challenge
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise NoPasskey(str(error)) from error


def credential_in(answer: str) -> bytes:
    """The id of the passkey that signed an answer. Raises NoPasskey."""
    try:
        return parse_authentication_credential_json(answer).raw_id
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise NoPasskey(str(error)) from error


def created(party: RelyingParty, answer: str, challenge: bytes) -> NewKey:
    """Check a new passkey. Raises NoPasskey."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origins,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise NoPasskey(str(error)) from error
    return NewKey(verified.credential_id, verified.credential_public_key, verified.sign_count)


def signed(party: RelyingParty, answer: str, challenge: bytes, known: Credential) -> int:
    """Check a passkey's signature; returns its new counter. Raises NoPasskey."""
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origins,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise NoPasskey(str(error)) from error
    return verified.new_sign_count
