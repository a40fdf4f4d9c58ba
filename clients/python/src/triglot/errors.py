"""Errors of calls, with what the server says about them (the details of google.rpc)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_M = TypeVar("_M", bound=Message)


class TriglotError(Exception):
    """A call failed, or one text of it."""

    #: The status of gRPC.
    code: grpc.StatusCode
    #: What happened, in English.
    message: str
    #: The field of the request that is wrong, such as "options.beam_size"; empty if none is.
    field: str
    #: Name of the problem for programs, such as "QUEUE_FULL"; empty if it has none.
    reason: str
    #: Facts that belong to the reason.
    metadata: Mapping[str, str]
    #: Seconds after which the same call may succeed; None if the server names no time.
    retry_delay: float | None
    #: All that the server said.
    status: Status

    def __init__(self, status: Status) -> None:
        self.code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
        self.message = status.message
        super().__init__(f"{self.code.name}: {self.message}")
        self.status = status
        violations = _detail(status, BadRequest).field_violations
        self.field = violations[0].field if violations else ""
        info = _detail(status, ErrorInfo)
        self.reason, self.metadata = info.reason, dict(info.metadata)
        retry = _detail(status, RetryInfo)
        self.retry_delay = retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None

    @staticmethod
    def of(status: Status) -> TriglotError:
        """The error of a status, as one text of many may have it."""
        return _KINDS.get(status.code, TriglotError)(status)


class InvalidArgument(TriglotError):
    """The request is wrong; `field` names its field."""


class ResourceExhausted(TriglotError):
    """The server has too much to do, or the key has no calls or characters left; `reason` says which."""


class Unavailable(TriglotError):
    """No server was reached, or it is stopping."""


class DeadlineExceeded(TriglotError):
    """The time of the call is over."""


class Unauthenticated(TriglotError):
    """The server does not know the key."""


_KINDS: dict[int, type[TriglotError]] = {
    grpc.StatusCode.INVALID_ARGUMENT.value[0]: InvalidArgument,
    grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE.value[0]: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED.value[0]: DeadlineExceeded,
    grpc.StatusCode.UNAUTHENTICATED.value[0]: Unauthenticated,
}


def of_call(error: grpc.RpcError) -> TriglotError:
    """The error of a call of gRPC."""
    status = Status()
    # Pairs, for threads and for asyncio alike; the types of gRPC know them otherwise.
    metadata = cast("Iterable[tuple[str, bytes]]", error.trailing_metadata() or ())
    try:
        for key, value in metadata:
            if key == "grpc-status-details-bin":
                status.ParseFromString(value)
    except DecodeError:
        status.Clear()
    status.code, status.message = error.code().value[0], error.details() or ""
    return TriglotError.of(status)


def _detail(status: Status, kind: type[_M]) -> _M:
    """The detail of this kind, or an empty one."""
    detail = kind()
    for packed in status.details:
        if packed.Unpack(detail):
            break
    return detail
