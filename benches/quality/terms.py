"""Do the terms of a glossary appear, and what do they cost?

    pip install -r benches/quality/requirements.txt
    python benches/quality/terms.py --triglot target/release/triglot --data DIR --lines 300

DIR holds newstest2013.en, .fr and .ru, aligned line by line. The terms come from the references, so a person could have put them into a
glossary. A word alignment of all lines (IBM Model 1, words compared by their Snowball stems) gives pairs of words:

- each means the other with a probability of at least 0.4, and the target stands in at least 70 % of the lines that have the source;
- both have at least five letters, are written in small letters, stand in 4 to 100 lines, and are nouns in at least half of their places: in
  Russian by pymorphy3; in English and French a form is one if a determiner stands before it at least a quarter of the time;
- a term has its most frequent form, in Russian the most frequent nominative;
- the pair stands on both sides of one of the first N lines.

The first N lines become one article, a blank line between any two, and `triglot translate` translates it twice: without the terms, and with all
of them as `--terms-file`. A line counts once for each term that triglot finds in it, whatever word its reference has there. Columns:

    lines with term   how often a line has a term
    without, with     share of them whose translation has the target, by its stem; in brackets what triglot itself says
    chrF              of the article, without and with the terms, and the difference; in brackets only of the lines that have a term

Everything is kept under --work, so a run that was stopped goes on where it was.
"""

import argparse
import json
import re
import subprocess
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pymorphy3
import sacrebleu
import snowballstemmer
from chrf import BETWEEN, DIRECTIONS, ROOT, fingerprint, read_lines, table

LEAST_LETTERS = 5
LINES_OF_A_WORD = (4, 100)
LEAST_PROBABILITY = 0.4
LEAST_SHARE = 0.7
ROUNDS = 6
NOUN_SHARE = 1 / 4
LEAST_NOUNS = 1 / 2
DETERMINERS = {
    "en": "the a an this that these those his her its their our my your".split(),
    "fr": "le la les l un une des du d de au aux ce cet cette ces son sa ses leur leurs".split(),
}

RUSSIAN = pymorphy3.MorphAnalyzer()
STEMMERS = {"en": snowballstemmer.stemmer("english"), "fr": snowballstemmer.stemmer("french"), "ru": snowballstemmer.stemmer("russian")}


def words(text):
    return re.findall(r"[^\W\d_]+", text)


@cache
def stem(language, word):
    return STEMMERS[language].stemWord(word.lower())


def has(language, text, term):
    return stem(language, term) in {stem(language, word) for word in words(text)}


class Side:
    """The words of one language."""

    def __init__(self, language, lines):
        self.language = language
        self.lines = [[stem(language, word) for word in words(line)] for line in lines]
        self.forms, self.led, self.at = defaultdict(Counter), Counter(), defaultdict(set)
        for number, line in enumerate(lines):
            before = ""
            for word in words(line):
                root = stem(language, word)
                self.at[root].add(number)
                self.forms[root][word] += 1
                self.led[word] += before.lower() in DETERMINERS.get(language, ())
                before = word

    def is_noun(self, form, count):
        if self.language == "ru":
            return RUSSIAN.parse(form)[0].tag.POS == "NOUN"
        return self.led[form] >= NOUN_SHARE * count

    def term(self, root):
        """The word as a term; None if it is no usual noun."""
        forms, (least, most) = self.forms[root], LINES_OF_A_WORD
        if not least <= len(self.at[root]) <= most:
            return None
        nouns = Counter({form: count for form, count in forms.items() if self.is_noun(form, count)})
        if nouns.total() < LEAST_NOUNS * forms.total():
            return None
        if self.language == "ru":
            nouns = Counter({form: count for form, count in nouns.items() if "nomn" in RUSSIAN.parse(form)[0].tag})
        form = max(sorted(nouns), key=nouns.get, default="")
        return form if form.islower() and len(form) >= LEAST_LETTERS else None


@cache
def model_1(one, other):
    """The probability of each word of the other language, given one of this language: {word: {other word: probability}}."""
    chance = {}
    for _ in range(ROUNDS):
        counts = defaultdict(Counter)
        for line, mates in zip(one.lines, other.lines):
            for mate in mates:
                shares = [chance[word].get(mate, 0.0) if chance else 1.0 for word in line]
                total = sum(shares) or 1.0
                for word, share in zip(line, shares):
                    counts[word][mate] += share / total
        chance = {}
        for word, mates in counts.items():
            total = mates.total()
            chance[word] = {mate: count / total for mate, count in mates.items() if count / total > 1e-4}
    return chance


