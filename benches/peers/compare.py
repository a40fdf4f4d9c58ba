"""triglot beside llama.cpp: the same weights, the same machine, in one run.

    benches/peers/run.sh                 # sets everything up first
    python benches/peers/compare.py --triglot target/release/triglot --rounds 5

A machine that is shared, or that grows warm, is slower in one minute than in the next. So the two
take turns, each time in a fresh process, and change who begins from round to round; the ratio is
taken within a round, and its median and range say more than the two columns beside it.

Each process loads the model, reads a prompt of --prompt-tokens (prefill) and writes --decode-tokens
one by one, always the likeliest (decode). llama.cpp is used as llama-cpp-python offers it, at its
fastest: built for this processor, prompt in one batch, logits of the last position only, the choice
made by numpy on llama.cpp's own memory. It reads the prompt once before, so that the pages of the file
and the threads are there; triglot has them from checking the file's sum, which its load time includes.
That first reading counts where the time from nothing to the first token does: a mapped file that
nobody has touched is quickly loaded. triglot multiplies by the rows of the target language's vocabulary only, llama.cpp by all:
that is part of what is compared.

llama.cpp's threads spin while they wait for each other, which is best on an idle machine and very bad
on a busy one (a fifth of the speed was seen). So each round runs it twice, the second time with
waiting threads asleep (OMP_WAIT_POLICY=passive), and the better figure of each kind counts.

Resident bytes are the whole process behind these two, the mapped pages of the weights and, for
llama.cpp, the Python interpreter included.

With --feed FILE, an English sentence a line, both also translate into French as triglot asks the base
model (three examples, then the sentence), greedily, to the end of the line: the first sentences one
after the other (sentence), then all (feed). llama.cpp keeps the keys and values of the examples too,
and decodes the feed in parallel sequences, continuously: a sequence that is done makes room for the
next sentence at the next step. It is run with each number of sequences of --sequences, and the best
counts. triglot's feed is all sentences at once, with its default of 32 rows.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

# Title, format, and which of two figures is the better one.
METRICS = {
    "prefill_tokens_per_s": ("prefill, tokens/s", "{:.1f}", max),
    "decode_tokens_per_s": ("decode, tokens/s", "{:.1f}", max),
    "load_ms": ("load, ms", "{:.0f}", min),
    "first_token_ms": ("load to first token, ms", "{:.0f}", min),
    "resident_bytes": ("resident, MiB", "{:.0f}", min),
    "sentence_ms": ("sentence, ms", "{:.0f}", min),
    "feed_sentences_per_s": ("feed, sentences/s", "{:.1f}", max),
}
ALONE = 24  # sentences translated one after the other, as `triglot bench` does
MANIFEST = Path(__file__).resolve().parents[2] / "models" / "gemma3-270m" / "manifest.toml"
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

    start = time.perf_counter()
    read_prompt()
    first = load + time.perf_counter() - start

    start = time.perf_counter()
    token = read_prompt()
    prefill = time.perf_counter() - start

    start = time.perf_counter()
    for _ in range(args.decode_tokens):
        llm.eval([token])
        token = likeliest()
    decode = time.perf_counter() - start

    figures = {
        "load_ms": load * 1000,
        "first_token_ms": first * 1000,
        "prefill_tokens_per_s": len(prompt) / prefill,
        "decode_tokens_per_s": args.decode_tokens / decode,
        "resident_bytes": resident_bytes(),
    }
    if args.feed:
        llm.close()
        sentences = [line.strip() for line in args.feed.read_text(encoding="utf-8").split("\n") if line.strip()]
        alone = Sequences(args, 1)
        alone.translate(sentences[:1])
        start = time.perf_counter()
        alone.translate(sentences[:ALONE])
        figures["sentence_ms"] = (time.perf_counter() - start) / len(sentences[:ALONE]) * 1000
        rates = []
        for count in args.sequences:
            several = alone if count == 1 else Sequences(args, count)
            several.translate(sentences[:1])
            start = time.perf_counter()
            several.translate(sentences)
            rates.append(len(sentences) / (time.perf_counter() - start))
        figures["feed_sentences_per_s"] = max(rates)
    return figures


class Sequences:
    """llama.cpp translating in several sequences at once, each behind a shared copy of the examples."""

    def __init__(self, args, count):
        import llama_cpp
        import numpy

        self.api, self.numpy, self.count = llama_cpp, numpy, count
        self.quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)  # kept alive here
        llama_cpp.llama_log_set(self.quiet, ctypes.c_void_p(0))
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_load_model_from_file(str(args.model).encode(), parameters)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = 512 + count * 512
        parameters.n_batch = parameters.n_ubatch = 512
        parameters.n_seq_max = count + 1
        parameters.n_threads = parameters.n_threads_batch = args.threads
        parameters.kv_unified = True  # so that the examples are kept once
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(512, 0, 1)
        manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
        self.names = [manifest["languages"][language] for language in ("en", "fr")]
        lines = [(example["en"], example["fr"]) for example in manifest["examples"]]
        ours, theirs = self.names
        examples = "".join(f"{ours}: {en}\n{theirs}: {fr}\n\n" for en, fr in lines)
        self.shared = self.tokens(examples, True)
        # The sequence behind the working ones keeps the examples.
        self.decode([(token, at, count, False) for at, token in enumerate(self.shared)])

    def tokens(self, text, begin=False):
        raw = text.encode()
        room = (self.api.llama_token * (len(raw) + 8))()
        count = self.api.llama_tokenize(self.vocab, raw, len(raw), room, len(room), begin, False)
        return list(room[:count])

    def ends(self, token):
        buffer = ctypes.create_string_buffer(512)
        length = self.api.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return self.api.llama_vocab_is_eog(self.vocab, token) or b"\n" in buffer.raw[:length]

    def decode(self, entries):
        """One step; entries are (token, position, sequence, whether its logits are wanted)."""
        self.batch.n_tokens = len(entries)
        for place, (token, position, sequence, wanted) in enumerate(entries):
            self.batch.token[place] = token
            self.batch.pos[place] = position
            self.batch.n_seq_id[place] = 1
            self.batch.seq_id[place][0] = sequence
            self.batch.logits[place] = wanted
        if self.api.llama_decode(self.context, self.batch):
            sys.exit("llama.cpp could not decode a batch")

    def translate(self, sentences):
        waiting = list(reversed(sentences))
        running = {}  # sequence: [tokens to read, position, tokens that may still come]
        while waiting or running:
            room = 512 - len(running)
            for sequence in range(self.count):
                if sequence in running or not waiting:
                    continue
                ours, theirs = self.names
                source = len(self.tokens(waiting[-1]))
                question = self.tokens(f"{ours}: {waiting[-1]}\n{theirs}:")
                if len(question) > room:
                    break
                room -= len(question)
                waiting.pop()
                self.api.llama_memory_seq_rm(self.memory, sequence, -1, -1)
                self.api.llama_memory_seq_cp(self.memory, self.count, sequence, -1, -1)
                running[sequence] = [question, len(self.shared), 3 * source + 16]
            entries, asked = [], []
            for sequence, (tokens, position, _) in running.items():
                last = len(tokens) - 1
                entries += [(t, position + i, sequence, i == last) for i, t in enumerate(tokens)]
                asked.append((sequence, len(entries) - 1))
            self.decode(entries)
            for sequence, place in asked:
                logits = self.api.llama_get_logits_ith(self.context, place)
                token = int(self.numpy.ctypeslib.as_array(logits, shape=(self.size,)).argmax())
                tokens, position, left = running[sequence]
                if left == 1 or self.ends(token):
                    del running[sequence]
                else:
                    running[sequence] = [[token], position + len(tokens), left - 1]


def resident_bytes():
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def printed_json(command, **environment):
    command, environment = list(map(str, command)), os.environ | environment
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def run_triglot(args):
    sizes = ["--prompt-tokens", args.prompt_tokens, "--decode-tokens", args.decode_tokens]
    if args.feed:
        sizes += ["--feed", args.feed]
    command = [args.triglot, "bench", "--adapter", "none", "--beam-size", "1", *sizes, "--threads", args.threads, "--json"]
    return printed_json(command)


def run_llama(args):
    command = [sys.executable, __file__, *sys.argv[1:], "--model", args.model, "--child"]
    runs = [printed_json(command), printed_json(command, OMP_WAIT_POLICY="passive")]
    kinds = {metric: better for metric, (_, _, better) in METRICS.items() if metric in runs[0]}
    return {metric: better(run[metric] for run in runs) for metric, better in kinds.items()}


def report(rounds):
    """Prints a line for each metric; `rounds` are dictionaries from name to measurement."""
    names = list(rounds[0])
    header = ["median of %d" % len(rounds), *names]
    if len(names) == 2:
        header.append("{} : {} (min–max)".format(*names))
    rows = [header]
    for metric, (title, form, _) in METRICS.items():
        if any(metric not in rounds[0][name] for name in names):
            continue
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
    args.add_argument("--feed", type=Path, metavar="FILE", help="English sentences, one a line")
    args.add_argument("--sequences", type=int, nargs="*", default=[1, 8, 16, 32], metavar="N")
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
