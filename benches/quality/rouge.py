"""How good are the summaries, and how fast, beside sumy's?

    pip install -r benches/quality/requirements.txt
    python benches/quality/rouge.py --triglot target/release/triglot --data DIR

DIR holds dev.en.jsonl (CNN/DailyMail) and dev.fr.jsonl (OrangeSum): articles with the summaries that
editors wrote. Each article is cut into sentences by triglot, so that all methods choose from the same ones
and the same number: the first ones (lead), sumy's LexRank and TextRank, and triglot's own choice. Figures
are ROUGE-1, -2 and -L (F1, in per cent; rouge-score, with words of any alphabet).

With `--writer MODEL`, that model's written summaries (`--style abstractive`) are one more row, with the share
of their sentences that passed triglot's check; the others were replaced by sentences of the text.

The seconds are those of choosing: for sumy inside this process, for triglot a process for each article,
reading, cutting and starting included.
"""

import argparse
import json
import re
import subprocess
import time
from collections import Counter
from pathlib import Path

from rouge_score import rouge_scorer
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

KINDS = ["rouge1", "rouge2", "rougeL"]
# language: its name for sumy, sentences of a summary
LANGUAGES = {"en": ("english", 3), "fr": ("french", 2)}


class Words:
    """Words of any alphabet, for rouge-score and for sumy."""

    def tokenize(self, text):
        return re.findall(r"[^\W_]+", text.lower())

    to_words = tokenize


def summary(triglot, language, text, *flags):
    """The answer of `triglot summarize`."""
    command = [triglot, "summarize", "--from", language, "--json", *flags]
    return json.loads(subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout)


def cited(triglot, language, text, *length):
    """The sentences that triglot chooses."""
    raw = text.encode()
    places = [sentence["sources"][0] for sentence in summary(triglot, language, text, *length)["sentences"]]
    return [raw[place["start"] : place["end"]].decode() for place in places]


def sumy_choice(method, name):
    summarizer = method(Stemmer(name))
    summarizer.stop_words = get_stop_words(name)

    def choose(sentences, count):
        document = ObjectDocumentModel([Paragraph([Sentence(text, Words()) for text in sentences])])
        return [str(sentence) for sentence in summarizer(document, count)]

    return choose


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--triglot", type=Path, required=True, metavar="BINARY")
    args.add_argument("--data", type=Path, required=True, metavar="DIR")
    args.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    args.add_argument("--writer", metavar="MODEL")
    args = args.parse_args()
    triglot = args.triglot.resolve()
    scorer = rouge_scorer.RougeScorer(KINDS, tokenizer=Words())
    for language in args.languages:
        name, count = LANGUAGES[language]
        lines = (args.data / f"dev.{language}.jsonl").read_text(encoding="utf-8").split("\n")
        articles = [json.loads(line) for line in lines if line]
        methods = {
            "lead": lambda sentences, count: sentences[:count],
            "LexRank": sumy_choice(LexRankSummarizer, name),
            "TextRank": sumy_choice(TextRankSummarizer, name),
        }
        whole = {article["id"]: cited(triglot, language, article["text"], "--ratio", "1") for article in articles}
        # triglot gives 100 sentences at most; a longer article would not be the same for all
        articles = [article for article in articles if len(whole[article["id"]]) < 100]
        rows = [*methods, "triglot", *([args.writer] if args.writer else [])]
        totals = {method: [0.0] * 4 for method in rows}
        origins = Counter()
        for article in articles:
            sentences = whole[article["id"]]

            def add(method, chosen, seconds):
                scores = scorer.score(article["summary"], " ".join(chosen))
                figures = [scores[kind].fmeasure for kind in KINDS]
                totals[method] = [a + b for a, b in zip(totals[method], [*figures, seconds])]

            for method, choose in methods.items():
                start = time.perf_counter()
                chosen = choose(sentences, count)
                add(method, chosen, time.perf_counter() - start)
            start = time.perf_counter()
            chosen = cited(triglot, language, article["text"], "--sentences", str(count))
            add("triglot", chosen, time.perf_counter() - start)
            if args.writer:
                start = time.perf_counter()
                flags = ["--style", "abstractive", "--model", args.writer, "--sentences", str(count), "--log", "warn"]
                written = summary(triglot, language, article["text"], *flags)
                add(args.writer, [written["summary"]], time.perf_counter() - start)
                origins.update(sentence["origin"] for sentence in written["sentences"])
        print(f"{language}: {len(articles)} articles, {count} sentences: ROUGE-1 / -2 / -L, articles/s")
        for method, (*figures, seconds) in totals.items():
            shown = " / ".join(f"{100 * figure / len(articles):.2f}" for figure in figures)
            print(f"  {method:10} {shown}   {len(articles) / max(seconds, 1e-9):.1f}")
        if args.writer:
            print(f"  sentences of {args.writer}: {dict(origins)}")


if __name__ == "__main__":
    main()
