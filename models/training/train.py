"""Train an adapter from a pack (pack.py), on a GPU in minutes or on a few CPU cores in hours.

    python train.py --pack PACK --out OUT --device cuda --minutes 9 --seed 3
    python train.py --pack PACK --out OUT --minutes 110 --tokens 1280 --lr 2.5e-4 --fall 0.5

OUT gets

    adapter/     the adapter in PEFT's format, written at the end
    last.pt      the state to go on from, written every --save-minutes and at the end
    train.log    what is printed

The rate rises for a few steps, stays, and falls to zero over the last `--fall` of the run. It follows the clock and not
the step count, as a run knows how long it may last and not how many steps that will be; being paused (SIGSTOP) costs
only the steps that were not made. SIGTERM and SIGINT end the run after the current step, with its state and its adapter
as they are. Begun again with the same OUT, it goes on from last.pt for what is left of its minutes.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from back_translate import back_translate, judges
from batches import Examples, Feeder, by_length, tensors
from corpora import LANGUAGES
from gemma import GROUPS, Gemma
from pack import Pack

POOL = 3000  # rows that are sorted by length together, for each 4,096 tokens of a batch
EXPORT_SECONDS = 5


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="wall time, with loading and back-translation")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--terms", choices=("all", "open"), default="all", help="open: texts that anybody may use")
    parser.add_argument("--seed", type=int, default=1, help="of the first weights and the order of the pairs")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--alpha", type=int, default=128)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--fall", type=float, default=0.9, help="share of the training in which the rate falls")
    parser.add_argument("--warmup", type=int, default=60, help="steps")
    parser.add_argument("--tokens", type=int, default=32768, help="tokens of a batch, padding included")
    parser.add_argument("--rows-a-second", type=float, default=3000,
                        help="how fast rows will be read, roughly: bounds how often small groups are")
    parser.add_argument("--begin-with", type=Path, metavar="FOLDER", help="go on from an exported adapter")
    parser.add_argument("--back-translate-with", type=Path, metavar="FOLDER", help="the adapter that writes sources")
    parser.add_argument("--back-translation-seconds", type=float, default=75)
    parser.add_argument("--save-minutes", type=float, default=5, help="0: no state is kept")
    parser.add_argument("--heldout-steps", type=int, default=400, help="how often the held-out loss is printed")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the CPU")
    parser.add_argument("--no-compile", action="store_true")
    return parser.parse_args()


def write_whole(path, write):
    """A file is either the old one or the new one, whenever the process ends."""
    part = path.with_suffix(path.suffix + ".part")
    write(part)
    part.chmod(0o644)  # safetensors makes files that only their owner may read
    os.replace(part, path)


def export(model, base_sha256, folder):
    """The adapter as PEFT writes it; what it was made for is in the metadata of its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {k: v.to(torch.float16).contiguous().cpu().clone() for k, v in model.adapter().items()}
    write_whole(folder / "adapter_model.safetensors",
                lambda part: save_file(named, part, metadata={"format": "pt", "base_model_sha256": base_sha256}))
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "inference_mode": True,
        "base_model_name_or_path": "google/gemma-3-270m",
        "r": model.rank, "lora_alpha": model.alpha, "lora_dropout": 0.0, "bias": "none",
        "target_modules": sorted(n.split(".")[-1] for names in GROUPS.values() for n in names),
        "fan_in_fan_out": False, "init_lora_weights": True, "use_rslora": False,
        "use_dora": False, "modules_to_save": None,
        "layers_to_transform": None, "layers_pattern": None,
        "rank_pattern": {}, "alpha_pattern": {},
    }
    write_whole(folder / "adapter_config.json", lambda part: part.write_text(json.dumps(config, indent=2) + "\n"))


