"""The calls, from threads and from asyncio."""

from collections.abc import AsyncIterator, Iterator

import pytest
from conftest import Server

from triglot import AsyncClient, Client, InvalidArgument, TriglotError, v1

TEXT = "La mer est calme à l’été.\n\nLe maire a parlé. “Rien ne part.”\n"


def article(name: str, text: str) -> v1.Article:
    return v1.Article(id=name, body=v1.ArticleText(text=text), source_language="en")


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client


@pytest.fixture
async def loop_client(server: Server) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(server.url) as client:
        yield client


def test_a_text_is_translated_with_its_options(client: Client) -> None:
    options = v1.TranslateOptions(typography=v1.TYPOGRAPHY_KEEP)
    answer = client.translate("<p>It is “closed”.</p>", to="fr", source="en", options=options, format=v1.FORMAT_HTML)
    assert answer.translation == "<p>It is “closed”.</p>"
    assert (answer.format, answer.model, len(answer.segments)) == (v1.FORMAT_HTML, "copy", 1)


def test_a_text_of_many_has_its_error_in_its_place(client: Client) -> None:
    first, second, third = client.translate_many(["The mayor spoke to us.", "www", "The sea is calm today."], to="fr")
    assert isinstance(first, v1.TranslateResponse) and first.detected_language.language == "en"
    assert isinstance(second, InvalidArgument) and second.field == "source_language"
    assert isinstance(third, v1.TranslateResponse) and third.translation == "The sea is calm today."


def test_a_stream_may_be_cut_anywhere(client: Client) -> None:
    keep = v1.TranslateOptions(typography=v1.TYPOGRAPHY_KEEP)
    portions = (TEXT.encode()[at : at + 1] for at in range(len(TEXT.encode())))
    for text in (TEXT, TEXT.encode(), [TEXT[:9], TEXT[9:]], portions):
        stream = client.stream(text, to="ru", source="fr", options=keep)
        assert stream.summary is None
        assert "".join(piece.text for piece in stream) == TEXT
        assert stream.summary and stream.summary.segments == 3


def test_a_stream_may_end_early(client: Client) -> None:
    stream = client.stream(TEXT, to="ru", source="fr")
    assert next(iter(stream)).text
    stream.close()
    assert list(stream) == []


def test_articles_are_answered_in_each_language(client: Client) -> None:
    unknown = v1.Article(id="n1", body=v1.ArticleText(text="www"))
    articles = [article("n0", "The mayor spoke."), unknown, article("n2", "Nobody came.")]
    answers = list(client.articles(articles, to=["fr", "ru"], ordered=True))
    assert [(answer.index, answer.id) for answer in answers] == [(at, f"n{at}") for at in (0, 0, 1, 1, 2, 2)]
    assert {answer.target_language for answer in answers} == {"fr", "ru"}
    assert [answer.HasField("error") for answer in answers] == [False, False, True, True, False, False]
    assert TriglotError.of(answers[2].error).field == "source_language"


def test_a_summary_has_its_length(client: Client) -> None:
    text = "The harbour was closed on Monday. The mayor spoke to the press. Nobody came."
    assert len(client.summarize(text, length=v1.SummaryLength(sentences=1)).sentences) == 1


def test_a_server_tells_what_it_can(client: Client) -> None:
    assert client.detect("The harbour was closed on Monday.").detected_language.language == "en"
    assert v1.LanguagePair(source_language="en", target_language="fr") in client.pairs()
    assert client.info().limits.max_batch_texts == 128


async def test_a_loop_makes_the_same_calls(loop_client: AsyncClient) -> None:
    client = loop_client
    assert (await client.translate("The mayor spoke.", to="fr", source="en")).translation == "The mayor spoke."
    first, second = await client.translate_many(["The mayor spoke to us.", "www"], to="fr")
    assert isinstance(first, v1.TranslateResponse) and isinstance(second, InvalidArgument)
    answers = [answer async for answer in client.articles([article("a", "The mayor spoke.")], to=["fr", "ru"])]
    assert [(answer.id, answer.index) for answer in answers] == [("a", 0), ("a", 0)]
    assert (await client.summarize("The mayor spoke.", source="en")).text == "The mayor spoke."
    assert (await client.detect("The harbour was closed on Monday.")).detected_language.language == "en"
    assert v1.LanguagePair(source_language="en", target_language="fr") in await client.pairs()
    assert (await client.info()).limits.max_batch_texts == 128


async def test_a_loop_streams(loop_client: AsyncClient) -> None:
    async def live() -> AsyncIterator[bytes]:
        for byte in TEXT.encode():
            yield bytes([byte])

    keep = v1.TranslateOptions(typography=v1.TYPOGRAPHY_KEEP)
    for text in (TEXT, [TEXT[:9], TEXT[9:]], live()):
        stream = loop_client.stream(text, to="ru", source="fr", options=keep)
        assert "".join([piece.text async for piece in stream]) == TEXT
        assert stream.summary and stream.summary.segments == 3


def test_what_an_input_raises_reaches_the_caller(client: Client) -> None:
    def broken() -> Iterator[str]:
        yield "The mayor spoke. "
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(client.stream(broken(), to="fr", source="en"))


async def test_what_an_input_raises_reaches_the_task(loop_client: AsyncClient) -> None:
    async def broken() -> AsyncIterator[str]:
        yield "The mayor spoke. "
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        async for _ in loop_client.stream(broken(), to="fr", source="en"):
            pass
