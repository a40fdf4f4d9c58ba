"""How good are the translations, beside llama.cpp with the same weights and the same prompt?

    pip install -r benches/quality/requirements.txt
    python benches/quality/chrf.py --triglot target/release/triglot --data DIR --lines 200 \\
        --directions en-fr,en-ru --llama MODEL.gguf

DIR holds newstest2013.en, .fr and .ru, aligned line by line. For each direction the first N lines
become one article, a blank line between any two, and go through `triglot translate --adapter none
--beam-size 1`.
llama.cpp then translates the same segments one by one, greedily, and both results are scored against the reference
with chrF and BLEU. What differs between the columns is therefore what triglot adds or loses: its
kernels, its decoding and its repairs; the splitting into sentences is shared.

Seconds are wall clock: for triglot the whole command, loading included; for llama.cpp the sum over
the segments. Everything is kept under --work, so that a run that was stopped goes on where it was,
and a new triglot costs only its own time. Without --triglot the segments are those of the last run,
or with `--segments lines` one a line: then llama.cpp can be scored alone.
"""

import argparse
import ctypes
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sacrebleu

ROOT = Path(__file__).resolve().parents[2]
DIRECTIONS = "en-fr,en-ru,fr-en,fr-ru,ru-en,ru-fr"
MANIFEST = ROOT / "models" / "gemma3-270m" / "manifest.toml"
BETWEEN = "\n\n"
THREADS = 2
CONTEXT = 2048


def max_new_tokens(source_tokens):
    """The default of triglot's max_output_ratio, and the tokens that are always allowed."""
    return 3 * source_tokens + 16


@dataclass
class Result:
    """One system's translation of one article."""

    text: str
    seconds: float
    warnings: Counter = field(default_factory=Counter)


# triglot ------------------------------------------------------------------------------------------


def run_triglot(args, source, target, article, adapter="none"):
    """What `triglot translate --json` prints for the article, and `seconds`; from --work if there."""
    name = "triglot" if adapter == "none" else f"triglot+{Path(adapter).name}"
    beam = f"-beam{args.beam_size}" if args.beam_size else ""
    kept = args.work / f"{name}-{source}-{target}-{args.lines}{beam}.json"
    parts = [Path(adapter) / part for part in ("adapter_model.safetensors", "adapter_config.json", "manifest.toml")]
    blobs = [article.encode(), *(part.read_bytes() if part.exists() else b"" for part in parts)]
    made_of = fingerprint(*blobs, args.triglot.read_bytes()) if args.triglot else None
    if kept.exists():
        answer = json.loads(kept.read_text(encoding="utf-8"))
        if made_of in (None, answer["made_of"]):
            return answer
    if not args.triglot:
        sys.exit(f"{kept} does not exist yet: give --triglot, or --segments lines")
    flags = ["--from", source, "--to", target, "--adapter", adapter]
    if args.beam_size:
        flags += ["--beam-size", str(args.beam_size)]
    command = [args.triglot.resolve(), "translate", *flags, "--json", "-"]
    start = time.perf_counter()
    done = subprocess.run(command, input=article.encode(), stdout=subprocess.PIPE, check=True)
    answer = json.loads(done.stdout)
    answer["seconds"] = time.perf_counter() - start
    answer["made_of"] = made_of
    kept.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    return answer


def triglot_result(answer):
    warnings = Counter(kind for segment in answer["segments"] for kind in segment["warnings"])
    return Result(answer["translation"], answer["seconds"], warnings)


def asked_ranges(answer):
    """The segments that went to the model. Figures and addresses pass through; they have no score."""
    return [
        (segment["source"]["start"], segment["source"]["end"])
        for segment in answer["segments"]
        if segment["score"] is not None or "UNTRANSLATED" in segment["warnings"]
    ]


# llama.cpp ----------------------------------------------------------------------------------------


def examples(manifest, source, target):
    """The part of the prompt that all sentences of a direction share."""
    names = manifest["languages"]
    return "".join(
        f"{names[source]}: {shown[source]}\n{names[target]}: {shown[target]}\n\n"
        for shown in manifest["examples"]
    )


