"""What does an adapter change? The same text through triglot without and with it, in six directions.

    pip install -r benches/quality/requirements.txt
    python benches/quality/adapters.py --triglot target/release/triglot --data DIR --lines 3000 --adapters none,news

DIR holds newstest2013.en, .fr and .ru, aligned line by line. For each direction and adapter the table has

    chrF, BLEU   against the reference (sacrebleu's defaults)
    repeating    segments that triglot flags REPETITION
    strayed      segments that it flags WRONG_LANGUAGE, COPIED or UNTRANSLATED
    numbers      those of the source that are in the translation of their line, in per cent; 8,733 is 8733 and
                 8 733, and 12,000 is 12 thousand
    names        capitalised words of the reference, not the first of a sentence, that are in the
                 translation of their line (the first four letters, for endings), in per cent
    invented     capitalised words of the translation, not the first of a sentence, that neither the source nor
                 the reference of their line has (the first four letters, the source in Latin letters too), in
                 per cent: names from nowhere, and words that were written with a capital letter for once
    s            wall time of the whole command, loading included

"none" is the base model with the examples of its manifest, which also says how either is searched unless
--beam-size does. Results are kept under --work: a run that was stopped goes on where it was.
"""

import argparse
import json
import re
from pathlib import Path

import chrf
from chrf import BETWEEN, DIRECTIONS, ROOT

STRAYED = {"WRONG_LANGUAGE", "COPIED", "UNTRANSLATED"}
NUMBER = re.compile(r"\d+")
GROUPS = re.compile(r"(?<=\d)[ ,.\u00a0\u202f](?=\d{3}(?!\d))")
THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f-]?(?:тысяч\w*|тыс\b\.?|thousand|mille)")
LATIN = str.maketrans(dict(zip(
    "абвгдеёжзийклмнопрстуфхцчшщыэюяъь",
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch y e yu ya".split() + ["", ""],
)))
NAME = re.compile(r"(?<=[^.!?:\"«»“”] )[A-ZÀ-ÖØ-ÞА-ЯЁ][a-zß-öø-ÿа-яё]{3,}")


def numbers(text):
    return NUMBER.findall(THOUSANDS.sub("000", GROUPS.sub("", text)))


def share_of_numbers(sources, lines):
    """Per cent of the sources' numbers that are in the line beside."""
    total = kept = 0
    for source, line in zip(sources, lines, strict=True):
        rest = numbers(line)
        for item in numbers(source):
            total += 1
            if item in rest:
                rest.remove(item)
                kept += 1
    return 100 * kept / max(total, 1)


def beginnings(text):
    """The first four letters of every word."""
    return {word[:4] for word in re.findall(r"\w+", text.lower())}


def latin(text):
    return text.lower().translate(LATIN)


def share_of_names(references, lines):
    """Per cent of the references' names that are in the line beside."""
    found = [name[:4].lower() in beginnings(line)
             for reference, line in zip(references, lines, strict=True) for name in NAME.findall(reference)]
    return 100 * sum(found) / max(len(found), 1)


def share_of_inventions(sources, references, lines):
    """Per cent of the lines' names that neither source nor reference has."""
    found = [name[:4].lower() in beginnings(reference) or latin(name)[:4] in beginnings(latin(source))
             for source, reference, line in zip(sources, references, lines, strict=True) for name in NAME.findall(line)]
    return 100 - 100 * sum(found) / max(len(found), 1)


def one_row(args, direction, adapter):
    source, target = direction.split("-")
    sources, references = (
        chrf.read_lines(args.data / f"newstest2013.{lang}", args.lines) for lang in (source, target)
    )
    answer = chrf.run_triglot(args, source, target, BETWEEN.join(sources), adapter)
    result = chrf.triglot_result(answer)
    lines = result.text.split(BETWEEN)
    return {
        "direction": direction,
        "adapter": adapter,
        "chrF": "{:.2f}".format(chrf.scores(result, references)[0]),
        "BLEU": "{:.2f}".format(chrf.scores(result, references)[1]),
        "segments": str(len(answer["segments"])),
        "repeating": str(result.warnings["REPETITION"]),
        "strayed": str(sum(bool(STRAYED & set(segment["warnings"])) for segment in answer["segments"])),
        "numbers": f"{share_of_numbers(sources, lines):.1f}",
        "names": f"{share_of_names(references, lines):.1f}",
        "invented": f"{share_of_inventions(sources, references, lines):.1f}",
        "s": f"{answer['seconds']:.0f}",
    }


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--triglot", type=Path, metavar="BINARY", help="without it, what --work holds is scored")
    args.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds newstest2013.{en,fr,ru}")
    args.add_argument("--lines", type=int, default=3000, metavar="N")
    args.add_argument("--directions", default=DIRECTIONS)
    args.add_argument("--adapters", default="none,news")
    args.add_argument("--beam-size", type=int, metavar="N")
    args.add_argument("--work", type=Path, default=ROOT / "target" / "quality", metavar="DIR")
    args = args.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    rows = []
    for direction in args.directions.split(","):
        for adapter in args.adapters.split(","):
            rows.append(one_row(args, direction, adapter))
            print(json.dumps(rows[-1]), flush=True)
    chrf.table([list(rows[0]), *(list(row.values()) for row in rows)])


if __name__ == "__main__":
    main()
