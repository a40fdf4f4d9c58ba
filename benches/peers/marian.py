"""triglot beside CTranslate2 on a random OPUS-MT model: the same ids, the same machine, in one run.

    python3 benches/peers/marian.py            # sets up a virtual environment first; builds triglot's part
    python3 benches/peers/marian.py --rounds 5 --threads 4

The model has the sizes of opus-mt-en-fr (width 512, 6+6 layers, vocabulary 59,514) and random weights, so nothing is
downloaded but packages; its size alone decides the speed. Both are given ids and forced to write a given number of tokens:
sentences of 25 tokens into 30, one at a time and 32 at once, greedily and with a beam of 4, and a feed of 500 sentences of
3 to 60 tokens into 1.2 times as many, greedily. CTranslate2 takes one length for a call, so its feed is sorted by length
and cut into batches of 32, as it would do itself; triglot takes the feed in its own order.

Of the vocabulary, CTranslate2 computes all for every token. Triglot is measured so as well; but of a published model, whose
vocabulary is that of two languages, it computes the pieces that target.spm has, 32,000, and this is measured beside it.

The two take turns, each time in a fresh process, with 32-bit and with 8-bit weights; the ratio is taken within a round, of
triglot's 8 bits (what it runs by default) to the better of CTranslate2's two. Resident memory is that of the process, for
CTranslate2 with Python but without torch.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ["batch 1, greedy", "batch 32, greedy", "batch 1, beam 4", "batch 32, beam 4", "feed"]
# What stands behind a metric where triglot writes what it would of a published model.
PIECES = ", target's pieces"
METRICS = [*WORK, *(f"{metric}{PIECES}" for metric in WORK), "load, s", "resident, MiB"]
SMALLER = {"load, s", "resident, MiB"}
VOCABULARY, WRITTEN, SOURCE, TARGET, SECONDS = 59514, 32000, 25, 30, 3.0


def prepare(folder):
    """A random model, CTranslate2's copies of it, and the work."""
    import shutil

    import ctranslate2
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(0)
    pad = VOCABULARY - 1
    config = MarianConfig(
        vocab_size=VOCABULARY, d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8,
        decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048, activation_function="swish",
        scale_embedding=True, max_position_embeddings=512, pad_token_id=pad, decoder_start_token_id=pad,
        eos_token_id=0, forced_eos_token_id=0, bos_token_id=0, init_std=0.04,
    )  # fmt: skip
    model = folder / "model"
    MarianMTModel(config).save_pretrained(model)
    vocabulary = {"</s>": 0, "<unk>": 1} | {f"w{id}": id for id in range(2, pad)} | {"<pad>": pad}
    (model / "vocab.json").write_text(json.dumps(vocabulary))
    (model / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": "en", "target_lang": "fr", "tokenizer_class": "MarianTokenizer"})
    )
    for name in ("source.spm", "target.spm"):  # nothing is cut into pieces with them
        shutil.copy(ROOT / "tests" / "reference" / "marian-tiny" / name, model / name)
    for kind in ("float32", "int8"):
        converter = ctranslate2.converters.TransformersConverter(str(model))
        converter.convert(str(folder / kind), quantization=kind, force=True)
    rng = random.Random(0)
    source = lambda length: [rng.randrange(2, pad) for _ in range(length - 1)] + [0]
    lengths = [min(60, max(3, round(rng.lognormvariate(3.1, 0.5)))) for _ in range(500)]
    work = {
        "fixed": [source(SOURCE) for _ in range(32)],
        "length": TARGET,
        "written": WRITTEN,
        "feed": [[source(length), round(1.2 * length)] for length in lengths],
    }
    (folder / "work.json").write_text(json.dumps(work))


