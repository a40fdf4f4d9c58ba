"""Train the adapter: resumable, at whatever pace the machine leaves it.

    python train.py --model gemma.gguf --work WORK --minutes 95 --decay-minutes 20

WORK holds pairs.jsonl and heldout.jsonl (prepare.py) and synthetic.jsonl (back_translate.py) and gets

    last.pt     the state to resume from, written every few minutes
    stable.pt   the state just before the learning rate began to fall
    export/     the adapter in PEFT's format, written at the end
    train.log   what is printed

A state is large and is kept beside the run; what is left of a run elsewhere is its adapter. With
`--begin-with FOLDER --seed N` a new run begins with those weights, a fresh optimizer and another
order of the data.

The learning rate rises for a few steps, stays, and falls to zero over the last
`--decay-minutes` of the run (warmup, stable, decay). That schedule needs no known end: the fall
gives a good adapter whenever time is up, and a later run goes on from before it with
`--resume stable.pt`. It follows the clock and not the step count, as the run shares its cores
and cannot know how many steps it will be granted; being stopped and continued (SIGSTOP, SIGCONT)
costs only the steps that were not made. SIGTERM and SIGINT write last.pt and leave.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

import hard_cases
from gemma import GROUPS, Gemma

NAMES = {"en": "English", "fr": "French", "ru": "Russian"}
DIRECTIONS = {"en-fr": 0.14, "fr-en": 0.06, "en-ru": 0.19, "ru-en": 0.11, "fr-ru": 0.24, "ru-fr": 0.26}
# News is what is wanted; the rest is there so that short, long and odd inputs are not forgotten.
KINDS = {"news": 0.80, "joined": 0.07, "everyday": 0.07, "rule": 0.06}
# Where there is little news with people on both sides, a machine's half helps out: as the source
# ("synthetic"), and as the target where that half is French that a beam made of English, which is
# better than the French that the model makes of Russian ("pivoted").
KINDS_OF = {
    "en-fr": {"news": 0.60, "synthetic": 0.22, "joined": 0.06, "everyday": 0.06, "rule": 0.06},
    "fr-ru": {"news": 0.22, "synthetic": 0.62, "joined": 0.03, "everyday": 0.08, "rule": 0.05},
    "ru-fr": {"news": 0.20, "synthetic": 0.20, "pivoted": 0.44, "joined": 0.03, "everyday": 0.08, "rule": 0.05},
}
QUOTES = [("“", "”"), ("« ", " »"), ("«", "»"), ("„", "“")]
LONGEST = 320  # tokens in a row, prompt and target
POOL = 3000    # examples that are sorted by length together


def is_pivoted(pair):
    """Whether the machine's half is French that a beam made of the English behind the Russian."""
    return pair["langs"] == ["fr", "ru"] and pair.get("beam", 1) > 1


class Examples:
    """Draws examples without end, each group (direction, kind) in its own shuffled order.

    Its whole state is a counter for each group and the number of the pool, so a resumed run sees
    exactly what it would have seen.
    """

    def __init__(self, pairs, tokenizer, seed):
        self.tokenizer, self.seed = tokenizer, seed
        self.groups = {}
        for pair in pairs:
            for i, j in ((0, 1), (1, 0)):
                kind = pair["kind"]
                if (kind, i) == ("synthetic", 1):
                    # mostly an answer of a machine is nothing to learn from
                    if not is_pivoted(pair):
                        continue
                    kind = "pivoted"
                direction = f"{pair['langs'][i]}-{pair['langs'][j]}"
                group = self.groups.setdefault((direction, kind), [])
                group.append((pair["text"][i], pair["text"][j]))
        self.drawn = {group: 0 for group in self.groups}
        self.pool = 0
        self.orders = {}  # (group, epoch) to a shuffled order; only a cache

    def draw(self, group):
        rows = self.groups[group]
        epoch, place = divmod(self.drawn[group], len(rows))
        self.drawn[group] += 1
        if (group, epoch) not in self.orders:
            order = list(range(len(rows)))
            random.Random(f"{self.seed} {group} {epoch}").shuffle(order)
            self.orders[group, epoch] = order
        return rows[self.orders[group, epoch][place]]

    def next_pool(self, budget):
        """A list of batches, each (direction, prompt ids, target ids) rows of similar length."""
        rng = random.Random(f"{self.seed} pool {self.pool}")
        self.pool += 1
        rows = []
        for _ in range(POOL):
            direction = rng.choices(list(DIRECTIONS), DIRECTIONS.values())[0]
            kinds = KINDS_OF.get(direction, KINDS)
            kinds = {kind: share for kind, share in kinds.items() if (direction, kind) in self.groups}
            kind = rng.choices(list(kinds), kinds.values())[0]
            source, target = self.draw((direction, kind))
            source, target = hard_cases.headline(source, target, direction.split("-"), rng)
            rows.append((direction, vary_quotes(source, rng), target))
        encoded = [r for r in encode(self.tokenizer, rows) if len(r[0]) + len(r[1]) <= LONGEST]
        batches = by_length(encoded, budget, rng)
        rng.shuffle(batches)
        return batches


