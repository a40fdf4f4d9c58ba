"""Whether a pair's two sides name the same people and places and the same numbers.

A model of this size learns what its pairs do: where one in three loses a name, it learns that a name may come from
nowhere. A machine's half bends names most, old WMT French some, so both are judged here.

Two words name the same if they sound alike, in either script (Путин, Poutine, Putin), or if they stand beside each other
again and again in the pairs themselves (Germany, Allemagne): `learn` finds those.

    python faithful.py WORK/pairs.jsonl      # what would be dropped, a few lines a pair of languages
"""

import json
import random
import re
import sys
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
                    "a b v g d e e j z i i k l m n o p r s t u f h c ch sh sh - i - e u a".split()))
CYRILLIC.update(ъ="", ь="")
# Letters of one sound, longest first.
SOUNDS = [("tch", "ch"), ("sch", "sh"), ("dj", "j"), ("zh", "j"), ("kh", "h"), ("ts", "c"), ("ph", "f"), ("th", "t"),
          ("ck", "k"), ("qu", "k"), ("gu", "g"), ("ou", "u"), ("x", "ks"), ("q", "k"), ("w", "v")]
WORD = re.compile(r"[^\W\d_][\w’'-]*[^\W\d_]")
# What a capital letter behind it says nothing about a name.
OPENERS = ".!?…:\"«»“”—–-("
NUMBER = re.compile(r"\d+")


@lru_cache(1 << 18)
def skeleton(word):
    """The consonants of a word by their sound, and its first letter: "ptn" of Путин, Poutine and Putin."""
    word = "".join(CYRILLIC.get(c, c) for c in word.lower())
    word = "".join(c for c in unicodedata.normalize("NFD", word) if c.isalpha())
    for letters, sound in SOUNDS:
        word = word.replace(letters, sound)
    word = word.replace("ch", "1").replace("sh", "1").replace("c", "k").replace("z", "s").replace("h", "")
    word = word.replace("y", "i")
    first, rest = word[:1], re.sub(r"[aeiouj]", "", word[1:])
    return re.sub(r"(.)\1", r"\1", ("a" if first in "aeiouj" else first) + rest)


@lru_cache(1 << 22)
def sound_alike(a, b):
    """Of two skeletons; endings and a letter or two may differ."""
    if a == b:
        return True
    if min(len(a), len(b)) < 3:
        return False
    return a[:3] == b[:3] or SequenceMatcher(None, a, b).ratio() >= 0.6


def capitalised(text):
    """Every word with a capital letter, and where it begins."""
    return [(m[0], m.start()) for m in WORD.finditer(text) if m[0][0].isupper() and len(m[0]) > 2]


def names(text):
    """Capitalised words that no beginning of a sentence explains; words all in capitals are left out."""
    found = []
    for word, start in capitalised(text):
        before = text[:start].rstrip()
        if before and before[-1] not in OPENERS and not word.isupper():
            found.append(word)
    return found


def stem(word):
    """What is left of a word for counting: endings change in Russian."""
    return word.lower()[:max(4, len(word) - 3)] if len(word) > 4 else word.lower()


def learn(pairs, least=3, share=0.2):
    """Stems of names, and of words for names, that stand for each other without sounding alike: {(stem, stem), ...}.

    `pairs` gives (text, text). English writes months and peoples with a capital letter, French and Russian do not, so the
    other word may be any. Dice's coefficient of the two stems' lines is at least `share`.
    """
    left, right, both = Counter(), Counter(), Counter()
    for a, b in pairs:
        x, y = ({stem(word) for word in WORD.findall(text)} for text in (a, b))
        named = {stem(word) for text in (a, b) for word in names(text)}
        left.update(x)
        right.update(y)
        both.update((i, j) for i in x & named for j in y)
        both.update((i, j) for i in x - named for j in y & named)
    found = set()
    for (i, j), n in both.items():
        if n >= least and 2 * n / (left[i] + right[j]) >= share:
            found |= {(i, j), (j, i)}
    return found


def numbers(text):
    """Numbers of two digits and more, whatever separates their thousands or decimals."""
    joined = re.sub(r"(?<=\d)[ .,\u00a0\u202f](?=\d)", "", text)
    return sorted(n.rstrip("0") for n in NUMBER.findall(joined) if len(n) > 1)


def lost_names(source, target, known=frozenset()):
    """Names of `target` for which `source` has nothing."""
    words = [word for word in WORD.findall(source) if len(word) > 2]
    sounds = {skeleton(word) for word in words}
    stems = {stem(word) for word in words}
    return [name for name in names(target)
            if not any(sound_alike(skeleton(name), s) for s in sounds)
            and not any((stem(name), s) in known for s in stems)]


def fits(source, target, known=frozenset(), share=1.0):
    """Whether the numbers agree and at least `share` of the target's names are in the source."""
    if numbers(source) != numbers(target):
        return False
    wanted = len(names(target))
    return wanted - len(lost_names(source, target, known)) >= share * wanted


def main():
    rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    for langs in sorted({tuple(row["langs"]) for row in rows}):
        texts = [row["text"] for row in rows if tuple(row["langs"]) == langs and row["kind"] == "news"]
        known = learn(texts)
        bad = [(lost_names(a, b, known), a, b) for a, b in texts]
        bad = [row for row in bad if row[0]]
        print(f"{langs}: {len(known)} known, {len(bad)} of {len(texts)} have a name from nowhere")
        for row in random.Random(1).sample(bad, min(8, len(bad))):
            print("   ", *row, sep="\n    ")


if __name__ == "__main__":
    main()
