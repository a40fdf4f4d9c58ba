"""The requests of both clients."""

from __future__ import annotations

from collections.abc import Iterable

from . import v1

#: Bytes of a text in one message of a stream.
PORTION = 64 << 10


def text(
    text: str, to: str, source: str, options: v1.TranslateOptions | None, format: v1.Format.ValueType
) -> v1.TranslateRequest:
    return v1.TranslateRequest(text=text, source_language=source, target_language=to, options=options, format=format)


def start(
    to: str, source: str, options: v1.TranslateOptions | None, format: v1.Format.ValueType
) -> v1.TranslateStreamStart:
    return v1.TranslateStreamStart(source_language=source, target_language=to, options=options, format=format)


def articles(
    to: Iterable[str],
    source: str,
    options: v1.TranslateOptions | None,
    summaries: v1.ArticleSummaries | None,
    ordered: bool,
) -> v1.TranslateArticlesStart:
    return v1.TranslateArticlesStart(
        target_languages=to, source_language=source, options=options, summaries=summaries, ordered=ordered
    )


def summary(
    text: str,
    to: str,
    source: str,
    length: v1.SummaryLength | None,
    style: v1.SummaryStyle.ValueType,
    format: v1.Format.ValueType,
) -> v1.SummarizeRequest:
    return v1.SummarizeRequest(
        text=text, source_language=source, target_language=to, length=length, style=style, format=format
    )


def portions(text: str | bytes) -> list[bytes]:
    """A text or a part of one, as a stream sends it."""
    whole = text.encode() if isinstance(text, str) else text
    return [whole[at : at + PORTION] for at in range(0, len(whole), PORTION)]
