"""Measures where tags come back: `python benches/quality/tags.py target/release/triglot [flags of translate]`.

Each line of tags.tsv has a direction, a sentence with one pair of tags, and the words that the pair should stand around in the
translation. A sentence whose translation has none of these words is not counted: its translation is wrong, or another one.
Prints the shares of pairs that stand around exactly these words, and around some of them.
"""

import pathlib
import re
import subprocess
import sys
from collections import Counter

ROWS = [line.split("\t") for line in pathlib.Path(__file__).with_name("tags.tsv").read_text("utf-8").splitlines()]


def translate(command: list[str], pair: str, sentences: list[str]) -> list[str]:
    source, target = pair.split("-")
    flags = ["translate", "--format", "html", "--from", source, "--to", target]
    page = "\n".join(f"<p>{sentence}</p>" for sentence in sentences)
    done = subprocess.run([command[0], *flags, *command[1:]], input=page, capture_output=True, text=True, check=True)
    return re.findall(r"<p>(.*?)</p>", done.stdout, re.S)


def main() -> None:
    counts: Counter[str] = Counter()
    for pair in dict.fromkeys(row[0] for row in ROWS):
        rows = [row for row in ROWS if row[0] == pair]
        for (_, sentence, gold), written in zip(rows, translate(sys.argv[1:], pair, [row[1] for row in rows]), strict=True):
            inner = re.search(r"<b>(.*?)</b>", written)
            marked = inner.group(1) if inner else ""
            text = re.sub(r"</?b>", "", written)
            expected = [words for words in gold.split("|") if words in text]
            if not inner:
                counts["lost"] += 1
            elif not expected:
                counts["other words"] += 1
            elif marked in expected:
                counts["exact"] += 1
            elif any(set(words.split()) & set(marked.split()) for words in expected):
                counts["overlapping"] += 1
            else:
                counts["elsewhere"] += 1
            print(f"{pair}\t{written}\t{gold}")
    counted = counts["exact"] + counts["overlapping"] + counts["elsewhere"]
    print(f"{dict(counts)}: {counts['exact'] / counted:.0%} exact, {(counts['exact'] + counts['overlapping']) / counted:.0%} exact or overlapping, of {counted}")


if __name__ == "__main__":
    main()