def vary_quotes(text, rng):
    """Other quotation marks and apostrophes on the source side, now and then."""
    if rng.random() < 0.25:
        text = text.replace("'", "’")
    if text.count('"') and text.count('"') % 2 == 0 and rng.random() < 0.4:
        opening, closing = rng.choice(QUOTES)
        pieces = text.split('"')
        text = pieces[0]
        for i, piece in enumerate(pieces[1:]):
            text += (opening, closing)[i % 2] + piece
    return text


def encode(tokenizer, rows):
    """(prompt ids, target ids) of (direction, source, target) rows.

    The prompt ends with the colon: the space after it belongs to the first word of the target
    ("▁La"), as in running text. The target ends with the line break.
    """
    prompts, targets = [], []
    for direction, source, target in rows:
        a, b = direction.split("-")
        prompts.append(f"{NAMES[a]}: {source}\n{NAMES[b]}:")
        targets.append(f" {target}\n")
    prompts = tokenizer(prompts, add_special_tokens=False).input_ids
    targets = tokenizer(targets, add_special_tokens=False).input_ids
    return [([tokenizer.bos_token_id] + p, t) for p, t in zip(prompts, targets)]


def by_length(rows, budget, rng=None):
    """Batches of at most `budget` tokens, padding included."""
    def size(row):
        return len(row[0]) + len(row[1])
    rows = sorted(rows, key=lambda row: (size(row), rng.random() if rng else 0))
    batches, batch = [], []
    for row in rows:  # ascending: the newest row is the longest
        if batch and size(row) * (len(batch) + 1) > budget:
            batches.append(batch)
            batch = []
        batch.append(row)
    return batches + [batch]


def tensors(batch, place):
    """Padded ids, the flat positions that predict a target token, and those tokens."""
    length = max(len(p) + len(t) for p, t in batch) - 1  # the last token predicts nothing
    ids = np.zeros((len(batch), length), dtype=np.int64)
    where, targets = [], []
    for i, (prompt, target) in enumerate(batch):
        row = (prompt + target)[:-1]
        ids[i, :len(row)] = row
        first = i * length + len(prompt) - 1
        where.append(np.arange(first, first + len(target)))
        targets.append(place[np.array(target)])
    return (torch.from_numpy(ids), torch.from_numpy(np.concatenate(where)),
            torch.from_numpy(np.concatenate(targets)))


def target_vocabulary(pairs, tokenizer, cache):
    """The tokens that occur in any target, sorted; kept until what it is made of changes."""
    sources = [Path(__file__), Path(hard_cases.__file__), cache.parent / "pairs.jsonl", cache.parent / "synthetic.jsonl"]
    if not cache.exists() or cache.stat().st_mtime < max(s.stat().st_mtime for s in sources if s.exists()):
        used = set()
        texts = [f" {text}\n" for pair in pairs
                 for text in pair["text"][1 if pair["kind"] == "synthetic" and not is_pivoted(pair) else 0:]]
        texts += [f" {label}\n" for row in hard_cases.LABELS for label in row]
        for start in range(0, len(texts), 5000):
            for ids in tokenizer(texts[start:start + 5000], add_special_tokens=False).input_ids:
                used.update(ids)
        np.save(cache, np.array(sorted(used)))
    return np.load(cache)


