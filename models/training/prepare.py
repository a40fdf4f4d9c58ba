"""Turn the raw parallel files into clean training pairs.

    python prepare.py --data DATA/train --exclude DATA/dev/newstest2013 --out WORK

writes WORK/pairs.jsonl, one undirected pair a line:

    {"langs": ["en", "fr"], "text": ["...", "..."], "kind": "news"}

and WORK/heldout.jsonl, lines of the same files that are never trained on and on which train.py
watches its loss. Both directions of a pair are made later, when batches are drawn.

What is dropped, and why: a 270M model copies the habits of its data faithfully, so a pair that
adds a sentence, loses a number or sits in the wrong language costs more than the hundred good
ones beside it give. Every filter is cheap (no model is run), each counts what it removed, and
the counts are printed.

`--exclude` names the measuring set. It is read for one purpose only: a training line that
occurs in it is thrown away.
"""

import argparse
import json
import random
import re
import unicodedata
from collections import Counter
from pathlib import Path

import py3langid

import hard_cases

# (file stem, first language, second language, kind)
SOURCES = [
    ("news.en-fr", "en", "fr", "news"),
    ("news.en-ru", "en", "ru", "news"),
    ("newstest2012", "fr", "ru", "news"),
    ("tatoeba.en-fr", "en", "fr", "everyday"),
    ("tatoeba.en-ru", "en", "ru", "everyday"),
    ("tatoeba.fr-ru", "fr", "ru", "everyday"),
]

# Characters that a sentence has in the second language for each one of the first: the median
# over these files. A pair is judged by its distance from it, not from 1.
LENGTH_RATIO = {("en", "fr"): 1.13, ("en", "ru"): 1.00, ("fr", "ru"): 0.89}

CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
NUMBER = re.compile(r"\d+")
MARKUP = re.compile(r"</?\w+[^>]*>|&\w+;|\\n|\ufffd|[\u00c3\u00c2][\u0080-\u00bf]")