def run_ctranslate2(folder, kind, threads):
    import ctranslate2

    begin = time.perf_counter()
    translator = ctranslate2.Translator(
        str(folder / kind), compute_type=kind, intra_threads=threads, inter_threads=1
    )
    load = time.perf_counter() - begin
    work = json.loads((folder / "work.json").read_text())
    words = lambda ids: [f"w{id}" for id in ids[:-1]] + ["</s>"]
    fixed = [words(ids) for ids in work["fixed"]]

    def translate(batch, length, beam):
        results = translator.translate_batch(
            batch, beam_size=beam, max_decoding_length=length, min_decoding_length=length
        )
        written = sum(len(result.hypotheses[0]) for result in results)
        assert written == length * len(batch), "another number of tokens was written"
        return written

    def rate(batches, beam):
        translate(batches[0], TARGET, beam)
        begin, tokens, at = time.perf_counter(), 0, 0
        while time.perf_counter() - begin < SECONDS:
            tokens += translate(batches[at % len(batches)], TARGET, beam)
            at += 1
        return tokens / (time.perf_counter() - begin)

    figures = {}
    for beam, name in ((1, "greedy"), (4, "beam 4")):
        figures[f"batch 1, {name}"] = rate([[sentence] for sentence in fixed], beam)
        figures[f"batch 32, {name}"] = rate([fixed], beam)
    feed = sorted(((words(ids), length) for ids, length in work["feed"]), key=lambda job: -job[1])
    begin, tokens = time.perf_counter(), 0
    for start in range(0, len(feed), 32):
        chunk = feed[start : start + 32]
        # So that as many tokens are written as with a length for each sentence.
        length = round(sum(length for _, length in chunk) / len(chunk))
        tokens += translate([sentence for sentence, _ in chunk], length, 1)
    figures["feed"] = tokens / (time.perf_counter() - begin)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    figures["load, s"] = load
    figures["resident, MiB"] = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return figures


def printed_json(command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def bench_binary():
    """Builds benches/marian.rs; cargo says where it is."""
    command = ["cargo", "bench", "--bench", "marian", "--no-run", "--message-format", "json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return [message["executable"] for message in messages if message.get("target", {}).get("name") == "marian"
            and "bench" in message["target"]["kind"]][-1]  # fmt: skip


def report(rounds):
    kinds = list(rounds[0])
    rows = [[f"median of {len(rounds)}", *kinds, "ratio (min–max)"]]
    for metric in METRICS:
        # CTranslate2 has the same work to do in both cases.
        of = lambda r, kind: r[kind].get(metric, r[kind].get(metric.removesuffix(PIECES)))
        median = lambda kind: statistics.median(of(r, kind) for r in rounds)
        better = min if metric in SMALLER else max
        same = metric.removesuffix(PIECES)
        theirs = lambda r: better(r[kind][same] for kind in kinds if kind.startswith("CTranslate2"))
        ratios = [r["triglot int8"][metric] / theirs(r) for r in rounds]
        cells = [f"{median(kind):.2f}" if metric == "load, s" else f"{median(kind):.0f}" for kind in kinds]
        rows.append([metric, *cells, f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--folder", type=Path, default=ROOT / "target" / "peers-marian", help="where all of it is put")
    args.add_argument("--python", type=Path, help="an interpreter that has the packages, instead of a new environment")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--child", help=argparse.SUPPRESS)
    args = args.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.child == "prepare":
        return prepare(args.folder)
    if args.child:
        return print(json.dumps(run_ctranslate2(args.folder, args.child, args.threads)))

    python = args.python or args.folder / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(args.folder / "venv", with_pip=True)
        requirements = HERE / "marian-requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    child = [python, __file__, "--folder", args.folder, "--threads", args.threads, "--child"]
    if not (args.folder / "work.json").exists():
        subprocess.run(list(map(str, [*child, "prepare"])), check=True)
    binary = bench_binary()
    triglot = lambda kind: printed_json([binary, args.folder / "model", args.folder / "work.json", kind, args.threads])
    turns = {
        "triglot int8": lambda: triglot("int8"),
        "CTranslate2 int8": lambda: printed_json([*child, "int8"]),
        "triglot f32": lambda: triglot("f32"),
        "CTranslate2 float32": lambda: printed_json([*child, "float32"]),
    }
    rounds = []
    for number in range(args.rounds):
        order = list(turns) if number % 2 == 0 else list(turns)[::-1]
        measured = {name: turns[name]() for name in order}
        rounds.append({name: measured[name] for name in turns})
        print(f"round {number + 1} of {args.rounds}: {json.dumps(rounds[-1])}", file=sys.stderr)
    report(rounds)


if __name__ == "__main__":
    main()
