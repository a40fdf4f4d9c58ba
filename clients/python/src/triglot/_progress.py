"""What a broken stream has achieved, so that the next one goes on from there. Without input and output: both clients use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from . import v1
from .errors import TriglotError

#: The longest text that is kept, in bytes. A longer one cannot be sent again when its stream breaks.
_MOST_KEPT = 64 << 20
_T = TypeVar("_T")


class Text:
    """The pieces of one translation, over all streams that it takes."""

    def __init__(self, start: v1.TranslateStreamStart) -> None:
        self.start = start
        self.summary: v1.TranslateStreamSummary | None = None
        self._segments = self._warned = 0

    def take(self, response: v1.TranslateStreamResponse) -> v1.TranslatedPiece | None:
        """The piece of an answer; None for the last answer, which has the totals."""
        if response.HasField("summary"):
            self.summary = response.summary
            # The totals of the server are those of the last stream alone.
            self.summary.segments, self.summary.segments_with_warnings = self._segments, self._warned
            return None
        piece = response.piece
        self.start.resume_at.CopyFrom(piece.end)
        self._segments += piece.HasField("segment")
        self._warned += bool(piece.segment.warnings)
        return piece


class Kept(Generic[_T]):
    """The items of an input that a later stream may have to send again, by their places."""

    def __init__(self) -> None:
        self.items: dict[int, _T] = {}
        #: Items that were read.
        self.count = 0
        #: What the input raised.
        self.error: BaseException | None = None
        self._bytes = 0

    def add(self, item: _T) -> None:
        self._bytes += len(item) if isinstance(item, bytes) else 0
        if not self.is_whole:
            self.items.clear()
        self.items[self.count] = item
        self.count += 1

    @property
    def is_whole(self) -> bool:
        """Whether the input can be read again."""
        return self._bytes <= _MOST_KEPT


class Articles:
    """The answers to articles, over all streams that they take."""

    def __init__(self, targets: Iterable[str], kept: Kept[v1.Article]) -> None:
        self._targets = len(set(targets))
        self._kept = kept
        self._answered: dict[int, set[str]] = {}

    def take(self, answer: v1.TranslateArticlesResponse, sent: list[int]) -> bool:
        """Notes an answer, and gives it the place of its article among all. False if an earlier stream had the same answer.

        `sent` has the places of the articles of this stream. An article with all its answers is not kept any more.
        """
        index = answer.index = sent[answer.index]
        if index not in self._kept.items:
            return False
        answered = self._answered.setdefault(index, set())
        if answer.target_language in answered:
            return False
        answered.add(answer.target_language)
        if len(answered) == self._targets:
            del self._answered[index], self._kept.items[index]
        return True


class Batch:
    """The texts of a batch that have no result yet, or one that may become better."""

    def __init__(self, requests: list[v1.TranslateRequest]) -> None:
        self._requests = requests
        self._left = list(range(len(requests)))
        self.results: list[v1.TranslateResponse | TriglotError] = []

    def request(self) -> v1.TranslateBatchRequest:
        """Asks for the results that are left."""
        return v1.TranslateBatchRequest(requests=[self._requests[at] for at in self._left])

    def take(self, response: v1.TranslateBatchResponse) -> TriglotError | None:
        """Notes results. Returns the error of a text that may be translated later; None if there is none."""
        results = [
            result.response if result.HasField("response") else TriglotError.of(result.error)
            for result in response.results
        ]
        if not self.results:
            self.results = results
        else:
            for at, result in zip(self._left, results, strict=True):
                self.results[at] = result
        later = {
            at: result
            for at, result in enumerate(self.results)
            if isinstance(result, TriglotError) and result.retry_delay is not None
        }
        self._left = list(later)
        return max(later.values(), key=lambda error: error.retry_delay or 0, default=None)