def pairs(one, other):
    """The words of two languages that mean each other."""
    there, back = model_1(one, other), model_1(other, one)
    for word in sorted(there):
        mate = max(there[word], key=there[word].get, default=None)
        if mate and there[word][mate] >= LEAST_PROBABILITY and back[mate].get(word, 0) >= LEAST_PROBABILITY:
            yield word, mate


def terms(direction, sides, count):
    """The terms of the first lines."""
    source, target = (sides[language] for language in direction.split("-"))
    both = {(a, b): source.at[a] & target.at[b] for a, b in pairs(source, target)}
    shared = [(a, b) for (a, b), at in both.items() if min(at, default=count) < count and len(at) >= LEAST_SHARE * len(source.at[a])]
    listed = [(source.term(a), target.term(b)) for a, b in shared]
    return [term for term in listed if all(term)]


def translate(args, direction, article, listed):
    """What `triglot translate --json` prints; from --work if there."""
    source, target = direction.split("-")
    file = args.work / f"terms-{direction}.tsv"
    file.write_text("".join(f"{a}\t{b}\n" for a, b in listed), encoding="utf-8")
    made_of = fingerprint(article.encode(), file.read_bytes(), args.triglot.read_bytes())
    kept = args.work / f"terms-{direction}-{made_of}.json"
    if not kept.exists():
        command = [args.triglot.resolve(), "translate", "--from", source, "--to", target, "--json", "--terms-file", file, *args.flags]
        done = subprocess.run(command, input=article.encode(), stdout=subprocess.PIPE, check=True)
        kept.write_bytes(done.stdout)
    return json.loads(kept.read_bytes())


def used(answer, article):
    """The terms that triglot found: number of the line, target, and whether it says that the target is there."""
    raw = article.encode()
    found = {}
    for term in (term for segment in answer["segments"] for term in segment["terms"]):
        line = raw[: term["source"]["start"]].decode().count(BETWEEN)
        key = line, term["term"]["target"]
        found[key] = found.get(key, True) and term["target"] is not None
    return found


def one_direction(args, sides, direction):
    source, target = direction.split("-")
    article = BETWEEN.join(read_lines(args.data / f"newstest2013.{source}", args.lines))
    references = read_lines(args.data / f"newstest2013.{target}", args.lines)
    listed = terms(direction, sides, args.lines)
    bare, full = (translate(args, direction, article, some) for some in ([], listed))
    found = used(full, article)
    outputs = [answer["translation"].split(BETWEEN) for answer in (bare, full)]
    assert all(len(lines) == args.lines for lines in outputs), "the blank lines were not kept"
    shares = [sum(has(target, lines[at], word) for at, word in found) / len(found) for lines in outputs]
    with_terms = sorted({at for at, _ in found})
    score = lambda lines, which: sacrebleu.corpus_chrf([lines[at] for at in which], [[references[at] for at in which]]).score
    everything = [score(lines, range(args.lines)) for lines in outputs]
    touched = [score(lines, with_terms) for lines in outputs]
    for at, word in found:
        if not found[at, word]:
            print(f"{direction} line {at + 1} lacks {word}: {outputs[1][at]}")
    return [
        direction,
        str(len(listed)),
        str(len(found)),
        f"{shares[0]:.1%}",
        f"{shares[1]:.1%} ({sum(found.values()) / len(found):.1%})",
        "{:.2f} / {:.2f}".format(*everything),
        f"{everything[1] - everything[0]:+.2f} ({touched[1] - touched[0]:+.2f})",
    ]


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--triglot", type=Path, required=True, metavar="BINARY")
    args.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds newstest2013.{en,fr,ru}")
    args.add_argument("--lines", type=int, default=300, metavar="N")
    args.add_argument("--directions", default=DIRECTIONS)
    args.add_argument("--work", type=Path, default=ROOT / "target" / "quality", metavar="DIR")
    args.add_argument("flags", nargs="*", help="flags of translate, after --")
    args = args.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    read = lambda language: (args.data / f"newstest2013.{language}").read_text(encoding="utf-8").splitlines()
    sides = {language: Side(language, read(language)) for language in ("en", "fr", "ru")}
    rows = [["", "terms", "lines with term", "without", "with", "chrF", "difference"]]
    for direction in args.directions.split(","):
        rows.append(one_direction(args, sides, direction))
    print(f"Terms on {args.lines} lines of newstest2013")
    table(rows)


if __name__ == "__main__":
    main()
