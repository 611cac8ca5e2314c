"""An OpenID Connect provider, such as a broker for MitID: authorization code flow with PKCE.

Loaded only where a provider is configured. OpenID Connect Core 1.0, section 3.1; RFC 7636.
"""

import threading
import time
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

PATIENCE = 10.0
AN_HOUR = 3600.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY = 60


class ProviderTrouble(Exception):
    """The provider did not answer, or answered something that must not be believed."""


class Provider:
    """One provider: what it says of itself is asked once an hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, back: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back
        self._lock = threading.Lock()
        self._known: tuple[float, dict[str, Any], KeySet] | None = None

    def _facts(self) -> tuple[dict[str, Any], KeySet]:
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > AN_HOUR:
                address = f"{self.issuer}/.well-known/openid-configuration"
                facts = _fetched(address)
                if str(facts.get("issuer", "")).rstrip("/") != self.issuer:
                    raise ProviderTrouble("The provider names another issuer than configured.")
                keys = KeySet.import_key_set(_fetched(facts["jwks_uri"]))  # type: ignore[arg-type]
                self._known = (time.monotonic(), facts, keys)
            return self._known[1], self._known[2]

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
                facts["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def subject(self, answer: str, state: str, nonce: str, verifier: str) -> str:
        """Who came back with this address: their subject at the issuer. Raises ProviderTrouble."""
        facts, keys = self._facts()
        try:
            with self._client() as client:
                token = client.fetch_token(
                    facts["token_endpoint"],
                    authorization_response=answer,
                    state=state,
                    code_verifier=verifier,
                )
            return self._checked(token["id_token"], keys, nonce)
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, KeyError, ValueError) as error:
            raise ProviderTrouble(str(error)) from error

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


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx2.get(address, timeout=PATIENCE)
        answer.raise_for_status()
        found = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderTrouble(str(error)) from error
    if not isinstance(found, dict):
        raise ProviderTrouble(f"{address} does not answer with an object.")
    return found
