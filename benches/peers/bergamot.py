"""Compares triglot with the other programs that run Firefox's models, on a random model of a published shape.

    pip install numpy==2.4.6 sentencepiece==0.2.3 fxtranslate==0.5.0
    python tests/reference/bergamot.py --shape base-memory FOLDER --text FILE --sentences 20
    cargo build --release
    python benches/peers/bergamot.py FOLDER FILE [--rounds 3]

FILE has one English sentence a line; those of 25 to 40 words are translated, at most 500. The programs run in turn, with the time
of loading left out. fxtranslate and bergamot-translator use one thread each, so a feed is shared by as many of their processes as
the machine has cores; bergamot-translator gets its share as one batch.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/reference"))
import bergamot  # noqa: E402

ALONE = 24
CORES = os.cpu_count()
NODE = bergamot.CLIENT + """
async function main({alone, feed}) {
  const timed = async (lists) => { const begin = process.hrtime.bigint(); for (const texts of lists) await translate(texts); return Number(process.hrtime.bigint() - begin) / 1e9; };
  await translate(['Warm up.']);
  return {alone: await timed(alone.map((text) => [text])), feed: feed.length ? await timed([feed]) : 0};
}
"""


def shares(lines):
    return [lines[core::CORES] for core in range(CORES)]


def triglot(folder, feed):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(feed) + "\n")
        file.flush()
        command = [ROOT / "target/release/triglot", "bench", "--json", "--model", folder, "--feed", file.name]
        result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return result["sentence_ms"], result["feed_sentences_per_s"], result["resident_bytes"] / 1e6


def fxtranslate(files, lines, queue):
    import fxtranslate

    translator = fxtranslate.Translator(*(Path(path).read_bytes() for path in files))
    translator.translate("Warm up.")
    begin = time.perf_counter()
    for line in lines:
        translator.translate(line)
    queue.put(time.perf_counter() - begin)


def native(files, lists):
    queue = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=fxtranslate, args=(files, lines, queue)) for lines in lists]
    [process.start() for process in processes]
    times = [queue.get() for _ in processes]
    [process.join() for process in processes]
    return max(times)


def wasm(programs, files, works):
    script = programs.folder / "bench.cjs"
    script.write_text(NODE)
    model, vocabulary, _, shortlist = map(str, files)
    running = []
    for work in works:
        asked = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump(work, asked)
        asked.flush()
        command = ["node", str(script), str(programs.worker), model, shortlist, vocabulary, asked.name]
        running.append((subprocess.Popen(command, stdout=subprocess.PIPE, text=True), asked))
    return [json.loads(process.communicate()[0]) for process, _ in running]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    lines = [line.strip() for line in arguments.text.read_text().splitlines() if 25 <= len(line.split()) <= 40][:500]
    alone = lines[:ALONE]
    one = lambda pattern: next(arguments.folder.glob(pattern))  # noqa: E731
    files = [one("model.*.bin"), one("vocab.*.spm"), one("vocab.*.spm"), one("lex.*.bin")]
    programs = bergamot.Programs()
    rows = {"triglot": [], "fxtranslate": [], "bergamot-translator": []}
    for _ in range(arguments.rounds):
        ms, rate, megabytes = triglot(arguments.folder, lines)
        rows["triglot"].append((ms, rate))
        rows["fxtranslate"].append((native(files, [alone]) / len(alone) * 1e3, len(lines) / native(files, shares(lines))))
        single = wasm(programs, files, [{"alone": alone, "feed": []}])[0]["alone"]
        feed = max(result["feed"] for result in wasm(programs, files, [{"alone": [], "feed": share} for share in shares(lines)]))
        rows["bergamot-translator"].append((single / len(alone) * 1e3, len(lines) / feed))
    middle = {name: [statistics.median(column) for column in zip(*all)] for name, all in rows.items()}
    print(f"{len(lines)} sentences of 25 to 40 words, {CORES} cores, {arguments.rounds} rounds, medians; triglot has {megabytes:.0f} MB resident")
    print(f"{'':20} {'one sentence':>14} {'feed':>16}   feed of triglot")
    for name, (ms, rate) in middle.items():
        print(f"{name:20} {ms:11.1f} ms {rate:12.1f} /s   {middle['triglot'][1] / rate:13.2f}x")


if __name__ == "__main__":
    main()
