"""The HTTP client by which another server is told something: push, SMS, webhooks."""

from abc import ABC, abstractmethod
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
from yarl import URL

from estate import clock
from estate.outbox.rules import retry_after


class Heard(NamedTuple):
    """What the other side said: its status and why, and the pause it asks for.

    The status is 0 where it said nothing; `late` when it was not waited for any longer.
    """

    status: int
    reason: str
    asked: timedelta | None = None
    late: bool = False


class Client(ABC):
    """Posts over connections that are kept while it is entered."""

    _session: aiohttp.ClientSession | None = None

    @abstractmethod
    def session(self) -> aiohttp.ClientSession:
        """The session to post in, made where a loop is running."""

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = self.session()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def post(self, address: str | URL, **more: Any) -> Heard:
        """Say something once, following no redirect; what the other side does raises nothing."""
        if self._session is None:
            raise RuntimeError(f"The {type(self).__name__} has not been entered.")
        try:
            async with self._session.post(address, allow_redirects=False, **more) as answer:
                asked = retry_after(answer.headers.get("Retry-After"), clock.now())
                return Heard(answer.status, answer.reason or "", asked)
        except TimeoutError:
            return Heard(0, "no answer in time", late=True)
        except (aiohttp.ClientError, OSError) as trouble:
            return Heard(0, str(trouble) or type(trouble).__name__)