class LlamaCpp:
    """llama.cpp, asked for one sentence at a time; the keys and values of the examples are reused."""

    def __init__(self, model, manifest):
        # Threads that spin while they wait cost several times the time on a busy machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import llama_cpp  # not needed when everything is in the cache
        import numpy

        self.api, self.numpy, self.manifest = llama_cpp, numpy, manifest
        self.llm = llama_cpp.Llama(
            str(model),
            n_ctx=CONTEXT,
            n_batch=512,
            n_threads=THREADS,
            n_threads_batch=THREADS,
            verbose=False,
        )
        self.vocab = llama_cpp.llama_model_get_vocab(self.llm.model)
        self.shared = []

    def ids(self, text, bos=False):
        return self.llm.tokenize(text.encode(), add_bos=bos, special=False)

    def begin(self, source, target):
        """Reads the examples of a direction."""
        self.names = self.manifest["languages"][source], self.manifest["languages"][target]
        self.examples = examples(self.manifest, source, target)
        self.shared = self.ids(self.examples, bos=True)
        self.llm.reset()
        self.llm.eval(self.shared)

    def translate(self, sentence):
        source_name, target_name = self.names
        asked = self.ids(f"{self.examples}{source_name}: {sentence}\n{target_name}:", bos=True)
        assert asked[: len(self.shared)] == self.shared, "the examples end inside a token"
        room = CONTEXT - len(asked)
        self.llm.n_tokens = len(self.shared)  # eval forgets what lies behind
        self.llm.eval(asked[len(self.shared) :])
        out = b""
        for _ in range(min(max_new_tokens(len(self.ids(sentence))), room)):
            token = self.best()
            piece = self.piece(token)
            if self.api.llama_vocab_is_eog(self.vocab, token) or b"\n" in piece:
                break
            out += piece
            self.llm.eval([token])
        return out.decode(errors="replace").strip()

    def best(self):
        logits = self.api.llama_get_logits_ith(self.llm.ctx, -1)
        return int(self.numpy.ctypeslib.as_array(logits, shape=(self.llm.n_vocab(),)).argmax())

    def piece(self, token):
        # Llama.detokenize loses pieces of more than 32 bytes.
        buffer = ctypes.create_string_buffer(512)
        length = self.api.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:length]


class LlamaCache:
    """Translations of llama.cpp on disk, one JSON line each; the model is loaded when one is missing."""

    def __init__(self, model, work):
        self.model, self.work, self.engine = model, work, None
        self.manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
        self.made_of = fingerprint(model.read_bytes(), MANIFEST.read_bytes())

    def translate(self, source, target, sentences):
        """Translations and seconds, in the order of the sentences."""
        path = self.work / f"llama-{source}-{target}-{self.made_of}.jsonl"
        known = {}
        if path.exists():
            # A run that was stopped may have left half a line.
            whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
            known = {row["source"]: row for row in map(json.loads, filter(None, whole.split("\n")))}
            path.write_text("".join(map(json_line, known.values())), encoding="utf-8")
        missing = [text for text in dict.fromkeys(sentences) if text not in known]
        if missing:
            self.engine = self.engine or LlamaCpp(self.model, self.manifest)
            self.engine.begin(source, target)
        with path.open("a", encoding="utf-8") as out:
            for number, text in enumerate(missing, 1):
                start = time.perf_counter()
                translation = self.engine.translate(text)
                row = {"source": text, "target": translation, "seconds": time.perf_counter() - start}
                known[text] = row
                out.write(json_line(row))
                out.flush()
                if number % 50 == 0:
                    print(f"llama.cpp {source}-{target}: {number}/{len(missing)}", file=sys.stderr)
        return [(known[text]["target"], known[text]["seconds"]) for text in sentences]


