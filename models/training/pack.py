"""Pairs as tables of tokens, and the base model cut down to those tokens: all that a run reads.

    python pack.py --model MODEL.gguf --work WORK --out PACK
    python pack.py --model MODEL.gguf --work WORK --out PACK --part-bytes 60000000   # for a slow or narrow way

reads what prepare.py wrote and writes

    base.gguf      the base model, with the rows of its embedding that are used; or base.gguf.00, .01, ... to be joined
    tables.xz      texts, pairs and single sentences as ids of that embedding
    tables.json    what is where in it, and the vocabulary's strings

Of 262,144 tokens the texts use a third. Tokens that occur less than three times outside the news are not worth a row: their
texts are left out.
"""

import argparse
import hashlib
import json
import lzma
import random
from pathlib import Path

import gguf
import numpy as np

import hard_cases
from corpora import LANGUAGES

LANGUAGE_NAMES = {"en": "English", "fr": "French", "ru": "Russian"}
KINDS = ("news", "joined", "everyday", "rule", "docs", "names")
QUOTES = [("“", "”"), ("« ", " »"), ("«", "»"), ("„", "“")]
RARE = 3


def vary_quotes(text, rng):
    """Other quotation marks and apostrophes on the source side, now and then."""
    if rng.random() < 0.25:
        text = text.replace("'", "’")
    if text.count('"') and text.count('"') % 2 == 0 and rng.random() < 0.4:
        opening, closing = rng.choice(QUOTES)
        pieces = text.split('"')
        text = pieces[0]
        for i, piece in enumerate(pieces[1:]):
            text += (opening, closing)[i % 2] + piece
    return text