def read_jsonl(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_whole(path, write):
    """A file is either the old one or the new one, whenever the process ends."""
    part = path.with_suffix(path.suffix + ".part")
    write(part)
    part.chmod(0o644)  # safetensors makes files that only their owner may read
    os.replace(part, path)


def export(model, gguf, folder):
    """The adapter as PEFT writes it; what it was made for is in the metadata of its weights."""
    with open(gguf, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    named = {k: v.to(torch.float16).contiguous().clone() for k, v in model.adapter().items()}
    write_whole(folder / "adapter_model.safetensors",
                lambda part: save_file(
                    named, part, metadata={"format": "pt", "base_model_sha256": digest}))
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
    write_whole(folder / "adapter_config.json",
                lambda part: part.write_text(json.dumps(config, indent=2) + "\n"))


def heldout_loss(model, batches):
    """Mean loss of a target token for each direction, and over all of them."""
    sums, counts = {}, {}
    with torch.no_grad():
        for direction, batch in batches:
            ids, where, targets = batch
            sums[direction] = sums.get(direction, 0) + model.loss(ids, where, targets).item()
            counts[direction] = counts.get(direction, 0) + len(targets)
    by_direction = {d: round(sums[d] / counts[d], 3) for d in sums}
    return sum(sums.values()) / sum(counts.values()), by_direction


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the base model's GGUF")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="wall time of this run")
    parser.add_argument("--decay-minutes", type=float, default=20)
    parser.add_argument("--resume", help="a state in WORK; last.pt is taken if there is one")
    parser.add_argument("--begin-with", type=Path, metavar="FOLDER", help="an exported adapter")
    parser.add_argument("--seed", type=int, default=6, help="of the order of the data")
    parser.add_argument("--lr", type=float, default=2.5e-4)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--alpha", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=1280, help="tokens of a batch")
    parser.add_argument("--warmup", type=int, default=30, help="steps, also after a resume")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--save-minutes", type=float, default=5)
    parser.add_argument("--heldout-minutes", type=float, default=10)
    args = parser.parse_args()
    began = time.time()
    work = args.work
    (work / "train.pid").write_text(f"{os.getpid()}\n")
    torch.set_num_threads(args.threads)
    torch.manual_seed(270)

    log_file = open(work / "train.log", "a", encoding="utf-8")

    def log(text):
        line = f"{time.strftime('%H:%M:%S')} {text}"
        for out in (sys.stdout, log_file):
            print(line, file=out, flush=True)

    if not (work / "tokenizer").exists():
        AutoTokenizer.from_pretrained(
            str(args.model.parent), gguf_file=args.model.name).save_pretrained(work / "tokenizer")
    tokenizer = AutoTokenizer.from_pretrained(work / "tokenizer")
    pairs = read_jsonl(work / "pairs.jsonl")
    if (work / "synthetic.jsonl").exists():
        pairs += read_jsonl(work / "synthetic.jsonl")
    vocabulary = target_vocabulary(pairs, tokenizer, work / "vocabulary.npy")
    place = np.full(len(tokenizer), -1, dtype=np.int64)
    place[vocabulary] = np.arange(len(vocabulary))

    model = Gemma(args.model, args.rank, args.alpha)
    model.restrict(torch.from_numpy(vocabulary))
    if args.begin_with:
        config = json.loads((args.begin_with / "adapter_config.json").read_text())
        if (config["r"], config["lora_alpha"]) != (args.rank, args.alpha):
            parser.error(f"{args.begin_with} has another rank or alpha")
        with torch.no_grad():
            model.take(load_file(args.begin_with / "adapter_model.safetensors"))
    if not args.no_compile:
        for layer in model.layers:  # the same code 18 times: compiled once
            layer.compile(dynamic=True)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=args.lr, betas=(0.9, 0.99), weight_decay=0.0)
    examples = Examples(pairs, tokenizer, seed=args.seed)

    heldout = []
    for direction in DIRECTIONS:
        a, b = direction.split("-")
        rows = [(direction, p["text"][p["langs"].index(a)], p["text"][p["langs"].index(b)])
                for p in read_jsonl(work / "heldout.jsonl") if set(p["langs"]) == {a, b}]
        # a token that no training target has cannot be predicted: its row is left out
        rows = [r for r in encode(tokenizer, rows) if (place[np.array(r[1])] >= 0).all()]
        heldout += [(direction, tensors(b, place)) for b in by_length(rows, args.tokens)]

    step, seen, pool_start, at = 0, 0, None, 0
    resume = work / (args.resume or "last.pt")
    if resume.exists() and args.begin_with:
        parser.error(f"{resume} is of another run: move it away, or go on from it without --begin-with")
    if resume.exists():
        state = torch.load(resume, weights_only=False)
        for weight, saved in zip(weights, state["weights"]):
            weight.data.copy_(saved)
        optimizer.load_state_dict(state["optimizer"])
        step, seen = state["step"], state["seen"]
        examples.drawn, examples.pool = dict(state["drawn"]), state["pool"]
        at = state["at"]
        torch.set_rng_state(state["rng"])
        log(f"resumed {resume.name} at step {step}")
    elif args.resume:
        parser.error(f"no {resume}")

    def save(name):
        state = dict(weights=[w.data for w in weights], optimizer=optimizer.state_dict(),
                     step=step, seen=seen, drawn=pool_start[0], pool=pool_start[1],
                     at=at, rng=torch.get_rng_state(), args=vars(args))
        write_whole(work / name, lambda part: torch.save(state, part))

    stopping = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.append(True))

    log(f"{len(pairs)} pairs, {len(vocabulary)} target tokens, "
        f"{sum(w.numel() for w in weights) / 1e6:.1f} M weights, {vars(args)}")
    end = began + args.minutes * 60
    decay_from = end - args.decay_minutes * 60
    first_step, decaying = step, False
    saved_at = checked_at = time.time()
    mark = dict(time=time.time(), cpu=time.process_time(), tokens=0, padded=0, loss=0.0, targets=0)

    def new_pool():
        nonlocal pool_start
        pool_start = (dict(examples.drawn), examples.pool)
        # a headline made on the way may end in a token that no other target has
        known = [[row for row in batch if (place[np.array(row[1])] >= 0).all()]
                 for batch in examples.next_pool(args.tokens)]
        return [batch for batch in known if batch]

    batches = new_pool()
    if step == 0:
        log("held-out loss %.4f %s" % heldout_loss(model, heldout))
    while time.time() < end and not stopping:
        if at >= len(batches):  # also after a resume with larger batches
            batches, at = new_pool(), 0
        now = time.time()
        if now >= decay_from and not decaying:
            save("stable.pt")
            decaying = True
        fall = min(1.0, max(0.0, (end - now) / (end - decay_from))) if decaying else 1.0
        rate = args.lr * fall * min(1.0, (step - first_step + 1) / args.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate

        ids, where, targets = tensors(batches[at], place)
        loss = model.loss(ids, where, targets)
        (loss / len(targets)).backward()
        norm = torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step, at, seen = step + 1, at + 1, seen + len(batches[at])

        mark["loss"] += loss.item()
        mark["targets"] += len(targets)
        mark["tokens"] += sum(len(p) + len(t) for p, t in batches[at - 1])
        mark["padded"] += ids.numel()
        if step % 20 == 0:
            # per second of CPU time too: the only speed that means something on shared cores
            wall, cpu = time.time() - mark["time"], time.process_time() - mark["cpu"]
            log(f"step {step} pairs {seen} loss {mark['loss'] / mark['targets']:.3f} "
                f"norm {norm:.2f} lr {rate:.2e} {mark['tokens'] / wall:.0f} tok/s "
                f"{mark['tokens'] / cpu:.0f} tok/cpu-s fill {mark['tokens'] / mark['padded']:.0%}")
            mark = dict(time=time.time(), cpu=time.process_time(), tokens=0, padded=0,
                        loss=0.0, targets=0)
        if time.time() - checked_at > args.heldout_minutes * 60:
            mean, by_direction = heldout_loss(model, heldout)
            log(f"held-out loss {mean:.4f} {by_direction} step {step}")
            checked_at = time.time()
        if time.time() - saved_at > args.save_minutes * 60:
            save("last.pt")
            saved_at = time.time()

    save("last.pt")
    log("held-out loss %.4f %s" % heldout_loss(model, heldout) + f" step {step}, end")
    export(model, args.model, work / "export")


if __name__ == "__main__":
    main()
