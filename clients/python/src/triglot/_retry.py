"""When a call is tried again."""

from __future__ import annotations

import logging
import random
import time

from .errors import TriglotError, Unavailable

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 5.0
_log = logging.getLogger("triglot")


class Retry:
    """The tries of one call, within its deadline.

    A call is tried again if the server says when (RESOURCE_EXHAUSTED, UNAVAILABLE), or if the connection to it broke.
    """

    def __init__(self, retries: int, timeout: float | None) -> None:
        self._retries = retries
        self._failed = 0
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Seconds until the deadline."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def progress(self) -> None:
        """Something has arrived, so only later failures count."""
        self._failed = 0

    def wait(self, error: TriglotError) -> float | None:
        """Seconds to wait before the next try; None if there is to be none."""
        if error.retry_delay is None and not isinstance(error, Unavailable):
            return None
        delay = max(error.retry_delay or 0, min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**self._failed))
        # Callers that were refused together do not come back together.
        delay *= random.uniform(1, 1.2)
        left = self.left()
        if self._failed >= self._retries or (left is not None and delay >= left):
            return None
        self._failed += 1
        _log.warning("%s; the next try is in %.1f s", error, delay)
        return delay