def read_jsonl(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Texts:
    """Every text once, and its ids."""

    def __init__(self, tokenizer):
        self.tokenizer, self.index, self.ids = tokenizer, {}, []

    def put(self, text):
        return self.index.setdefault(text, len(self.index))

    def encode(self):
        texts = [f" {text}" for text in self.index]  # as it stands behind "French:"
        for start in range(0, len(texts), 20_000):
            rows = self.tokenizer(texts[start:start + 20_000], add_special_tokens=False).input_ids
            self.ids += [np.array(row, np.int32) for row in rows]


def directed(pairs, texts, rng):
    """Both directions of each pair, sources in varied dress: (language, language, kind, open, source, target)."""
    rows = []
    for pair in pairs:
        for i, j in ((0, 1), (1, 0)):
            langs = [pair["langs"][i], pair["langs"][j]]
            source, target = hard_cases.headline(pair["text"][i], pair["text"][j], langs, rng)
            rows.append((*map(LANGUAGES.index, langs), KINDS.index(pair["kind"]), pair["terms"] == "open",
                         texts.put(vary_quotes(source, rng)), texts.put(target)))
    return np.array(rows, np.int32).reshape(-1, 6)


def cut_model(path, vocabulary, out):
    """The same model with only these rows of the embedding."""
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(out, "gemma3")
    for key in ("attention.key_length", "attention.head_count", "block_count", "rope.freq_base", "embedding_length"):
        field = reader.fields[f"gemma3.{key}"]
        writer.add_key_value(f"gemma3.{key}", field.contents(), field.types[-1])
    for tensor in reader.tensors:
        data = tensor.data[vocabulary] if tensor.name == "token_embd.weight" else tensor.data
        writer.add_tensor(tensor.name, np.ascontiguousarray(data), raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_tables(folder, tables, meta):
    """One compressed file. Bytes of one place of all numbers stand together: that is what compresses."""
    blob, listed = [], {}
    for name, table in tables.items():
        table = np.ascontiguousarray(table)
        planes = table.reshape(-1).view(np.uint8).reshape(-1, table.itemsize).T
        listed[name] = dict(dtype=str(table.dtype), shape=table.shape, bytes=planes.size)
        blob.append(planes.tobytes())
    (folder / "tables.xz").write_bytes(lzma.compress(b"".join(blob), preset=4))
    (folder / "tables.json").write_text(json.dumps(dict(meta, tables=listed), ensure_ascii=False), encoding="utf-8")


class Pack:
    """What pack.py wrote."""

    def __init__(self, folder):
        self.base = folder / "base.gguf"
        meta = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
        raw, at, tables = lzma.decompress((folder / "tables.xz").read_bytes()), 0, {}
        for name, form in meta.pop("tables").items():
            dtype = np.dtype(form["dtype"])
            planes = np.frombuffer(raw, np.uint8, form["bytes"], at).reshape(dtype.itemsize, -1)
            tables[name] = np.ascontiguousarray(planes.T).view(dtype).reshape(form["shape"])
            at += form["bytes"]
        starts = np.concatenate([[0], np.cumsum(tables["lengths"], dtype=np.int64)])
        flat = tables["tokens"].astype(np.int32)
        self.texts = [flat[a:b] for a, b in zip(starts[:-1], starts[1:])]
        self.pairs, self.heldout, self.mono = tables["pairs"], tables["heldout"], tables["mono"]
        self.writes = tables["writes"]  # [language, token]: whether a text of the language has it
        self.pieces, self.newline, self.known = meta["pieces"], meta["newline"], meta["known"]
        self.base_sha256 = meta["base_sha256"]  # of the whole model
        newline = [self.newline]
        self.before = [np.array([meta["bos"], *meta["names"][lang]], np.int32) for lang in LANGUAGES]
        self.between = [np.array([*newline, *meta["names"][lang]], np.int32) for lang in LANGUAGES]
        self.end = np.array(newline, np.int32)

    def prompt(self, source_language, target_language, source):
        """The prompt ends with the colon: the space behind it belongs to the first word of the target ("▁La")."""
        return np.concatenate([self.before[source_language], source, self.between[target_language]])

    def text(self, ids):
        return "".join(self.pieces[i] for i in ids).strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the base model's GGUF")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part-bytes", type=int, help="cut base.gguf into parts of this size")
    args = parser.parse_args()
    from transformers import AutoTokenizer  # a run that reads a pack needs no tokenizer
    rng = random.Random(271)
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(str(args.model.parent), gguf_file=args.model.name)

    def ids_of(text):
        return tokenizer(text, add_special_tokens=False).input_ids

    texts = Texts(tokenizer)
    pairs = directed(read_jsonl(args.work / "pairs.jsonl"), texts, rng)
    heldout = directed(read_jsonl(args.work / "heldout.jsonl"), texts, random.Random(1))
    mono = np.array([(LANGUAGES.index(row["lang"]), row["terms"] == "open", texts.put(row["text"]))
                     for row in read_jsonl(args.work / "mono.jsonl")], np.int32).reshape(-1, 3)
    texts.encode()

    # Which tokens get a row: those of news, and the ones of the rest that are not rare. Names that were put in make none.
    counts = np.zeros(len(tokenizer) + 8, np.int64)
    names = pairs[:, 2] == KINDS.index("names")
    news = np.isin(pairs[:, 2], [KINDS.index("news"), KINDS.index("joined")])
    for i in np.unique(np.concatenate([pairs[~names, 4:].ravel(), mono[:, 2]])):
        counts[texts.ids[i]] += 1
    for i in np.unique(np.concatenate([pairs[news, 4:].ravel(), heldout[:, 4:].ravel()])):
        counts[texts.ids[i]] += RARE
    whole = np.array([bool((counts[ids] >= RARE).all()) for ids in texts.ids])
    before = len(pairs), len(mono)
    pairs, mono = pairs[whole[pairs[:, 4:]].all(1)], mono[whole[mono[:, 2]]]
    print("left without rare tokens:", (len(pairs), len(mono)), "of", before)

    special = {lang: ids_of(f"{LANGUAGE_NAMES[lang]}:") for lang in LANGUAGES}
    (newline,) = ids_of("\n")
    used = np.unique(np.concatenate([pairs[:, 4:].ravel(), heldout[:, 4:].ravel(), mono[:, 2]]))
    ids = [texts.ids[i] for i in used]
    vocabulary = np.unique(np.concatenate([*ids, [newline, tokenizer.bos_token_id], *special.values()]))
    place = np.zeros(len(counts), np.int64)
    place[vocabulary] = np.arange(len(vocabulary))
    renumbered = np.zeros(len(texts.ids), np.int32)
    renumbered[used] = np.arange(len(used))
    for table in (pairs[:, 4:], heldout[:, 4:], mono[:, 2:]):
        table[:] = renumbered[table]
    ids = [place[row] for row in ids]

    writes = np.zeros((len(LANGUAGES), len(vocabulary)), bool)
    for source, target, _, _, s, t in pairs:
        writes[source, ids[s]] = writes[target, ids[t]] = True
    for language, _, t in mono:
        writes[language, ids[t]] = True
    writes[:, place[newline]] = True

    with open(args.model, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    pieces = [piece.replace("▁", " ") for piece in tokenizer.convert_ids_to_tokens(vocabulary.tolist())]
    flat = np.concatenate(ids).astype(np.uint32)
    write_tables(args.out, dict(
        tokens=flat, lengths=np.array([len(row) for row in ids], np.uint16), pairs=pairs, heldout=heldout, mono=mono,
        writes=writes,
    ), dict(
        bos=int(place[tokenizer.bos_token_id]), newline=int(place[newline]), pieces=pieces,
        names={lang: place[row].tolist() for lang, row in special.items()},
        base_sha256=digest, known=json.loads((args.work / "known.json").read_text(encoding="utf-8")),
    ))
    base = args.out / "base.gguf"
    cut_model(args.model, vocabulary, base)
    if args.part_bytes:
        blob = base.read_bytes()
        for number, start in enumerate(range(0, len(blob), args.part_bytes)):
            base.with_suffix(f".gguf.{number:02}").write_bytes(blob[start:start + args.part_bytes])
    print(f"{len(ids)} texts, {len(pairs)} directed pairs, {len(mono)} single, {len(heldout)} held out, {len(flat)} tokens, "
          f"{len(vocabulary)} kinds of token; {base.stat().st_size} and {(args.out / 'tables.xz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
