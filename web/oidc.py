"""An OpenID Connect provider, such as a broker for MitID: authorization code flow with PKCE.

Loaded only where a provider is configured. OpenID Connect Core 1.0, section 3.1; RFC 7636.
"""

import threading
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from estate import clock

PATIENCE = 10.0
AN_HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)
BREATHER = timedelta(seconds=30)
TURN = 2.0
"""Seconds to wait for somebody else's question: a slow provider must not take every thread."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY = 60


class ProviderTrouble(Exception):
    """The provider answered something that must not be believed."""


class ProviderAway(ProviderTrouble):
    """The provider does not answer, or does not say of itself what is needed."""


class Facts(NamedTuple):
    """What a provider says of itself: where to send people, where to ask, its keys' address."""

    authorization: str
    token: str
    keys: str


class Provider:
    """One provider: what it says of itself is asked once an hour, and when it signs by a new key.

    A key that is not known makes it asked again at most once a minute; while it does not answer,
    nobody waits for it but one at a time, and after that everybody is told at once for a while.
    """

    def __init__(self, issuer: str, client_id: str, client_secret: str, back: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back
        self._lock = threading.Lock()
        self._known: tuple[Facts, KeySet] | None = None
        self._asked_at = clock.now()
        self._away: tuple[datetime, ProviderAway] | None = None

    def _facts(self, at_most: timedelta = AN_HOUR) -> tuple[Facts, KeySet]:
        """Facts and keys, at most so old."""
        if not self._lock.acquire(timeout=TURN):
            raise ProviderAway("Others are waiting for the provider's answer.")
        try:
            if self._known is None or clock.now() - self._asked_at > at_most:
                self._known = self._ask()
                self._asked_at = clock.now()
            return self._known
        finally:
            self._lock.release()

    def _ask(self) -> tuple[Facts, KeySet]:
        if self._away is not None and clock.now() - self._away[0] < BREATHER:
            raise self._away[1]
        try:
            found = _fetched(f"{self.issuer}/.well-known/openid-configuration")
            facts = _read_facts(self.issuer, found)
            return facts, _read_keys(_fetched(facts.keys))
        except ProviderAway as away:
            self._away = (clock.now(), away)
            raise

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret or None,
            redirect_uri=self._back,
            scope="openid",
            code_challenge_method="S256",
            timeout=PATIENCE,
        )

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises ProviderTrouble."""
        facts, _ = self._facts()
        with self._client() as client:
            address, _ = client.create_authorization_url(
                facts.authorization, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def subject(self, answer: str, state: str, nonce: str, verifier: str) -> str:
        """Who came back with this address: their subject at the issuer. Raises ProviderTrouble."""
        facts, keys = self._facts()
        try:
            with self._client() as client:
                token = client.fetch_token(
                    facts.token,
                    authorization_response=answer,
                    state=state,
                    code_verifier=verifier,
                )
            return self._believed(str(token["id_token"]), keys, nonce)
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, KeyError, ValueError) as error:
            raise ProviderTrouble(str(error)) from error

    def _believed(self, id_token: str, keys: KeySet, nonce: str) -> str:
        try:
            return self._checked(id_token, keys, nonce)
        except InvalidKeyIdError:  # a provider may change its keys at any time
            _, newer = self._facts(at_most=A_MINUTE)
            return self._checked(id_token, newer, nonce)

    def _checked(self, id_token: str, keys: KeySet, nonce: str) -> str:
        decoded = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "values": [self.issuer, self.issuer + "/"]},
                "aud": {"essential": True, "value": self._client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": self._client_id},
        )
        claims.validate(leeway=LEEWAY)
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise ProviderTrouble("The provider does not say who it is.")
        return subject


def _read_facts(issuer: str, found: dict[str, Any]) -> Facts:
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderAway("The provider names another issuer than configured.")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    missing = [
        name for name in names if not str(found.get(name)).startswith(("https://", "http://"))
    ]
    if missing:
        raise ProviderAway(f"The provider does not say its {', '.join(missing)}.")
    return Facts(*(found[name] for name in names))


def _read_keys(found: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(found)  # type: ignore[arg-type]
    except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProviderAway(f"The provider's keys cannot be read: {error!r}") from error


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx2.get(address, timeout=PATIENCE)
        answer.raise_for_status()
        found = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderAway(f"{address}: {error!r}") from error
    if not isinstance(found, dict):
        raise ProviderAway(f"{address} does not answer with an object.")
    return found
