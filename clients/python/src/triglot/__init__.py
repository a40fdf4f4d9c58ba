"""A client of triglot, which translates and summarises news texts in English, French and Russian.

`Client` is for threads, `AsyncClient` for asyncio. Requests and answers are the messages of the contract, in `triglot.v1`.
"""

from . import v1
from ._async import AsyncClient, AsyncTranslation
from ._sync import Client, Translation
from .errors import DeadlineExceeded, InvalidArgument, ResourceExhausted, TriglotError, Unauthenticated, Unavailable

__all__ = [
    "AsyncClient",
    "AsyncTranslation",
    "Client",
    "DeadlineExceeded",
    "InvalidArgument",
    "ResourceExhausted",
    "Translation",
    "TriglotError",
    "Unauthenticated",
    "Unavailable",
    "v1",
]