class Run:
    """A training run: what its steps change."""

    def __init__(self, args, began, log):
        self.args, self.log, self.state = args, log, args.out / "last.pt"
        self.end = began + 60 * args.minutes - EXPORT_SECONDS
        self.pack = Pack(args.pack)
        self.pool = judges(self.pack) if args.back_translate_with else None  # forks: before the device is touched
        log(f"{len(self.pack.texts)} texts, {len(self.pack.pairs)} pairs, {len(self.pack.mono)} single")
        self.model = Gemma(self.pack.base, args.rank, args.alpha, args.device, not args.no_compile)
        self.weights = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.weights, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0,
                                           fused=args.device.startswith("cuda"))
        self.step = self.rows = 0
        self.trained = 0.0  # seconds of training before this process
        self.stopping = False
        self.heldout = self.heldout_batches()

    def heldout_batches(self):
        """A list of (direction, tensors)."""
        examples, rows = Examples(self.pack, 0, False), {}
        for source, target, kind, _, s, t in self.pack.heldout:
            rows.setdefault((int(source), int(target)), []).append(
                examples.row((source, target, kind), self.pack.texts[s], self.pack.texts[t]))
        return [(f"{LANGUAGES[a]}-{LANGUAGES[b]}", tensors(batch, self.args.device))
                for (a, b), found in rows.items() for batch in by_length(found, self.args.tokens)]

    def heldout_loss(self):
        """Mean loss of a target token, over all and by direction."""
        sums, counts = {}, {}
        for direction, (ids, where, targets) in self.heldout:
            # Gradients stay on: without, the block would be compiled once more.
            sums[direction] = sums.get(direction, 0) + self.model.loss(ids, where, targets).item()
            counts[direction] = counts.get(direction, 0) + len(targets)
        by_direction = {d: round(sums[d] / counts[d], 3) for d in sums}
        return f"held-out loss {sum(sums.values()) / max(1, sum(counts.values())):.4f} {by_direction} step {self.step}"

    def begin(self):
        """Sets what the run begins with: the state of an interrupted one, an adapter, or nothing."""
        args = self.args
        if self.state.exists():
            if args.begin_with:
                raise SystemExit(f"{self.state} is of another run: move it away, or go on from it without --begin-with")
            state = torch.load(self.state, weights_only=True, map_location=args.device)
            with torch.no_grad():
                for weight, saved in zip(self.weights, state["weights"], strict=True):
                    weight.copy_(saved)
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.rows, self.trained = state["step"], state["rows"], state["trained"]
            self.end -= self.trained
            self.log(f"goes on from step {self.step}")
        elif args.begin_with:
            self.model.take(args.begin_with)

    def machine_sources(self, examples):
        """Back-translation, by the adapter that is named for it; the weights are then as they were."""
        args = self.args
        mine = [weight.detach().clone() for weight in self.weights]
        self.model.take(args.back_translate_with)
        back_translate(self.model, self.pack, examples, self.pool, args.back_translation_seconds,
                       np.random.default_rng(args.seed), args.terms == "open", self.log)
        with torch.no_grad():
            for weight, saved in zip(self.weights, mine):
                weight.copy_(saved)

    def save(self, trained):
        write_whole(self.state, lambda part: torch.save({
            "weights": [w.detach() for w in self.weights], "optimizer": self.optimizer.state_dict(),
            "step": self.step, "rows": self.rows, "trained": trained}, part))

    def rate(self, share):
        """The learning rate when this share of the training is over."""
        return self.args.lr * min(1.0, max(0.0, 1 - share) / self.args.fall) * min(1.0, (self.step + 1) / self.args.warmup)

    def train(self):
        args = self.args
        examples = Examples(self.pack, [args.seed, self.step], args.terms == "open")
        if args.back_translate_with:
            self.machine_sources(examples)
        # As if the run had not been interrupted: its rate goes on falling from where it was.
        saved = time.time()
        began = saved - self.trained
        chances = examples.plan(max(1.0, args.rows_a_second * (self.end - saved)))
        feeder = Feeder(examples, chances, POOL * max(1, args.tokens // 4096), args.tokens, args.device)
        mark = dict(time=saved, loss=0.0, targets=0, tokens=0)
        while time.time() < self.end and not self.stopping:
            (ids, where, targets), rows, tokens = feeder.next()
            rate = self.rate((time.time() - began) / (self.end - began))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss = self.model.loss(ids, where, targets)
            (loss / len(targets)).backward()
            norm = torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step, self.rows = self.step + 1, self.rows + rows

            mark["loss"], mark["targets"] = mark["loss"] + loss.detach(), mark["targets"] + len(targets)
            mark["tokens"] += tokens
            if self.step % 50 == 0 or self.step == 1:
                self.log(f"step {self.step} rows {self.rows} loss {float(mark['loss']) / mark['targets']:.3f} "
                         f"norm {float(norm):.2f} lr {rate:.2e} {mark['tokens'] / (time.time() - mark['time']):.0f} tokens/s "
                         f"{feeder.ready.qsize()} ready")
                mark = dict(time=time.time(), loss=0.0, targets=0, tokens=0)
            if args.save_minutes and time.time() - saved > args.save_minutes * 60:
                self.save(time.time() - began)
                saved = time.time()
            if self.step % args.heldout_steps == 0:
                self.log(self.heldout_loss())
        feeder.end()
        export(self.model, self.pack.base_sha256, args.out / "adapter")
        self.log(self.heldout_loss() + ", end")
        if args.save_minutes:
            self.save(time.time() - began)

    def stop(self, *_):
        self.stopping = True


def main():
    began, args = time.time(), parse()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    log_file = open(args.out / "train.log", "a", encoding="utf-8")

    def log(text):
        line = f"[{time.time() - began:6.1f}] {text}"
        for out in (sys.stdout, log_file):
            print(line, file=out, flush=True)

    run = Run(args, began, log)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, run.stop)
    run.begin()
    run.train()


if __name__ == "__main__":
    main()
