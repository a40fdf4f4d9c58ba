"""Measure an adapter on the measuring set, greedily, the way PEFT loads it.

    python evaluate.py --model gemma.gguf --adapter WORK/export --dev DATA/dev/newstest2013 \
        --tokenizer WORK/tokenizer --lines 50

Nothing of train.py's model is used: the base comes from transformers, the adapter from PEFT. So
this also shows that the exported files are what other programs take them for. Figures are for
the dequantised base with the adapter merged, in float32; triglot itself, which serves quantised
weights, is measured by its own command.

Without --adapter the base model is measured with three examples before each sentence.
"""

import argparse
import json
import re
import time
from collections import Counter
from pathlib import Path

import torch
from sacrebleu.metrics import BLEU, CHRF
from transformers import AutoModelForCausalLM, AutoTokenizer

from train import DIRECTIONS, NAMES

# for the base model only, so that it sees the task
EXAMPLES = [
    {"en": "The government will present its budget on Monday.",
     "fr": "Le gouvernement présentera son budget lundi.",
     "ru": "Правительство представит свой бюджет в понедельник."},
    {"en": "At least 12 people were injured in the accident, police said.",
     "fr": "Au moins 12 personnes ont été blessées dans l'accident, selon la police.",
     "ru": "По данным полиции, в аварии пострадали по меньшей мере 12 человек."},
    {"en": "\"We do not have a choice,\" said the head of the company.",
     "fr": "\"Nous n'avons pas le choix\", a déclaré le directeur de l'entreprise.",
     "ru": "\"У нас нет выбора\", - заявил глава компании."},
]


def prompt(source, a, b, examples):
    shots = [f"{NAMES[a]}: {e[a]}\n{NAMES[b]}: {e[b]}\n" for e in (EXAMPLES if examples else [])]
    return "".join(shots) + f"{NAMES[a]}: {source}\n{NAMES[b]}:"


def translate(model, tokenizer, prompts, batch):
    """Greedy, up to the first line break; sentences of similar length together."""
    line_break = tokenizer("\n", add_special_tokens=False).input_ids[-1]
    answers = [""] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    for start in range(0, len(order), batch):
        part = order[start:start + batch]
        enc = tokenizer([prompts[i] for i in part], return_tensors="pt", padding=True)
        with torch.inference_mode():
            out = model.generate(**enc, do_sample=False, eos_token_id=[line_break, 1],
                                 max_new_tokens=min(256, 20 + 2 * enc.input_ids.shape[1]))
        for i, ids in zip(part, out[:, enc.input_ids.shape[1]:]):
            answers[i] = tokenizer.decode(ids, skip_special_tokens=True).split("\n")[0].strip()
    return answers


def repeats(text):
    """The same four words three times."""
    words = text.lower().split()
    grams = Counter(tuple(words[i:i + 4]) for i in range(len(words) - 3))
    return any(n >= 3 for n in grams.values())


def other_script(text, lang):
    cyrillic = len(re.findall(r"[\u0400-\u04ff]", text))
    latin = len(re.findall(r"[A-Za-z\u00c0-\u024f]", text))
    return cyrillic < latin if lang == "ru" else cyrillic > 0.1 * (latin + 1)


def kept_numbers(source, answer):
    wanted = re.findall(r"\d+", source)
    found = Counter(re.findall(r"\d+", answer))
    return len(wanted), sum((Counter(wanted) & found).values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--dev", type=Path, required=True, help="stem of the three files")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=50, help="evenly spread over the files")
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--directions", nargs="*", default=list(DIRECTIONS))
    parser.add_argument("--out", type=Path, help="where to write the translations, as JSON Lines")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(
        str(args.model.parent), gguf_file=args.model.name, dtype=torch.float32)
    if args.adapter:
        from peft import PeftModel
        model = PeftModel.from_pretrained(model, args.adapter).merge_and_unload()
    model.eval()

    texts = {lang: Path(f"{args.dev}.{lang}").read_text(encoding="utf-8").splitlines()
             for lang in NAMES}
    total = len(texts["en"])
    chosen = [i * total // args.lines for i in range(args.lines)]
    for direction in args.directions:
        began = time.time()
        a, b = direction.split("-")
        sources, wanted = ([texts[lang][i] for i in chosen] for lang in (a, b))
        answers = translate(model, tokenizer,
                            [prompt(s, a, b, args.adapter is None) for s in sources], args.batch)
        digits = [kept_numbers(s, t) for s, t in zip(sources, answers)]
        print(f"{direction} chrF {CHRF().corpus_score(answers, [wanted]).score:.1f} "
              f"BLEU {BLEU().corpus_score(answers, [wanted]).score:.1f} "
              f"repeating {sum(map(repeats, answers))} "
              f"other script {sum(other_script(t, b) for t in answers)} "
              f"empty {sum(not t for t in answers)} "
              f"numbers kept {sum(k for _, k in digits)}/{sum(n for n, _ in digits)} "
              f"({time.time() - began:.0f} s)", flush=True)
        if args.out:
            with open(args.out, "a", encoding="utf-8") as out:
                for s, t, w in zip(sources, answers, wanted):
                    out.write(json.dumps(dict(direction=direction, source=s, answer=t, wanted=w),
                                         ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
