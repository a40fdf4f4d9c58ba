"""The client for threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TypeVar

import grpc

from . import _requests, v1
from ._progress import Articles, Batch, Kept, Text
from ._retry import Retry
from ._server import DEFAULT, OPTIONS, Server
from .errors import TriglotError, of_call
from .v1.info_service_pb2_grpc import InfoServiceStub
from .v1.summarization_service_pb2_grpc import SummarizationServiceStub
from .v1.translation_service_pb2_grpc import TranslationServiceStub

_Q = TypeVar("_Q")
_A = TypeVar("_A")
_T = TypeVar("_T")


class Client:
    """Calls a server. Threads may share it.

    `server` begins with https://, or with http:// for a server without encryption. `tls_ca` has the root certificates of an
    https:// server (None: those of grpcio), `client_cert` and `client_key` what a server with mutual TLS asks for; all are PEM.
    `timeout` is the longest time of a call in seconds, tries again included; streams have none unless they are given one.
    A call that fails for a time is tried again up to `retries` times.
    """

    def __init__(
        self,
        server: str = DEFAULT,
        *,
        tls_ca: bytes | None = None,
        client_cert: bytes | None = None,
        client_key: bytes | None = None,
        api_key: str | None = None,
        timeout: float | None = 300,
        retries: int = 10,
    ) -> None:
        place = Server.at(server, tls_ca, client_cert, client_key, api_key)
        #: The connection, for other services of the contract.
        self.channel: grpc.Channel = (
            grpc.secure_channel(place.target, place.credentials, OPTIONS)
            if place.credentials
            else grpc.insecure_channel(place.target, OPTIONS)
        )
        self._metadata = place.metadata
        self._timeout = timeout
        self._retries = retries
        self._translation = TranslationServiceStub(self.channel)
        self._summarization = SummarizationServiceStub(self.channel)
        self._info = InfoServiceStub(self.channel)

    def translate(
        self,
        text: str,
        *,
        to: str,
        source: str = "",
        options: v1.TranslateOptions | None = None,
        format: v1.Format.ValueType = v1.FORMAT_AUTO,
        timeout: float | None = None,
    ) -> v1.TranslateResponse:
        """Translates a text that fits into a message. Without `source`, its language is detected."""
        request = _requests.text(text, to, source, options, format)
        return self._call(self._translation.Translate, request, self._retry(timeout))

    def translate_many(
        self,
        texts: Iterable[str],
        *,
        to: str,
        source: str = "",
        options: v1.TranslateOptions | None = None,
        format: v1.Format.ValueType = v1.FORMAT_AUTO,
        timeout: float | None = None,
    ) -> list[v1.TranslateResponse | TriglotError]:
        """Translates up to 128 texts in one call. A text that fails has its error in its place."""
        batch = Batch([_requests.text(text, to, source, options, format) for text in texts])
        retry = self._retry(timeout)
        while True:
            later = batch.take(self._call(self._translation.TranslateBatch, batch.request(), retry))
            delay = None if later is None else retry.wait(later)
            if delay is None:
                return batch.results
            time.sleep(delay)

    def stream(
        self,
        text: str | bytes | Iterable[str | bytes],
        *,
        to: str,
        source: str = "",
        options: v1.TranslateOptions | None = None,
        format: v1.Format.ValueType = v1.FORMAT_AUTO,
        timeout: float | None = None,
    ) -> Translation:
        """Translates a text of any length, which may still arrive, cut anywhere. Yields each piece as soon as it is ready.

        A stream that breaks goes on where its last piece ended, unless more than 64 MiB of the text were read.
        """
        parts = [text] if isinstance(text, (str, bytes)) else text
        progress = Text(_requests.start(to, source, options, format))
        replay = _Replay(portion for part in parts for portion in _requests.portions(part))

        def messages() -> Iterator[v1.TranslateStreamRequest]:
            yield v1.TranslateStreamRequest(start=progress.start)
            for _, portion in replay.read():
                yield v1.TranslateStreamRequest(text=portion)

        retry = Retry(self._retries, timeout)

        def pieces() -> Generator[v1.TranslatedPiece, None, None]:
            for response in self._stream(self._translation.TranslateStream, messages, replay, retry):
                if piece := progress.take(response):
                    yield piece

        return Translation(pieces(), progress)

    def articles(
        self,
        articles: Iterable[v1.Article],
        *,
        to: Sequence[str],
        source: str = "",
        options: v1.TranslateOptions | None = None,
        summaries: v1.ArticleSummaries | None = None,
        ordered: bool = False,
        timeout: float | None = None,
    ) -> Iterator[v1.TranslateArticlesResponse]:
        """Translates articles, each into several languages. Yields one answer for each article and language as it is ready.

        An article that fails has its `error` in its answer: `TriglotError.of(answer.error)`. When the stream breaks, the articles
        without an answer are sent again. `index` counts the articles of the input.
        """
        start = _requests.articles(to, source, options, summaries, ordered)
        replay = _Replay(iter(articles))
        progress = Articles(to, replay)
        sent: list[int] = []

        def messages() -> Iterator[v1.TranslateArticlesRequest]:
            nonlocal sent
            sent = []
            return numbered(sent)

        def numbered(sent: list[int]) -> Iterator[v1.TranslateArticlesRequest]:
            yield v1.TranslateArticlesRequest(start=start)
            for index, article in replay.read():
                sent.append(index)
                yield v1.TranslateArticlesRequest(article=article)

        retry = Retry(self._retries, timeout)
        for answer in self._stream(self._translation.TranslateArticles, messages, replay, retry):
            if progress.take(answer, sent):
                yield answer

    def summarize(
        self,
        text: str,
        *,
        to: str = "",
        source: str = "",
        length: v1.SummaryLength | None = None,
        style: v1.SummaryStyle.ValueType = v1.SUMMARY_STYLE_EXTRACTIVE,
        format: v1.Format.ValueType = v1.FORMAT_AUTO,
        timeout: float | None = None,
    ) -> v1.Summary:
        """Summarises a text, in its own language unless `to` names another one. Without `length`: 3 sentences."""
        request = _requests.summary(text, to, source, length, style, format)
        return self._call(self._summarization.Summarize, request, self._retry(timeout)).summary

    def detect(self, text: str, *, timeout: float | None = None) -> v1.DetectLanguageResponse:
        """Detects the language of a text."""
        request = v1.DetectLanguageRequest(text=text)
        return self._call(self._translation.DetectLanguage, request, self._retry(timeout))

    def pairs(self, *, timeout: float | None = None) -> Sequence[v1.LanguagePair]:
        """Lists the directions that the server translates."""
        request = v1.ListLanguagePairsRequest()
        return self._call(self._translation.ListLanguagePairs, request, self._retry(timeout)).pairs

    def info(self, *, timeout: float | None = None) -> v1.GetInfoResponse:
        """Returns the server's version, models and limits."""
        return self._call(self._info.GetInfo, v1.GetInfoRequest(), self._retry(timeout))

    def close(self) -> None:
        """Ends the connection with all its calls."""
        self.channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _retry(self, timeout: float | None) -> Retry:
        return Retry(self._retries, self._timeout if timeout is None else timeout)

    def _call(self, method: grpc.UnaryUnaryMultiCallable[_Q, _A], request: _Q, retry: Retry) -> _A:
        while True:
            try:
                return method(request, timeout=retry.left(), metadata=self._metadata)
            except grpc.RpcError as broken:
                error = of_call(broken)
                delay = retry.wait(error)
                if delay is None:
                    raise error from broken
                time.sleep(delay)

    def _stream(
        self,
        method: grpc.StreamStreamMultiCallable[_Q, _A],
        messages: Callable[[], Iterator[_Q]],
        replay: _Replay[_T],
        retry: Retry,
    ) -> Iterator[_A]:
        """The answers of one stream after the other, until one of them comes to its end."""
        while True:
            call = method(messages(), timeout=retry.left(), metadata=self._metadata)
            try:
                for answer in call:
                    retry.progress()
                    yield answer
                return
            except grpc.RpcError as broken:
                if replay.error:
                    raise replay.error from None
                error = of_call(broken)
                delay = retry.wait(error) if replay.is_whole else None
                if delay is None:
                    raise error from broken
            finally:
                call.cancel()
            time.sleep(delay)


