"""A small client of triglot: translation and summaries, from Python.

    pip install -r examples/python/requirements.txt
    python examples/python/client.py translate article.txt --to fr
    python examples/python/client.py stream long-article.txt --to ru --from en
    python examples/python/client.py summarize article.txt --to fr --sentences 2
    python examples/python/client.py articles one.txt two.txt --to fr,ru    # the first line of each is its title
    python examples/python/client.py detect article.txt     # also: pairs, info

The stubs are made from proto/ at every start. A program of your own would make them once:

    python -m grpc_tools.protoc -I proto --python_out=. --grpc_python_out=. $(find proto -name '*.proto')
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import grpc
import grpc_tools
from grpc_tools import protoc

PROTO = Path(__file__).resolve().parents[2] / "proto"
PIECE = 1000  # bytes; cut anywhere, also inside a character


def make_stubs(folder):
    """Compiles proto/ into the folder, from where the generated modules can be imported."""
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    sources = map(str, sorted(PROTO.rglob("*.proto")))
    outputs = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", *outputs, *sources]) != 0:
        sys.exit("the contract does not compile")
    sys.path.insert(0, folder)


with tempfile.TemporaryDirectory() as stubs:
    make_stubs(stubs)
    from triglot.v1 import info_service_pb2 as info_pb
    from triglot.v1 import info_service_pb2_grpc as info_grpc
    from triglot.v1 import summarization_service_pb2 as summary_pb
    from triglot.v1 import summarization_service_pb2_grpc as summary_grpc
    from triglot.v1 import translation_service_pb2 as pb
    from triglot.v1 import translation_service_pb2_grpc as translation_grpc
    from triglot.v1 import types_pb2 as types


def warn(segment):
    """Tells on stderr which source bytes deserve a second look."""
    if segment.warnings:
        kinds = ", ".join(map(types.Warning.Name, segment.warnings))
        print(f"bytes {segment.source.start}–{segment.source.end}: {kinds}", file=sys.stderr)


def translate(channel, args):
    text = args.file.read_bytes().decode()  # read_text would change the line ends
    request = pb.TranslateRequest(text=text, source_language=args.source, target_language=args.to)
    response = translation_grpc.TranslationServiceStub(channel).Translate(request, timeout=args.timeout)
    sys.stdout.write(response.translation)
    for segment in response.segments:
        warn(segment)


def stream(channel, args):
    def requests():
        start = pb.TranslateStreamStart(source_language=args.source, target_language=args.to)
        yield pb.TranslateStreamRequest(start=start)
        with args.file.open("rb") as file:
            while piece := file.read(PIECE):
                yield pb.TranslateStreamRequest(text=piece)

    stub = translation_grpc.TranslationServiceStub(channel)
    for response in stub.TranslateStream(requests(), timeout=args.timeout):
        if response.HasField("piece"):
            print(response.piece.text, end="", flush=True)
            warn(response.piece.segment)
        else:
            print(f"\n{response.summary}", file=sys.stderr)


def summarize(channel, args):
    text = args.file.read_bytes()
    request = summary_pb.SummarizeRequest(
        text=text.decode(),
        source_language=args.source,
        target_language=args.to,
        length=summary_pb.SummaryLength(sentences=args.sentences),
    )
    stub = summary_grpc.SummarizationServiceStub(channel)
    summary = stub.Summarize(request, timeout=args.timeout).summary
    print(summary.text)
    for sentence in summary.sentences:
        cited = text[sentence.source.start : sentence.source.end].decode()
        print(f"from bytes {sentence.source.start}–{sentence.source.end}: {cited}", file=sys.stderr)
        warn(sentence)


def articles(channel, args):
    def requests():
        start = pb.TranslateArticlesStart(target_languages=args.to.split(","), source_language=args.source, ordered=True)
        yield pb.TranslateArticlesRequest(start=start)
        for file in args.files:
            title, _, body = file.read_bytes().decode().partition("\n")
            texts = {"title": pb.ArticleText(text=title), "body": pb.ArticleText(text=body)}
            yield pb.TranslateArticlesRequest(article=pb.Article(id=str(file), **texts))

    stub = translation_grpc.TranslationServiceStub(channel)
    for answer in stub.TranslateArticles(requests(), timeout=args.timeout):
        print(f"{answer.id} ({answer.target_language}):")
        if answer.HasField("error"):
            print(answer.error.message, file=sys.stderr)
        else:
            print(answer.article.title.translation, answer.article.body.translation, sep="\n")
        for segment in [*answer.article.title.segments, *answer.article.body.segments]:
            warn(segment)


def detect(channel, args):
    request = pb.DetectLanguageRequest(text=args.file.read_bytes().decode())
    answer = translation_grpc.TranslationServiceStub(channel).DetectLanguage(request, timeout=args.timeout)
    if answer.outcome == pb.DetectLanguageResponse.OUTCOME_KNOWN:
        print(f"{answer.detected_language.language} {answer.detected_language.confidence:.2f}")
    else:
        print(pb.DetectLanguageResponse.Outcome.Name(answer.outcome).removeprefix("OUTCOME_").lower())


def pairs(channel, args):
    stub = translation_grpc.TranslationServiceStub(channel)
    for pair in stub.ListLanguagePairs(pb.ListLanguagePairsRequest(), timeout=args.timeout).pairs:
        print(f"{pair.source_language}-{pair.target_language}")


def info(channel, args):
    print(info_grpc.InfoServiceStub(channel).GetInfo(info_pb.GetInfoRequest(), timeout=args.timeout))


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--server", default=os.environ.get("TRIGLOT_SERVER", "127.0.0.1:50051"))
    args.add_argument("--timeout", type=float, default=600, help="seconds until the call is given up")
    commands = args.add_subparsers(required=True)
    for call in (translate, stream, summarize, articles, detect, pairs, info):
        command = commands.add_parser(call.__name__)
        command.set_defaults(call=call)
        if call is articles:
            command.add_argument("files", type=Path, nargs="+")
        elif call not in (pairs, info):
            command.add_argument("file", type=Path)
        if call is summarize:
            command.add_argument("--sentences", type=int, default=3)
        if call in (translate, stream, summarize, articles):
            command.add_argument("--to", required=call is not summarize, default="", metavar="LANGUAGE")
            command.add_argument("--from", dest="source", default="", metavar="LANGUAGE")
    args = args.parse_args()
    try:
        with grpc.insecure_channel(args.server.removeprefix("http://")) as channel:
            args.call(channel, args)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
