"""Turn the raw files into clean training pairs.

    python prepare.py --data DATA/train --parallel MORE/parallel --mono MORE/mono --exclude DATA/dev/newstest2013 --out WORK

writes WORK/pairs.jsonl, one undirected pair a line:

    {"langs": ["en", "fr"], "text": ["...", "..."], "kind": "news", "corpus": "news.en-fr", "terms": "research"}

WORK/mono.jsonl, sentences to write a source for, and WORK/heldout.jsonl, lines of news that are never trained on and on
which train.py watches its loss. Both directions of a pair are made later, when batches are drawn. Which files there
are, and on what terms: corpora.py; `--terms open` leaves out all that not everybody may use.

What is dropped, and why: a 270M model copies the habits of its data faithfully, so a pair that
adds a sentence, loses a number or a name or sits in the wrong language costs more than the hundred good
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

import corpora
import faithful
import hard_cases
from names import Names

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


def files(args):
    """(corpus, first language, second language, lines, lines) of every pair of files that is there."""
    for folder, rows in ((args.data, corpora.NEWS), (args.parallel, corpora.PARALLEL)):
        for corpus in rows if folder else ():
            name, _, only = corpus.name.partition(".")
            for a, b in corpora.PAIRS:
                if only not in ("", f"{a}-{b}"):
                    continue
                # newstest2012 is named without its languages
                stems = [folder / f"{name}.{a}-{b}", folder / name]
                found = [stem for stem in stems if Path(f"{stem}.{a}").exists() and Path(f"{stem}.{b}").exists()]
                if found:
                    left, right = read_lines(Path(f"{found[0]}.{a}")), read_lines(Path(f"{found[0]}.{b}"))
                    if len(left) != len(right):
                        raise SystemExit(f"{found[0]}: {len(left)} lines beside {len(right)}")
                    yield corpus, a, b, left, right


class Cleaner:
    """Decides on lines, and remembers what it has seen."""

    def __init__(self, measured):
        self.measured, self.seen = measured, set()

    def reason(self, a, b, la, lb):
        reason = reason_to_drop(a, b, la, lb)
        if reason is None and (key(a) in self.measured or key(b) in self.measured):
            # everyday phrases ("Oui.") may be in any text; they are not worth the doubt
            reason = "in the measuring set"
        if reason is None and (key(a), key(b)) in self.seen:
            reason = "duplicate"
        if reason is None:
            self.seen.add((key(a), key(b)))
        return reason


def terms_of(corpus, number):
    """The terms of a line: a file may begin with lines that have stricter ones."""
    return "open" if number >= corpora.OPEN_FROM.get(corpus.name, float("inf")) else corpus.terms


def clean(args, rng, cleaner):
    """Numbered pairs by file: [(corpus, la, lb, [(line, a, b), ...]), ...]."""
    out = []
    for corpus, la, lb, left, right in files(args):
        rows = [(i, a, b) for i, (a, b) in enumerate(zip(left, right))
                if args.terms == "all" or terms_of(corpus, i) == "open"]
        if corpus.cap and len(rows) > 1.3 * corpus.cap:
            rows = sorted(rng.sample(rows, int(1.3 * corpus.cap)))
        dropped, kept = Counter(), []
        for number, a, b in rows:
            a, b = plain_quotes(tidy(a)), plain_quotes(tidy(b))
            if reason := cleaner.reason(a, b, la, lb):
                dropped[reason] += 1
            elif corpus.kind == "docs" and sum(c.isalpha() or c == " " for c in a) < 0.75 * len(a):
                dropped["not prose"] += 1
            else:
                kept.append((number, a, b))
        out.append((corpus, la, lb, kept[:corpus.cap or None]))
        print(f"{corpus.name} {la}-{lb}: kept {len(out[-1][3])} of {len(rows)}; dropped {dict(dropped.most_common())}",
              flush=True)
    return out


def drop_unfaithful(found):
    """Leaves out pairs of which one side names what the other does not; writes down what stands for what."""
    known = {}
    for la, lb in corpora.PAIRS:
        texts = [(a, b) for _, x, y, kept in found if (x, y) == (la, lb) for _, a, b in kept]
        known[la, lb] = faithful.learn(texts)
    out = []
    for corpus, la, lb, kept in found:
        # Everyday sentences are clean and short: one name that is translated would be half of all.
        good = kept if corpus.kind == "everyday" else [
            row for row in kept
            if all(faithful.fits(s, t, known[la, lb], share=0.6) for s, t in (row[1:], row[:0:-1]))]
        print(f"{corpus.name} {la}-{lb}: {len(kept) - len(good)} of {len(kept)} name what is not there", flush=True)
        out.append((corpus, la, lb, good))
    return out, known


def joined(corpus, la, lb, kept, rng):
    """Lines of news follow each other in articles. Two at a time teach the model to go on after the first full stop,
    and to end where the source ends."""
    for (n1, a1, b1), (n2, a2, b2) in zip(kept, kept[1:]):
        if n2 == n1 + 1 and len(a1) + len(a2) < 320 and rng.random() < 0.08:
            yield row_of(corpus, n1, la, lb, f"{a1} {a2}", f"{b1} {b2}", "joined")


def row_of(corpus, number, la, lb, a, b, kind):
    return dict(langs=[la, lb], text=[a, b], kind=kind, corpus=corpus.name, terms=terms_of(corpus, number))


def exchanged(pairs, copies, rng):
    """News with other names (names.py)."""
    news = [pair for pair in pairs if pair["kind"] in ("news", "joined")]
    known = Names(news)
    print("names:", {"/".join(map(str, kind)): len(rows) for kind, rows in known.by_kind.items()})
    for _ in range(copies):
        for pair in news:
            if texts := known.exchanged(pair, rng):
                yield dict(pair, text=texts, kind="names")


def mono(args, rng, cleaner):
    """Sentences of news in one language."""
    for corpus in corpora.MONO:
        if args.terms == "open" and corpus.terms != "open":
            continue
        for path in sorted(args.mono.glob(f"{corpus.name}.*.txt")):
            lang, kept = path.name.split(".")[-2], []
            lines = read_lines(path)
            rng.shuffle(lines)
            for line in lines:
                text = plain_quotes(tidy(line))
                if (30 <= len(text) <= 350 and script_ok(text, lang) and not MARKUP.search(text) and text.count('"') % 2 == 0
                        and key(text) not in cleaner.measured and (key(text), "") not in cleaner.seen):
                    cleaner.seen.add((key(text), ""))
                    kept.append(dict(lang=lang, text=text, corpus=corpus.name, terms=corpus.terms))
                if len(kept) == corpus.cap:
                    break
            print(f"{path.name}: kept {len(kept)}", flush=True)
            yield from kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the news files")
    parser.add_argument("--parallel", type=Path, help="folder of other aligned files")
    parser.add_argument("--mono", type=Path, help="folder of files of one language")
    parser.add_argument("--exclude", type=Path, required=True,
                        help="stem of the measuring set; its lines are kept out")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--terms", choices=("all", "open"), default="all")
    parser.add_argument("--heldout", type=int, default=100, help="held-out lines for each pair of languages")
    parser.add_argument("--name-copies", type=int, default=2, help="how often each pair's names are exchanged")
    args = parser.parse_args()

    py3langid.set_languages(["en", "fr", "ru", "de", "es", "la"])
    rng = random.Random(2013)
    measured = set()
    for lang in corpora.LANGUAGES:
        measured.update(key(line) for line in read_lines(Path(f"{args.exclude}.{lang}")))
    measured.discard("")
    cleaner = Cleaner(measured)
    found, known = drop_unfaithful(clean(args, rng, cleaner))

    pairs, heldout = [], []
    for corpus, la, lb, kept in found:
        if any(corpus is row for row in corpora.NEWS) and corpus.kind == "news":
            chosen = set(rng.sample(range(len(kept)), min(args.heldout, len(kept) // 10)))
            heldout += [row_of(corpus, kept[i][0], la, lb, *kept[i][1:], "news") for i in chosen]
            kept = [row for i, row in enumerate(kept) if i not in chosen]
            pairs += joined(corpus, la, lb, kept, rng)
        pairs += [row_of(corpus, number, la, lb, a, b, corpus.kind) for number, a, b in kept]
    pairs += [dict(row, corpus="rules", terms="open") for row in hard_cases.make(
        [pair for pair in pairs if pair["kind"] != "docs"], rng)]
    pairs += exchanged(pairs, args.name_copies, rng)

    args.out.mkdir(parents=True, exist_ok=True)
    single = list(mono(args, rng, cleaner)) if args.mono else []
    for name, rows in (("pairs", pairs), ("heldout", heldout), ("mono", single)):
        if name != "heldout":
            rng.shuffle(rows)
        with open(args.out / f"{name}.jsonl", "w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    (args.out / "known.json").write_text(json.dumps(
        {f"{a}-{b}": sorted(map(list, rows)) for (a, b), rows in known.items()}, ensure_ascii=False), encoding="utf-8")
    print("pairs:", dict(Counter(("-".join(p["langs"]), p["kind"], p["terms"]) for p in pairs)))
    print("held out:", len(heldout), "single:", dict(Counter((row["lang"], row["terms"]) for row in single)))


if __name__ == "__main__":
    main()
