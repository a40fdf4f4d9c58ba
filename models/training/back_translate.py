"""Sentences made by triglot beside ones that people wrote.

    python back_translate.py --triglot BINARY --work WORK --articles DATA/summaries/train.fr.jsonl

There are 2,743 pairs of French and Russian news, and 53,703 that have English on one side. So the
English side of an English-Russian pair is translated into French, and stands beside its Russian;
likewise the other way round. French sentences of articles get an English one. As a source the
machine's half teaches the model to write what people wrote (back-translation: Sennrich et al. 2016,
"Improving Neural Machine Translation Models with Monolingual Data"); train.py says which are
targets too.

Adds to WORK/synthetic.jsonl one pair a line, the machine's half first. What triglot flags, what
prepare.py would drop and what already stands there is left out.
"""

import argparse
import json
import random
import re
import subprocess
from pathlib import Path

from prepare import plain_quotes, reason_to_drop, tidy

# Articles without a space between their paragraphs: "une plainte.Toutefois, ..."
SENTENCE_END = re.compile(r"(?<=[.!?])\s*(?=[A-ZÀÉÈÊÇÎÔ])")
BETWEEN = "\n\n"


def read_jsonl(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def news(pairs, langs, count, rng, known):
    rows = [pair["text"] for pair in pairs
            if pair["langs"] == langs and pair["kind"] == "news" and 40 < len(pair["text"][0]) < 280
            and pair["text"][1] not in known]
    return rng.sample(rows, min(count, len(rows)))


def sentences(articles, count, rng, known):
    """French sentences that begin and end as sentences do."""
    found = []
    for article in articles:
        for sentence in SENTENCE_END.split(article["text"]):
            sentence = plain_quotes(tidy(sentence))
            whole = sentence[:1].isupper() and sentence[-1:] in ".!?" and sentence.count('"') % 2 == 0
            if whole and 50 < len(sentence) < 260 and sentence not in known:
                found.append(sentence)
    return rng.sample(found, min(count, len(found)))


def translate(binary, texts, source, target, beam):
    """Translations in the order of the texts; None where triglot is not content with one."""
    answer = json.loads(subprocess.run(
        [binary, "translate", "--beam-size", str(beam), "--from", source, "--to", target, "--json", "--log", "warn"],
        input=BETWEEN.join(texts).encode(), stdout=subprocess.PIPE, check=True).stdout)
    lines = answer["translation"].split(BETWEEN)
    assert len(lines) == len(texts), (len(lines), len(texts))
    # a text may be several segments: one that is flagged spoils its text
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len((text + BETWEEN).encode())
    flagged, line = set(), 0
    for segment in answer["segments"]:
        while line + 1 < len(starts) and segment["source"]["start"] >= starts[line + 1]:
            line += 1
        if segment["warnings"]:
            flagged.add(line)
    return [None if i in flagged else text for i, text in enumerate(lines)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--triglot", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3000, help="sentences for each direction")
    parser.add_argument("--directions", default="fr-ru,ru-fr,en-fr")
    parser.add_argument("--beam-size", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2016, help="of the choice of sentences")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    pairs = read_jsonl(args.work / "pairs.jsonl")
    out = args.work / "synthetic.jsonl"
    known = {pair["text"][1] for pair in read_jsonl(out)} if out.exists() else set()

    rows = []
    for source, target, texts in (
        ("fr", "ru", news(pairs, ["en", "ru"], args.count, rng, known)),
        ("ru", "fr", news(pairs, ["en", "fr"], args.count, rng, known)),
        ("en", "fr", [(s, s) for s in sentences(read_jsonl(args.articles), args.count, rng, known)]),
    ):
        if f"{source}-{target}" not in args.directions.split(","):
            continue
        read = "fr" if source == "en" else "en"
        made = translate(args.triglot, [text for text, _ in texts], read, source, args.beam_size)
        order = sorted((source, target))
        kept = 0
        for text, (_, written) in zip(made, texts, strict=True):
            if text is None:
                continue
            text = plain_quotes(tidy(text))
            both = (text, written) if order[0] == source else (written, text)
            if reason_to_drop(*both, *order) is None:
                rows.append(dict(langs=[source, target], text=[text, written], kind="synthetic",
                                 beam=args.beam_size))
                kept += 1
        print(f"{source}-{target}: {kept} of {len(texts)}", flush=True)

    with open(out, "a", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