def tidy(text):
    """Whitespace and invisible characters only: what both a source and a target get."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff\u00ad]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def plain_quotes(text):
    """One style of quotation mark and apostrophe in every text.

    The files mix five styles at random, and a model cannot learn which one to pick from a coin
    toss. ASCII is what most of them use. Sources are varied again when batches are drawn
    (train.py), so the model meets all styles where it reads, and one where it writes.
    """
    text = re.sub(r"[«“„]\s*", '"', text)
    text = re.sub(r"\s*[»”‟]", '"', text)
    text = text.replace("''", '"').replace("``", '"')
    text = re.sub(r"[’‘ʼ`´]", "'", text)
    text = re.sub(r'"(?:\s*")+', '"', text)
    # old WMT French has spaces inside its ASCII quotes: " C'est bien ", dit-il
    pieces = text.split('"')
    if len(pieces) % 2 == 1:
        pieces[1::2] = [inner.strip() for inner in pieces[1::2]]
    return '"'.join(pieces)


def script_ok(text, lang):
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    if lang == "ru":
        return cyrillic > latin
    return cyrillic == 0 or cyrillic < 0.05 * latin


def language_ok(text, lang):
    """The detector decides only between the three, and only where it has enough to read."""
    if len(text) < 40 or lang == "ru":
        return True
    return py3langid.classify(text)[0] in (lang, "la")


def numbers(text):
    """The numbers of a text as digits, whatever separates their thousands or decimals.

    Single digits are left out: they are often written as words on one side.
    """
    joined = re.sub(r"(?<=\d)[ .,\u00a0\u202f](?=\d)", "", text)
    return Counter(n.rstrip("0") for n in NUMBER.findall(joined) if len(n) > 1)


def numbers_ok(a, b):
    """At most one number may be on one side only (times of day, "1,500" as "1.5 thousand")."""
    left, right = numbers(a), numbers(b)
    missing = sum(((left - right) + (right - left)).values())
    return missing == 0 or (missing <= 2 and sum((left & right).values()) >= missing)


def reason_to_drop(a, b, la, lb):
    if not a or not b:
        return "empty"
    if max(len(a), len(b)) > 450:
        return "too long"
    if MARKUP.search(a) or MARKUP.search(b):
        return "markup or broken encoding"
    if a.lower() == b.lower():
        return "copy"
    if not script_ok(a, la) or not script_ok(b, lb):
        return "script"
    ratio = len(b) / len(a) / LENGTH_RATIO[la, lb]
    slack = 1.6 if max(len(a), len(b)) > 60 else 2.2
    if not 1 / slack < ratio < slack:
        return "length ratio"
    if a.count('"') % 2 or b.count('"') % 2:
        # an opening quote whose end is in the next sentence: fine when both sides do it
        if a.count('"') % 2 != b.count('"') % 2:
            return "unbalanced quotes"
    if abs(a.count('"') - b.count('"')) > 2:
        return "quotes on one side"
    if not numbers_ok(a, b):
        return "numbers differ"
    if (a[-1] == "?") != (b[-1] == "?"):
        return "question on one side"
    if not language_ok(a, la) or not language_ok(b, lb):
        return "language"
    return None


def read_lines(path):
    return path.read_text(encoding="utf-8").split("\n")


def key(text):
    """Letters and digits only, so that punctuation does not hide a duplicate."""
    return re.sub(r"\W+", "", text).lower()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the training files")
    parser.add_argument("--exclude", type=Path, required=True,
                        help="stem of the measuring set; its lines are kept out")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--heldout", type=int, default=24, help="held-out lines for each pair")
    args = parser.parse_args()

    py3langid.set_languages(["en", "fr", "ru", "de", "es", "la"])
    rng = random.Random(2013)
    measured = set()
    for lang in ("en", "fr", "ru"):
        measured.update(key(line) for line in read_lines(Path(f"{args.exclude}.{lang}")))
    measured.discard("")

    pairs, heldout, seen = [], [], set()
    for stem, la, lb, kind in SOURCES:
        dropped, kept = Counter(), []
        left, right = read_lines(args.data / f"{stem}.{la}"), read_lines(args.data / f"{stem}.{lb}")
        assert len(left) == len(right), stem
        for number, (a, b) in enumerate(zip(left, right)):
            a, b = plain_quotes(tidy(a)), plain_quotes(tidy(b))
            reason = reason_to_drop(a, b, la, lb)
            if reason is None and (key(a) in measured or key(b) in measured):
                # everyday phrases ("Oui.") may be in any text; they are not worth the doubt
                reason = "in the measuring set"
            if reason is None and (key(a), key(b)) in seen:
                reason = "duplicate"
            if reason:
                dropped[reason] += 1
                continue
            seen.add((key(a), key(b)))
            kept.append((number, a, b))

        if kind == "news":
            chosen = set(rng.sample(range(len(kept)), args.heldout))
            heldout += [dict(langs=[la, lb], text=list(kept[i][1:]), kind=kind) for i in chosen]
            kept = [pair for i, pair in enumerate(kept) if i not in chosen]
        pairs += [dict(langs=[la, lb], text=[a, b], kind=kind) for _, a, b in kept]

        if kind == "news":
            # Lines of these files follow each other in articles. Two at a time teach the model
            # to go on after the first full stop, and to end where the source ends.
            for (n1, a1, b1), (n2, a2, b2) in zip(kept, kept[1:]):
                if n2 == n1 + 1 and len(a1) + len(a2) < 320 and rng.random() < 0.08:
                    pairs.append(dict(langs=[la, lb], text=[f"{a1} {a2}", f"{b1} {b2}"],
                                      kind="joined"))
        print(f"{stem}: kept {len(kept)} of {len(left) - 1}; dropped {dict(dropped.most_common())}")

    pairs += hard_cases.make(pairs, rng)
    rng.shuffle(pairs)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("pairs", pairs), ("heldout", heldout)):
        with open(args.out / f"{name}.jsonl", "w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print("pairs:", dict(Counter(("-".join(p["langs"]), p["kind"]) for p in pairs)))
    print("held out:", len(heldout))


if __name__ == "__main__":
    main()
