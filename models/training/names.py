"""Pairs in which a name gives way to another one, on both sides: copying a name is then the only way to get it right.

In the corpora a few hundred names fill most places, so a model can guess them; one that it has never seen it bends into
one that it knows. Here the other name is drawn evenly from the names of the corpora, or made up.

A name has three spellings. Of the corpora's names they are what stands beside each other there. Made-up ones are Russian
(stems and endings of surnames) and spelled for English and French readers as newspapers do (Сенявин, Senyavin, Seniavine),
or of syllables that are read the same everywhere (Torvano, Торвано). Russian cases come from pymorphy3
(github.com/no-plagiarism/pymorphy3, MIT): the name that goes tells the case, the name that comes is put into it.

    python names.py WORK/pairs.jsonl     # a look at what is made
"""

import json
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

import pymorphy3

from faithful import WORD, names, skeleton, sound_alike

MORPH = pymorphy3.MorphAnalyzer()
KINDS = ("Surn", "Name", "Geox")  # surnames, first names, places, as pymorphy3 calls them
SHARE_MADE_UP = 0.5


@dataclass(frozen=True)
class Name:
    en: str
    fr: str
    ru: str  # in the nominative
    kind: tuple  # (Surn | Name | Geox, gender, whether it has cases)


@lru_cache(1 << 18)
def reading(word):
    """The likeliest reading of a Russian word as a name: (kind, case, lemma's analysis), or None."""
    for parse in MORPH.parse(word):
        kind = next((k for k in KINDS if k in parse.tag), None)
        if kind and parse.score > 0.2 and "plur" not in parse.tag:
            return (kind, str(parse.tag.gender), "Fixd" not in parse.tag), parse.tag.case, parse
    return None


def only_once(word, text):
    return WORD.findall(text).count(word) == 1


def beside(a, b):
    """Names of text `a` with the one word of text `b` that sounds like it."""
    found = []
    for name in names(a):
        sounds = [word for word in names(b) if sound_alike(skeleton(word), skeleton(name))]
        close = [word for word in sounds if skeleton(word)[:2] == skeleton(name)[:2]]
        if len(close) == 1 and only_once(name, a) and only_once(close[0], b):
            found.append((name, close[0]))
    return found


# Spelling ---------------------------------------------------------------------------------------------------------------

# As English and French newspapers spell Russian names.
ENGLISH = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
                   "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".split()), ъ="", ь="")
FRENCH = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
                  "a b v g d e io j z i ï k l m n o p r s t ou f kh ts tch ch chtch - y - e iou ia".split()), ъ="", ь="")
VOWELS = "аеёиоуыэюя"


def english_of(name):
    text = "".join(("ye" if c == "е" and (i == 0 or name[i - 1].lower() in VOWELS + "ьъ") else ENGLISH[c])
                   for i, c in enumerate(name.lower()))
    return (text.removesuffix("iy") + "y" if text.endswith(("iy", "yy")) else text).capitalize()


def french_of(name):
    low = name.lower()
    text = ""
    for i, c in enumerate(low):
        between = 0 < i < len(low) - 1 and low[i - 1] in VOWELS and low[i + 1] in VOWELS
        if c == "с" and between:
            text += "ss"
        elif c == "г" and i + 1 < len(low) and low[i + 1] in "еиэ":
            text += "gu"
        elif c in "ия" and i and low[i - 1] in VOWELS:
            text += {"и": "ï", "я": "ïa"}[c]
        else:
            text += FRENCH[c]
    if low.endswith("ин"):
        text += "e"
    return (text.removesuffix("ï") if low.endswith(("ий", "ый")) else text).capitalize()


# Names that nobody has -----------------------------------------------------------------------------------------------

STEMS_1 = "бел вор гор дем ер зим кал лем мар нем пав рог сен тар ул фом чер шап юд яр бор вет глад дор ком лав мол остр пол рад".split()
STEMS_2 = "ан ав ост ун ел ок им ар еж ур ич ят ам ов ун ыш ел ад".split()
ENDINGS = [("ов", "ова"), ("ин", "ина"), ("ский", "ская"), ("енко", "енко"), ("евич", "евич"), ("чук", "чук")]
SYLLABLES = [(c + v, k + w) for c, k in zip("b d f l m n p r t v".split(), "б д ф л м н п р т в".split())
             for v, w in zip("a o i e".split(), "а о и е".split())]
LAST = [("no", "но"), ("ri", "ри"), ("den", "ден"), ("tan", "тан"), ("mar", "мар"), ("lis", "лис"), ("rek", "рек"), ("dom", "дом")]


