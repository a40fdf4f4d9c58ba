"""triglot beside llama.cpp: the same weights, the same machine, in one run.

    benches/peers/run.sh                 # sets everything up first
    python benches/peers/compare.py --triglot target/release/triglot --rounds 5

A machine that is shared, or that grows warm, is slower in one minute than in the next. So the two
take turns, each time in a fresh process, and change who begins from round to round; the ratio is
taken within a round, and its median and range say more than the two columns beside it.

Each process loads the model, reads a prompt of --prompt-tokens (prefill) and writes --decode-tokens
one by one, always the likeliest (decode). llama.cpp is used as llama-cpp-python offers it, at its
fastest: built for this processor, prompt in one batch, logits of the last position only, the choice
made by numpy on llama.cpp's own memory. It reads the prompt once unmeasured, so that the pages of
the file and the threads are there; triglot has them from checking the file's sum, which its load time
includes. triglot multiplies by the rows of the target language's vocabulary only, llama.cpp by all:
that is part of what is compared.

llama.cpp's threads spin while they wait for each other, which is best on an idle machine and very bad
on a busy one (a fifth of the speed was seen). So each round runs it twice, the second time with
waiting threads asleep (OMP_WAIT_POLICY=passive), and the better figure of each kind counts.

Resident bytes are the whole process at its end, the mapped pages of the weights and, for llama.cpp,
the Python interpreter included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

# Title, format, and which of two figures is the better one.
METRICS = {
    "prefill_tokens_per_s": ("prefill, tokens/s", "{:.1f}", max),
    "decode_tokens_per_s": ("decode, tokens/s", "{:.1f}", max),
    "load_ms": ("load, ms", "{:.0f}", min),
    "resident_bytes": ("resident, MiB", "{:.0f}", min),
}
PROMPT = (
    "The harbour authority said on Friday that the new pier would open in June, two months late. "
    "Le conseil municipal se réunira lundi pour voter le budget de la rénovation des écoles. "
    "В субботу в центре города перекроют движение из-за ежегодного марафона. "
)


def bench_llama(args):
    """One measurement of llama.cpp in this process, in the words of `triglot bench --json`."""
    import llama_cpp
    import numpy

    start = time.perf_counter()
    llm = llama_cpp.Llama(
        str(args.model),
        n_ctx=args.prompt_tokens + args.decode_tokens,
        n_batch=512,
        n_threads=args.threads,
        n_threads_batch=args.threads,
        logits_all=False,
        flash_attn=args.flash_attn,
        verbose=False,
    )
    load = time.perf_counter() - start

    text = PROMPT * (args.prompt_tokens // 20 + 1)
    prompt = llm.tokenize(text.encode(), add_bos=True)[: args.prompt_tokens]
    vocabulary = llm.n_vocab()

    def likeliest():
        # Also waits for the computation, so it belongs inside the measured time.
        logits = llama_cpp.llama_get_logits_ith(llm.ctx, -1)
        return int(numpy.ctypeslib.as_array(logits, shape=(vocabulary,)).argmax())

    def read_prompt():
        llm.reset()
        llm.eval(prompt)
        return likeliest()

    read_prompt()
    start = time.perf_counter()
    token = read_prompt()
    prefill = time.perf_counter() - start

    start = time.perf_counter()
    for _ in range(args.decode_tokens):
        llm.eval([token])
        token = likeliest()
    decode = time.perf_counter() - start

    return {
        "load_ms": load * 1000,
        "prefill_tokens_per_s": len(prompt) / prefill,
        "decode_tokens_per_s": args.decode_tokens / decode,
        "resident_bytes": resident_bytes(),
    }


def resident_bytes():
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def printed_json(command, **environment):
    command, environment = list(map(str, command)), os.environ | environment
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def run_triglot(args):
    sizes = ["--prompt-tokens", args.prompt_tokens, "--decode-tokens", args.decode_tokens]
    return printed_json([args.triglot, "bench", *sizes, "--threads", args.threads, "--json"])


def run_llama(args):
    command = [sys.executable, __file__, *sys.argv[1:], "--model", args.model, "--child"]
    runs = [printed_json(command), printed_json(command, OMP_WAIT_POLICY="passive")]
    return {metric: better(run[metric] for run in runs) for metric, (_, _, better) in METRICS.items()}


def report(rounds):
    """Prints a line for each metric; `rounds` are dictionaries from name to measurement."""
    names = list(rounds[0])
    header = ["median of %d" % len(rounds), *names]
    if len(names) == 2:
        header.append("{} : {} (min–max)".format(*names))
    rows = [header]
    for metric, (title, form, _) in METRICS.items():
        scale = 1 << 20 if metric == "resident_bytes" else 1
        row = [title]
        for name in names:
            row.append(form.format(statistics.median(r[name][metric] for r in rounds) / scale))
        if len(names) == 2:
            ratios = [r[names[0]][metric] / r[names[1]][metric] for r in rounds]
            row.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--triglot", type=Path, default=Path("target/release/triglot"), metavar="BINARY")
    args.add_argument("--model", type=Path, metavar="GGUF", help="default: what `triglot models path` tells")
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--prompt-tokens", type=int, default=192)
    args.add_argument("--decode-tokens", type=int, default=100)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--flash-attn", action="store_true", help="let llama.cpp use flash attention")
    args.add_argument("--only-llama", action="store_true", help="leave triglot out")
    args.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = args.parse_args()
    if args.child:
        print(json.dumps(bench_llama(args)))
        return

    args.triglot = args.triglot.resolve()
    if not args.model:
        command = [args.triglot, "models", "path", "gemma3-270m"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        args.model = Path(done.stdout.strip())
    turns = {"triglot": run_triglot, "llama.cpp": run_llama}
    if args.only_llama:
        del turns["triglot"]
    rounds = []
    for number in range(args.rounds):
        order = list(turns) if number % 2 == 0 else list(turns)[::-1]
        measured = {name: turns[name](args) for name in order}
        rounds.append({name: measured[name] for name in turns})
        print(f"round {number + 1} of {args.rounds}: {json.dumps(rounds[-1])}", file=sys.stderr)
    report(rounds)


if __name__ == "__main__":
    main()
