"""Which tokens of a vocabulary are common in English, French and Russian.

    python common.py --model MODEL.gguf --data DATA/train --out ../gemma3-270m/common.bin

The output has a byte for each token: bit 0 for English, 1 for French, 2 for Russian. A token is common in a language if it
occurs in its training files (the files that end in .en, .fr, .ru), in one of its WORDS most frequent
words by wordfreq (small and with a capital), or if it has at most two characters, so that anything can
be spelled. triglot multiplies by these tokens' rows of the output projection in every step, and by
others only where the row has read them.

The word lists are wordfreq's (Robyn Speer, CC BY-SA 4.0).
"""

import argparse
from pathlib import Path

import gguf
from transformers import AutoTokenizer
from wordfreq import top_n_list

from corpora import LANGUAGES

WORDS = 50_000


def texts(data, language):
    for path in sorted(data.glob(f"*.{language}")):
        # A line is read as it stands behind "French:".
        yield from (f" {line}" for line in path.read_text(encoding="utf-8").split("\n"))
    for word in top_n_list(language, WORDS):
        yield from (f" {word}", f" {word.capitalize()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(str(args.model.parent), gguf_file=args.model.name)
    pieces = gguf.GGUFReader(args.model).get_field("tokenizer.ggml.tokens").contents()
    common = bytearray(0b111 if len(piece.removeprefix("▁")) <= 2 else 0 for piece in pieces)
    for bit, language in enumerate(LANGUAGES):
        lines = list(texts(args.data, language))
        used = set()
        for start in range(0, len(lines), 5000):
            for ids in tokenizer(lines[start:start + 5000], add_special_tokens=False).input_ids:
                used.update(ids)
        for token in used:
            common[token] |= 1 << bit
        print(f"{language}: {len(lines)} lines and words, {sum(c >> bit & 1 for c in common)} tokens")
    args.out.write_bytes(common)


if __name__ == "__main__":
    main()
