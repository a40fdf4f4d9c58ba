"""The client for asyncio. Its calls are those of `_sync`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from types import TracebackType
from typing import TypeVar

import grpc
from google.rpc.status_pb2 import Status
from grpc import aio

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


class AsyncClient:
    """Calls a server from a loop of asyncio. Tasks may share it.

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
        self.channel: aio.Channel = (
            aio.secure_channel(place.target, place.credentials, OPTIONS)
            if place.credentials
            else aio.insecure_channel(place.target, OPTIONS)
        )
        self._metadata = place.metadata
        self._timeout = timeout
        self._retries = retries
        self._translation = TranslationServiceStub(self.channel)
        self._summarization = SummarizationServiceStub(self.channel)
        self._info = InfoServiceStub(self.channel)

    async def translate(
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
        return await self._call(self._translation.Translate, request, self._retry(timeout))

    async def translate_many(
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
            later = batch.take(await self._call(self._translation.TranslateBatch, batch.request(), retry))
            delay = None if later is None else retry.wait(later)
            if delay is None:
                return batch.results
            await asyncio.sleep(delay)

    def stream(
        self,
        text: str | bytes | Iterable[str | bytes] | AsyncIterable[str | bytes],
        *,
        to: str,
        source: str = "",
        options: v1.TranslateOptions | None = None,
        format: v1.Format.ValueType = v1.FORMAT_AUTO,
        timeout: float | None = None,
    ) -> AsyncTranslation:
        """Translates a text of any length, which may still arrive, cut anywhere. Yields each piece as soon as it is ready.

        A stream that breaks goes on where its last piece ended, unless more than 64 MiB of the text were read.
        """
        parts = [text] if isinstance(text, (str, bytes)) else text
        progress = Text(_requests.start(to, source, options, format))
        replay = _Replay(portion async for part in _each(parts) for portion in _requests.portions(part))

        async def messages() -> AsyncIterator[v1.TranslateStreamRequest]:
            yield v1.TranslateStreamRequest(start=progress.start)
            async for _, portion in replay.read():
                yield v1.TranslateStreamRequest(text=portion)

        retry = Retry(self._retries, timeout)

        async def pieces() -> AsyncGenerator[v1.TranslatedPiece, None]:
            async for response in self._stream(self._translation.TranslateStream, messages, replay, retry):
                if piece := progress.take(response):
                    yield piece

        return AsyncTranslation(pieces(), progress)

    async def articles(
        self,
        articles: Iterable[v1.Article] | AsyncIterable[v1.Article],
        *,
        to: Sequence[str],
        source: str = "",
        options: v1.TranslateOptions | None = None,
        summaries: v1.ArticleSummaries | None = None,
        ordered: bool = False,
        timeout: float | None = None,
    ) -> AsyncIterator[v1.TranslateArticlesResponse]:
        """Translates articles, each into several languages. Yields one answer for each article and language as it is ready.

        An article that fails has its `error` in its answer: `TriglotError.of(answer.error)`. When the stream breaks, the articles
        without an answer are sent again. `index` counts the articles of the input.
        """
        start = _requests.articles(to, source, options, summaries, ordered)
        replay = _Replay(_each(articles))
        progress = Articles(to, replay)
        sent: list[int] = []

        def messages() -> AsyncIterator[v1.TranslateArticlesRequest]:
            nonlocal sent
            sent = []
            return numbered(sent)

        async def numbered(sent: list[int]) -> AsyncIterator[v1.TranslateArticlesRequest]:
            yield v1.TranslateArticlesRequest(start=start)
            async for index, article in replay.read():
                sent.append(index)
                yield v1.TranslateArticlesRequest(article=article)

        retry = Retry(self._retries, timeout)
        async for answer in self._stream(self._translation.TranslateArticles, messages, replay, retry):
            if progress.take(answer, sent):
                yield answer

    async def summarize(
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
        return (await self._call(self._summarization.Summarize, request, self._retry(timeout))).summary

    async def detect(self, text: str, *, timeout: float | None = None) -> v1.DetectLanguageResponse:
        """Detects the language of a text."""
        request = v1.DetectLanguageRequest(text=text)
        return await self._call(self._translation.DetectLanguage, request, self._retry(timeout))

    async def pairs(self, *, timeout: float | None = None) -> Sequence[v1.LanguagePair]:
        """Lists the directions that the server translates."""
        request = v1.ListLanguagePairsRequest()
        return (await self._call(self._translation.ListLanguagePairs, request, self._retry(timeout))).pairs

    async def info(self, *, timeout: float | None = None) -> v1.GetInfoResponse:
        """Returns the server's version, models and limits."""
        return await self._call(self._info.GetInfo, v1.GetInfoRequest(), self._retry(timeout))

    async def close(self) -> None:
        """Ends the connection with all its calls."""
        await self.channel.close(None)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _retry(self, timeout: float | None) -> Retry:
        return Retry(self._retries, self._timeout if timeout is None else timeout)

    async def _call(self, method: aio.UnaryUnaryMultiCallable[_Q, _A], request: _Q, retry: Retry) -> _A:
        while True:
            try:
                return await method(request, timeout=retry.left(), metadata=self._metadata)
            except grpc.RpcError as broken:
                error = of_call(broken)
                delay = retry.wait(error)
                if delay is None:
                    raise error from broken
                await asyncio.sleep(delay)

    async def _stream(
        self,
        method: aio.StreamStreamMultiCallable[_Q, _A],
        messages: Callable[[], AsyncIterator[_Q]],
        replay: _Replay[_T],
        retry: Retry,
    ) -> AsyncIterator[_A]:
        """The answers of one stream after the other, until one of them comes to its end."""
        while True:
            call = method(messages(), timeout=retry.left(), metadata=self._metadata)
            try:
                async for answer in call:
                    retry.progress()
                    yield answer
                return
            except asyncio.CancelledError:
                # An input that raises cancels its call.
                if replay.error:
                    raise replay.error from None
                raise
            except aio.AioRpcError as broken:
                if replay.error:
                    raise replay.error from None
                error = _of_stream(broken)
                delay = retry.wait(error) if replay.is_whole else None
                if delay is None:
                    raise error from broken
            finally:
                call.cancel()
            await asyncio.sleep(delay)


def _of_stream(error: aio.AioRpcError) -> TriglotError:
    """The error of a stream. gRPC loses it if the server ends the stream while the client writes (grpc/grpc#36066).

    Another try may show it, so this is told as a broken connection.
    """
    if error.code() is grpc.StatusCode.INTERNAL and "execute_batch" in (error.debug_error_string() or ""):
        return TriglotError.of(Status(code=grpc.StatusCode.UNAVAILABLE.value[0], message="the stream ended"))
    return of_call(error)


class AsyncTranslation:
    """The pieces of a stream, in order. Joined, their texts are the translation."""

    def __init__(self, pieces: AsyncGenerator[v1.TranslatedPiece, None], progress: Text) -> None:
        self._pieces = pieces
        self._progress = progress

    @property
    def summary(self) -> v1.TranslateStreamSummary | None:
        """The totals, once all pieces have arrived. `usage` is that of the last stream, if it broke."""
        return self._progress.summary

    def __aiter__(self) -> AsyncIterator[v1.TranslatedPiece]:
        return self._pieces

    async def close(self) -> None:
        """Ends the call before its end."""
        await self._pieces.aclose()


class _Replay(Kept[_T]):
    """An input that several streams read from its beginning, while it still arrives.

    One task waits for the next item, whoever needs it. The end of a stream does not end the task, so no item is lost.
    """

    def __init__(self, items: AsyncIterator[_T]) -> None:
        super().__init__()
        self._input = items
        self._task: asyncio.Task[None] | None = None

    async def read(self) -> AsyncIterator[tuple[int, _T]]:
        """What is kept, and then what arrives, each with its place."""
        at = 0
        while True:
            if at == self.count:
                self._task = self._task or asyncio.create_task(self._pull())
                await asyncio.shield(self._task)
                if at == self.count:
                    return
            item = self.items.get(at)
            if item is not None:
                yield at, item
            at += 1

    async def _pull(self) -> None:
        """Reads the next item. At the end there is none, and the task stays."""
        try:
            item = await anext(self._input)
        except StopAsyncIteration:
            return
        except BaseException as error:
            self.error = error
            raise
        self.add(item)
        self._task = None


async def _each(items: Iterable[_T] | AsyncIterable[_T]) -> AsyncIterator[_T]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