def llama_result(cache, source, target, article, ranges):
    """llama.cpp's translation of the ranges, what lies between them kept."""
    raw = article.encode()
    sentences = [re.sub(r"\s*[\r\n]\s*", " ", raw[a:b].decode()) for a, b in ranges]
    answers = cache.translate(source, target, sentences)
    parts, behind = [], 0
    for (start, end), (translation, _) in zip(ranges, answers, strict=True):
        parts += [raw[behind:start], translation.encode()]
        behind = end
    text = b"".join([*parts, raw[behind:]]).decode()
    return Result(text, sum(seconds for _, seconds in answers))


# Scores -------------------------------------------------------------------------------------------


def scores(result, references):
    lines = result.text.split(BETWEEN)
    if len(lines) != len(references):
        sys.exit(f"{len(references)} lines went in, {len(lines)} came back: the blank lines were not kept")
    chrf = sacrebleu.corpus_chrf(lines, [references]).score
    return chrf, sacrebleu.corpus_bleu(lines, [references]).score


def line_ranges(article):
    """Each line of the article as a segment."""
    ranges, start = [], 0
    for line in article.split(BETWEEN):
        end = start + len(line.encode())
        ranges.append((start, end))
        start = end + len(BETWEEN)
    return ranges


def read_lines(path, count):
    lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n")[:count]]
    if len(lines) < count or not all(lines):
        sys.exit(f"{path} has fewer than {count} lines, or empty ones among them")
    return lines


def json_line(row):
    return json.dumps(row, ensure_ascii=False) + "\n"


def fingerprint(*blobs):
    digest = hashlib.sha256()
    for blob in blobs:
        digest.update(hashlib.sha256(blob).digest())
    return digest.hexdigest()[:12]


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def one_direction(args, cache, direction):
    """A row of the table."""
    source, target = direction.split("-")
    article = BETWEEN.join(read_lines(args.data / f"newstest2013.{source}", args.lines))
    references = read_lines(args.data / f"newstest2013.{target}", args.lines)
    ours = theirs = None
    if args.segments == "lines":
        ranges = line_ranges(article)
    else:
        answer = run_triglot(args, source, target, article)
        ours = triglot_result(answer)
        ranges = asked_ranges(answer)
    if cache:
        theirs = llama_result(cache, source, target, article, ranges)

    row, both = [direction, str(len(ranges))], []
    for name, result in (("triglot", ours), ("llama", theirs)):
        if result:
            (args.work / f"{name}-{direction}-{args.lines}.txt").write_text(result.text, encoding="utf-8")
            both.append(scores(result, references))
            row.append("{:.2f} / {:.2f}".format(*both[-1]))
        else:
            row.append("-")
    row.append("{:+.2f} / {:+.2f}".format(*(a - b for a, b in zip(*both))) if len(both) == 2 else "-")
    row += [f"{result.seconds:.0f}" if result else "-" for result in (ours, theirs)]
    row.append(", ".join(f"{kind} {n}" for kind, n in ours.warnings.most_common()) if ours else "-")
    return row


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--triglot", type=Path, metavar="BINARY")
    args.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds newstest2013.{en,fr,ru}")
    args.add_argument("--lines", type=int, default=200, metavar="N")
    args.add_argument("--directions", default=DIRECTIONS)
    args.add_argument("--llama", type=Path, metavar="MODEL.gguf", help="score llama.cpp with this file too")
    args.add_argument("--work", type=Path, default=ROOT / "target" / "quality", metavar="DIR")
    args.add_argument(
        "--segments",
        choices=("triglot", "lines"),
        default="triglot",
        help="whose segments llama.cpp translates; with `lines`, triglot is not asked at all",
    )
    # as llama.cpp is asked
    args.set_defaults(beam_size=1)
    args = args.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    cache = LlamaCache(args.llama, args.work) if args.llama else None

    rows = [["", "segments", "triglot", "llama.cpp", "difference", "triglot s", "llama.cpp s", "warnings"]]
    for direction in args.directions.split(","):
        rows.append(one_direction(args, cache, direction))
    print(f"chrF / BLEU on {args.lines} lines of newstest2013")
    table(rows)


if __name__ == "__main__":
    main()
