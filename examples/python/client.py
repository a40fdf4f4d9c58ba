"""Calls a server from a script, with the package in clients/python.

pip install ./clients/python
python examples/python/client.py translate article.txt --to fr
python examples/python/client.py stream long-article.txt --to ru --from en
python examples/python/client.py batch article.txt --to fr                # each paragraph is a text of its own
python examples/python/client.py summarize article.txt --to fr --sentences 2
python examples/python/client.py articles one.txt two.txt --to fr,ru      # the first line of each is its title
python examples/python/client.py detect article.txt                       # also: pairs, info
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from triglot import Client, TriglotError, v1


def warn(segment: v1.Segment | v1.SummarySentence) -> None:
    """Tells on stderr which source bytes deserve a second look."""
    if segment.warnings:
        kinds = ", ".join(map(v1.Warning.Name, segment.warnings))
        print(f"bytes {segment.source.start}–{segment.source.end}: {kinds}", file=sys.stderr)


def translate(client: Client, args: argparse.Namespace) -> None:
    answer = client.translate(read(args.file), to=args.to, source=args.source)
    sys.stdout.write(answer.translation)
    for segment in answer.segments:
        warn(segment)


def stream(client: Client, args: argparse.Namespace) -> None:
    with args.file.open("rb") as file:  # its lines are sent as they are read
        pieces = client.stream(file, to=args.to, source=args.source)
        for piece in pieces:
            print(piece.text, end="", flush=True)
            warn(piece.segment)
    print(f"\n{pieces.summary}", file=sys.stderr)


def batch(client: Client, args: argparse.Namespace) -> None:
    paragraphs = read(args.file).split("\n\n")
    results = client.translate_many(paragraphs, to=args.to, source=args.source)
    for at, result in enumerate(results):
        if isinstance(result, TriglotError):
            print(f"paragraph {at + 1}: {result.message}", file=sys.stderr)
        else:
            paragraphs[at] = result.translation
    sys.stdout.write("\n\n".join(paragraphs))


def summarize(client: Client, args: argparse.Namespace) -> None:
    text = read(args.file)
    length = v1.SummaryLength(sentences=args.sentences)
    summary = client.summarize(text, to=args.to, source=args.source, length=length)
    print(summary.text)
    for sentence in summary.sentences:
        cited = text.encode()[sentence.source.start : sentence.source.end].decode()
        print(f"from bytes {sentence.source.start}–{sentence.source.end}: {cited}", file=sys.stderr)
        warn(sentence)


def articles(client: Client, args: argparse.Namespace) -> None:
    def each() -> Iterator[v1.Article]:
        for file in args.files:
            title, _, body = read(file).partition("\n")
            yield v1.Article(id=str(file), title=v1.ArticleText(text=title), body=v1.ArticleText(text=body))

    for answer in client.articles(each(), to=args.to.split(","), source=args.source, ordered=True):
        print(f"{answer.id} ({answer.target_language}):")
        if answer.HasField("error"):
            print(answer.error.message, file=sys.stderr)
        else:
            print(answer.article.title.translation, answer.article.body.translation, sep="\n")


def detect(client: Client, args: argparse.Namespace) -> None:
    answer = client.detect(read(args.file))
    if answer.outcome == v1.DetectLanguageResponse.OUTCOME_KNOWN:
        print(f"{answer.detected_language.language} {answer.detected_language.confidence:.2f}")
    else:
        print(v1.DetectLanguageResponse.Outcome.Name(answer.outcome).removeprefix("OUTCOME_").lower())


def pairs(client: Client, args: argparse.Namespace) -> None:
    for pair in client.pairs():
        print(f"{pair.source_language}-{pair.target_language}")


def info(client: Client, args: argparse.Namespace) -> None:
    print(client.info())


def read(file: Path) -> str:
    return file.read_bytes().decode()  # read_text would change the line ends


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--server", default=os.environ.get("TRIGLOT_SERVER", "http://127.0.0.1:50051"))
    parser.add_argument("--timeout", type=float, default=600, help="seconds until a call is given up")
    commands = parser.add_subparsers(required=True)
    for call in (translate, stream, batch, summarize, articles, detect, pairs, info):
        command = commands.add_parser(call.__name__)
        command.set_defaults(call=call)
        if call is articles:
            command.add_argument("files", type=Path, nargs="+")
        elif call not in (pairs, info):
            command.add_argument("file", type=Path)
        if call is summarize:
            command.add_argument("--sentences", type=int, default=3)
        if call not in (detect, pairs, info):
            command.add_argument("--to", required=call is not summarize, default="", metavar="LANGUAGE")
            command.add_argument("--from", dest="source", default="", metavar="LANGUAGE")
    args = parser.parse_args()
    key = os.environ.get("TRIGLOT_API_KEY")
    try:
        with Client(args.server, api_key=key, timeout=args.timeout) as client:
            args.call(client, args)
    except TriglotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
