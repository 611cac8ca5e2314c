"""A small OpenID Connect provider that says who it is told to, on a real port."""

import base64
import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "opgang", "provider-secret"


@dataclass
class Provider:
    """Who signs in there next, and what it does wrong on purpose."""

    issuer: str = ""
    subject: str = "mitid-1"
    wrong: dict[str, Any] = field(default_factory=dict)
    signs_with_other_key: bool = False
    says: dict[str, Any] = field(default_factory=dict)
    keys_asked: int = 0
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))

    def configuration(self, request: Request) -> Response:
        """What the provider says of itself."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.says,
            }
        )

    def keys(self, request: Request) -> Response:
        """The public half of the key."""
        self.keys_asked += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        """Somebody approves at once."""
        asked = dict(request.query_params)
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        """A code is changed for an ID token once, by whoever holds the verifier."""
        form = await request.form()
        asked = self.asked.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or asked.get("code_challenge") != challenge
            or asked.get("code_challenge_method") != "S256"
            or request.headers.get("authorization") != f"Basic {known}"
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.wrong,
        }
        key = self.other_key if self.signs_with_other_key else self.key
        token = jwt.encode({"alg": "RS256", "kid": str(key.kid)}, claims, key)
        return JSONResponse(
            {"access_token": "none", "token_type": "Bearer", "id_token": token, "expires_in": 300}
        )


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """Serve a provider until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider = Provider(issuer=f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.configuration),
            Route("/keys", provider.keys),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
