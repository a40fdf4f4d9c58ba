"""Streams go on after their server is killed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from conftest import Server

from triglot import AsyncClient, Client, Unavailable, _progress, v1

FIRST, SECOND = "The harbour was closed. The mayor spoke.\n\nNobody ", "came. The end.\n"


def whole(server: Server) -> list[v1.TranslatedPiece]:
    with Client(server.url) as client:
        return list(client.stream(FIRST + SECOND, to="fr", source="en"))


def article(number: int) -> v1.Article:
    return v1.Article(
        id=f"n{number}", body=v1.ArticleText(text=f"The mayor spoke {number} times."), source_language="en"
    )


def test_pieces_go_on(mortal: Server) -> None:
    killed = threading.Event()

    def live() -> Iterator[str]:
        yield FIRST
        killed.wait()
        yield SECOND

    expected = whole(mortal)
    with Client(mortal.url) as client:
        stream = client.stream(live(), to="fr", source="en")
        pieces = [next(iter(stream)) for _ in range(3)]
        mortal.restart()
        killed.set()
        pieces += stream
    assert pieces == expected
    assert stream.summary and stream.summary.segments == 4


async def test_pieces_go_on_in_a_loop(mortal: Server) -> None:
    killed = asyncio.Event()

    async def live() -> AsyncIterator[str]:
        yield FIRST
        await killed.wait()
        yield SECOND

    expected = whole(mortal)
    async with AsyncClient(mortal.url) as client:
        stream = client.stream(live(), to="fr", source="en")
        pieces = [await anext(aiter(stream)) for _ in range(3)]
        mortal.restart()
        asyncio.get_running_loop().call_later(1, killed.set)
        pieces += [piece async for piece in stream]
    assert pieces == expected
    assert stream.summary and stream.summary.segments == 4


def test_a_text_that_is_too_long_to_keep_does_not_go_on(mortal: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_MOST_KEPT", len(FIRST) - 1)
    killed = threading.Event()

    def live() -> Iterator[str]:
        yield FIRST
        killed.wait()

    with Client(mortal.url) as client:
        stream = client.stream(live(), to="fr", source="en")
        assert next(iter(stream)).text
        mortal.restart()
        with pytest.raises(Unavailable):
            list(stream)
        killed.set()


def test_each_article_is_answered_once(mortal: Server) -> None:
    killed = threading.Event()

    def live() -> Iterator[v1.Article]:
        yield from map(article, range(5))
        killed.wait()
        yield from map(article, range(5, 10))

    with Client(mortal.url) as client:
        answers = client.articles(live(), to=["fr", "ru"])
        found = [next(answers) for _ in range(4)]
        mortal.restart()
        killed.set()
        found += answers
    answered = sorted((answer.index, answer.id, answer.target_language) for answer in found)
    assert answered == [(at, f"n{at}", language) for at in range(10) for language in ("fr", "ru")]


async def test_each_article_is_answered_once_in_a_loop(mortal: Server) -> None:
    killed = asyncio.Event()

    async def live() -> AsyncIterator[v1.Article]:
        for number in range(10):
            if number == 5:
                await killed.wait()
            yield article(number)

    async with AsyncClient(mortal.url) as client:
        answers = client.articles(live(), to=["fr", "ru"])
        found = [await anext(answers) for _ in range(4)]
        mortal.restart()
        killed.set()
        found += [answer async for answer in answers]
    answered = sorted((answer.index, answer.id, answer.target_language) for answer in found)
    assert answered == [(at, f"n{at}", language) for at in range(10) for language in ("fr", "ru")]
