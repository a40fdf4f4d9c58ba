"""Servers with the copying model: a translation is the text itself."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TRIGLOT = os.environ.get("TRIGLOT", str(Path(__file__).parents[3] / "target/release/triglot"))


class Server:
    """A server that can be killed, and started again at its address."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self._start("127.0.0.1:0")

    def _start(self, listen: str) -> None:
        command = [TRIGLOT, "serve", "--model", "copy", "--listen", listen, "--log-format", "json", *self._flags]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr
        for line in self._process.stderr:
            if found := re.search(r'"address":"([^"]+)"', line):
                self.address = found[1]
                return
        raise AssertionError("the server does not listen")

    def end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait()
        assert self._process.stderr
        self._process.stderr.close()

    def restart(self) -> None:
        self.end(signal.SIGKILL)
        self._start(self.address)

    @property
    def url(self) -> str:
        return f"http://{self.address}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.end(signal.SIGTERM)


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server of one test, which may kill it."""
    server = Server()
    yield server
    server.end(signal.SIGKILL)