def made_up(kind, rng):
    """A surname or a place of this kind, or None where none can be made."""
    what, gender, cases = kind
    if what == "Name":
        return None
    if not cases or rng.random() < 0.5:
        parts = [rng.choice(SYLLABLES) for _ in range(rng.choice((1, 2, 2)))]
        parts.append(rng.choice([part for part in LAST if (part[1][-1] not in VOWELS) == cases]))
        latin, russian = ("".join(part[i] for part in parts).capitalize() for i in (0, 1))
        return Name(latin, latin, russian, kind) if gender == "masc" or not cases else None
    if what == "Geox":
        return None
    masculine, feminine = rng.choice(ENDINGS)
    ending = feminine if gender == "femn" else masculine
    russian = (rng.choice(STEMS_1) + rng.choice(STEMS_2) + ending).capitalize()
    return Name(english_of(russian), french_of(russian), russian, kind)


def declined(name, case):
    """The Russian spelling in a case, or None where pymorphy3 reads it as something else."""
    if not name.kind[2]:
        return name.ru
    for parse in MORPH.parse(name.ru):
        if parse.tag.case == "nomn" and str(parse.tag.gender) == name.kind[1] and parse.tag.number == "sing" and "NOUN" in parse.tag:
            form = parse.inflect({case})
            return form.word.capitalize() if form else None
    return None


# The names of the corpora -------------------------------------------------------------------------------------------


class Names:
    def __init__(self, pairs):
        """Reads the names of pairs, dictionaries with "langs" and "text"."""
        spelled = {"en": defaultdict(Counter), "fr": defaultdict(Counter)}
        kinds, self.shared = {}, Counter()
        for pair in pairs:
            (a, b), (x, y) = pair["langs"], pair["text"]
            for latin, other in beside(x, y):
                if b != "ru":
                    if latin == other:
                        self.shared[latin] += 1
                elif found := reading(other):
                    kind, _, parse = found
                    lemma = parse.normal_form.capitalize()
                    spelled[a][lemma][latin] += 1
                    kinds[lemma] = kind
        self.by_kind = defaultdict(list)
        self.known = {}  # the kind of a name by its Latin spelling
        for lemma, kind in kinds.items():
            english, french = (spelled[lang][lemma].most_common(1) for lang in ("en", "fr"))
            best = max(english + french, key=lambda row: row[1])[0]
            # What one language spells may do in the other if it is met there as well.
            if not french and (english[0][0] in self.shared):
                french = english
            if not english and (french[0][0] in self.shared):
                english = french
            if english and french:
                self.by_kind[kind].append(Name(english[0][0], french[0][0], lemma, kind))
            self.known[best] = kind

    def other(self, kind, rng):
        drawn = made_up(kind, rng) if rng.random() < SHARE_MADE_UP else None
        return drawn or (rng.choice(self.by_kind[kind]) if self.by_kind[kind] else None)

    def exchanged(self, pair, rng):
        """The pair's texts with every name that can be exchanged exchanged, or None if there is none."""
        (a, b), (x, y) = pair["langs"], pair["text"]
        changed = False
        for latin, other in beside(x, y):
            if b == "ru":
                found = reading(other)
                if not found or not latin.isalpha():
                    continue
                kind, case, _ = found
                name = self.other(kind, rng)
                spelled = name and declined(name, case)
                if not spelled:
                    continue
                come = (name.en if a == "en" else name.fr), spelled
            elif latin == other and latin.isalpha():
                kind = self.known.get(latin, ("Surn", "masc", True))
                name = self.other(kind, rng)
                if not name:
                    continue
                come = name.en, name.fr
            else:
                continue
            x, y = replaced(x, latin, come[0]), replaced(y, other, come[1])
            changed = True
        return [x, y] if changed else None


def replaced(text, word, by):
    """`text` with the one whole word `word` replaced."""
    for match in WORD.finditer(text):
        if match[0] == word:
            return text[:match.start()] + by + text[match.end():]
    return text


def main():
    rng = random.Random(1)
    pairs = [pair for pair in map(json.loads, open(sys.argv[1], encoding="utf-8")) if pair["kind"] == "news"]
    known = Names(pairs)
    print({kind: len(rows) for kind, rows in known.by_kind.items()}, len(known.shared), "shared by English and French")
    for pair in rng.sample(pairs, min(60, len(pairs))):
        if texts := known.exchanged(pair, rng):
            print(*pair["text"], *texts, sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
