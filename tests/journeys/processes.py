"""Opgang as a process of its own, to be killed in the middle of anything."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from tests.servers import PATIENCE, answers, free_port


class House:
    """`opgang serve` over one database: started, killed without a word, started again."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = environment(folder, database_url, OPGANG_PORT=str(self.port), **settings)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web", "serve"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not answers(self.process, f"{self.url}/healthz"):
            raise RuntimeError(self.said())

    def said(self) -> str:
        """The end of its log."""
        return (self.folder / "server.log").read_text()[-3000:]

    def kill(self) -> None:
        """As a pulled plug would: no goodbye, nothing flushed."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)

    def __enter__(self) -> "House":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def environment(folder: Path, database_url: str, **settings: str) -> Mapping[str, str]:
    """What a process of the house is told: nothing of the machine's own OPGANG settings."""
    inherited = {name: value for name, value in os.environ.items() if "OPGANG" not in name}
    return {
        **inherited,
        "OPGANG_DATA": str(folder),
        "OPGANG_DATABASE_URL": database_url,
        "OPGANG_SECRET": "kills",
        **settings,
    }


@contextlib.contextmanager
def command(folder: Path, database_url: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the command line, killed when the block ends and it still runs."""
    with (folder / "command.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", *arguments],
            env=environment(folder, database_url),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