class Translation:
    """The pieces of a stream, in order. Joined, their texts are the translation."""

    def __init__(self, pieces: Generator[v1.TranslatedPiece, None, None], progress: Text) -> None:
        self._pieces = pieces
        self._progress = progress

    @property
    def summary(self) -> v1.TranslateStreamSummary | None:
        """The totals, once all pieces have arrived. `usage` is that of the last stream, if it broke."""
        return self._progress.summary

    def __iter__(self) -> Iterator[v1.TranslatedPiece]:
        return self._pieces

    def close(self) -> None:
        """Ends the call before its end."""
        self._pieces.close()


class _Replay(Kept[_T]):
    """An input that several streams read from its beginning, while it still arrives.

    The thread of a stream that broke may wait for the next item for a while. What it gets is kept for the stream after it.
    """

    def __init__(self, items: Iterator[_T]) -> None:
        super().__init__()
        self._input = items
        self._lock = threading.Lock()

    def read(self) -> Iterator[tuple[int, _T]]:
        """What is kept, and then what arrives, each with its place."""
        at = 0
        while True:
            with self._lock:
                if at == self.count and not self._pull():
                    return
                item = self.items.get(at)
            if item is not None:
                yield at, item
            at += 1

    def _pull(self) -> bool:
        """Reads the next item. False at the end."""
        if self.error:
            raise self.error
        try:
            self.add(next(self._input))
        except StopIteration:
            return False
        except BaseException as error:
            self.error = error
            raise
        return True
