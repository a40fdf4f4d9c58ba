"""Articles an hour: `triglot feed` beside LibreTranslate, with the same weights and the same articles, in one run.

    cargo build --release
    python3 benches/peers/articles.py                          # sets up a virtual environment first
    python3 benches/peers/articles.py --articles 50 --beam 1
    ARGOS_BATCH_SIZE=1024 python3 benches/peers/articles.py    # LibreTranslate with larger batches than its default

The model has the sizes of opus-mt-en-fr (width 512, 6+6 layers, vocabulary 59,514, of which 32,000 pieces are of the
target), so nothing is downloaded but packages. Random weights never end a sentence, and their output would fail triglot's
checks of language, after which it searches again. So this model is a dictionary: all layers compute, but each token passes
through them nearly unchanged, and the last layer of the decoder looks at the source token of its own position and writes
the partner of that. No length is forced: a translation is as long as its source. Both programs must write exactly the
same text, and the report says how often they did.

The articles are made here: about ten sentences of 28 tokens on average, in paragraphs. Their words are made up, and they
have no numbers, dates or negations. In real articles, some of these get lost, and triglot then searches again.

LibreTranslate is its own server with its defaults: four threads that answer calls, batches of at most 32 tokens, and as
many threads in CTranslate2 as there are cores. The weights have 8 bits, as in the packages of argostranslate. Four
connections keep the server busy. One part is replaced: MiniSBD, which splits sentences, would download its model, so a
rule splits them, in no time to speak of. The server is warm when its time begins. The time of `triglot feed` includes the
start of the process, the loading of the model, and the journal. Its memory of sentences is off.

The two take turns, so that other work on the machine slows both; the ratio is taken within a round. Beside the time of
the clock stands that of the processor. The threads of CTranslate2 spin while they wait, which counts in the latter.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WIDTH, LAYERS, HEADS, FEED_FORWARD = 512, 6, 8, 2048
# Pieces of both languages, and of each alone: as many as opus-mt-en-fr has. Two more are </s> and <unk>.
SHARED, OWN = 4485, 27513
CAPITALISED, SUFFIXES = 2000, 3500
SPACE = "▁"
# The default of LibreTranslate's --threads.
CONNECTIONS = 4


def pieces(rng):
    """Shared pieces, and those of the source and of the target: equal places are partners."""
    consonants = "b c d f g h l m n p r s t v st tr pl ch".split()
    syllables = lambda vowels: [a + b for a in consonants for b in vowels.split()]

    def own(vowels):
        sounds, found = syllables(vowels), {}
        while len(found) < OWN:
            word = "".join(rng.choices(sounds, k=rng.choice((2, 2, 3, 3))))
            start = len(found) + SUFFIXES < OWN
            word = word.capitalize() if len(found) < CAPITALISED else word
            found[SPACE + word if start else word] = None
        return list(found)

    letters = [*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'()-", SPACE]
    names = [f"{SPACE}{a}{b}" for a in syllables("ax ix ox") for b in syllables("u y au ua uo ui ue")]
    shared = [*letters, *names[: SHARED - len(letters)]]
    # No word is in two lists: the source has no x, and the target an accent in every syllable.
    return shared, own("a e i o u an en er in on or ar al ea ou"), own("é è ê â ô î û à ée ère ès éa ên ôn ât")


def sentencepiece(words, path):
    from sentencepiece import sentencepiece_model_pb2 as proto

    model = proto.ModelProto()
    add = lambda piece, score, kind: model.pieces.add(piece=piece, score=score, type=kind)
    add("</s>", 0, proto.ModelProto.SentencePiece.CONTROL)
    add("<unk>", 0, proto.ModelProto.SentencePiece.UNKNOWN)
    for word in words:  # a longer piece is always better than several
        add(word, -20.0 if len(word) == 1 else -10.0, proto.ModelProto.SentencePiece.NORMAL)
    model.trainer_spec.model_type = proto.TrainerSpec.UNIGRAM
    model.trainer_spec.unk_id, model.trainer_spec.eos_id = 1, 0
    model.trainer_spec.bos_id = model.trainer_spec.pad_id = -1
    model.normalizer_spec.name = "identity"
    path.write_bytes(model.SerializeToString())


def weights(rng):
    """The weights under the names of the Marian toolkit, matrices `[inputs, outputs]`."""
    import numpy as np

    # The sines of 32 frequencies and their cosines tell positions apart; no token uses these columns.
    places = np.concatenate([np.arange(0, 64, 2), WIDTH // 2 + np.arange(0, 64, 2)])
    # The slowest sine is always zero: after a normalisation, it holds what that has subtracted.
    zero = WIDTH // 2 - 1
    free = np.setdiff1d(np.arange(WIDTH), [*places, zero, WIDTH - 1])
    left, right = np.split(rng.permutation(free), 2)
    a, b = rng.standard_normal((2, SHARED + 2 + OWN, len(left))).astype(np.float32)
    a[: SHARED + 2] = b[: SHARED + 2]
    table = np.zeros((SHARED + 2 + 2 * OWN, WIDTH), np.float32)
    source, target = slice(0, SHARED + 2 + OWN), np.r_[0 : SHARED + 2, SHARED + 2 + OWN : len(table)]
    # The partner of a token has the two halves exchanged; a shared one has equal halves.
    table[source, left], table[source, right] = a, b
    table[np.ix_(target, left)], table[np.ix_(target, right)] = b, a
    table[:, free] -= table[:, free].mean(axis=1, keepdims=True)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    values = {"Wemb": table, "decoder_ff_logit_out_b": np.zeros((1, len(table)), np.float32)}

    def linear(name, suffix, inputs, outputs, spread):
        values[f"{name}_W{suffix}"] = spread * rng.standard_normal((inputs, outputs)).astype(np.float32)
        values[f"{name}_b{suffix}"] = np.zeros((1, outputs), np.float32)

    def norm(name):
        values[f"{name}_ln_scale"] = np.ones((1, WIDTH), np.float32)
        values[f"{name}_ln_bias"] = np.zeros((1, WIDTH), np.float32)

    for stack, attentions in (("encoder", ["self"]), ("decoder", ["self", "context"])):
        for layer in range(1, LAYERS + 1):
            for attention in attentions:
                name = f"{stack}_l{layer}_{attention}"
                for part, spread in (("q", 0.04), ("k", 0.04), ("v", 0.04), ("o", 0.0002)):
                    linear(name, part, WIDTH, WIDTH, spread)
                norm(f"{name}_Wo")
            name = f"{stack}_l{layer}_ffn"
            linear(name, "1", WIDTH, FEED_FORWARD, 0.04)
            linear(name, "2", FEED_FORWARD, WIDTH, 0.0002)
            norm(f"{name}_ffn")
    last = f"decoder_l{LAYERS}_context"
    look = np.zeros((WIDTH, WIDTH), np.float32)
    for head in range(HEADS):  # each one compares all positions
        columns = head * len(places) + np.arange(len(places))
        look[places, columns], look[zero, columns] = 6.0, -6.0
    exchange = np.zeros((WIDTH, WIDTH), np.float32)
    exchange[left, right] = exchange[right, left] = 1.0
    values |= {f"{last}_Wq": look, f"{last}_Wk": look, f"{last}_Wv": exchange}
    values[f"{last}_Wo"] = 4 * np.eye(WIDTH, dtype=np.float32)
    # So that the best token has about half of the probability.
    values[f"decoder_l{LAYERS}_ffn_ffn_ln_scale"] *= 0.65
    return values


def published(values):
    """The weights under the names of Transformers, with a row more for <pad>."""
    import numpy as np

    pad = np.zeros((1, WIDTH), np.float32)
    found = {"model.shared.weight": np.concatenate([values["Wemb"], pad])}
    found["final_logits_bias"] = np.zeros((1, len(values["Wemb"]) + 1), np.float32)
    linear, norms = {"ffn_{}1": "fc1", "ffn_{}2": "fc2"}, {"ffn_ffn": "final_layer_norm"}
    for attention, other in (("self", "self_attn"), ("context", "encoder_attn")):
        parts = zip("qkvo", ("q", "k", "v", "out"))
        linear |= {f"{attention}_{{}}{part}": f"{other}.{name}_proj" for part, name in parts}
        norms[f"{attention}_Wo"] = f"{other}_layer_norm"
    for stack in ("encoder", "decoder"):
        for layer in range(LAYERS):
            ours, theirs = f"{stack}_l{layer + 1}_", f"model.{stack}.layers.{layer}."
            names = [(name.format("W"), name.format("b"), other) for name, other in linear.items()]
            names += [(f"{name}_ln_scale", f"{name}_ln_bias", other) for name, other in norms.items()]
            for weight, bias, other in names:
                if ours + weight in values:
                    found[f"{theirs}{other}.weight"] = np.ascontiguousarray(values[ours + weight].T.squeeze())
                    found[f"{theirs}{other}.bias"] = values[ours + bias].squeeze()
    return found


def prepare(folder):
    """The model for triglot, and the package of it for argostranslate."""
    import numpy as np
    from ctranslate2.converters.converter import Converter
    from ctranslate2.converters.marian import set_transformer_spec
    from ctranslate2.specs import common_spec, transformer_spec
    from safetensors.numpy import save_file

    shared, source, target = pieces(random.Random(0))
    vocabulary = ["</s>", "<unk>", *shared, *source, *target]
    assert len(set(vocabulary)) == 59513, len(set(vocabulary))
    values = weights(np.random.default_rng(0))
    model, package = folder / "model", folder / "argos" / "en_fr"
    model.mkdir(exist_ok=True)
    package.mkdir(parents=True, exist_ok=True)

    save_file(published(values), model / "model.safetensors")
    pad = len(vocabulary)
    config = dict(
        model_type="marian", vocab_size=pad + 1, decoder_vocab_size=pad + 1, d_model=WIDTH, encoder_layers=LAYERS,
        decoder_layers=LAYERS, encoder_attention_heads=HEADS, decoder_attention_heads=HEADS,
        encoder_ffn_dim=FEED_FORWARD, decoder_ffn_dim=FEED_FORWARD, activation_function="swish", scale_embedding=True,
        max_position_embeddings=512, pad_token_id=pad, decoder_start_token_id=pad, eos_token_id=0,
        forced_eos_token_id=0, bos_token_id=0, share_encoder_decoder_embeddings=True, tie_word_embeddings=True,
        max_length=512, num_beams=4, bad_words_ids=[[pad]],
    )  # fmt: skip
    (model / "config.json").write_text(json.dumps(config))
    (model / "vocab.json").write_text(json.dumps({piece: id for id, piece in enumerate([*vocabulary, "<pad>"])}))
    (model / "tokenizer_config.json").write_text(json.dumps({"source_lang": "en", "target_lang": "fr"}))
    sentencepiece(shared + source, model / "source.spm")
    sentencepiece(shared + target, model / "target.spm")

    class Dictionary(Converter):
        def _load(self):
            spec = transformer_spec.TransformerSpec.from_config(
                (LAYERS, LAYERS), HEADS, pre_norm=False, activation=common_spec.Activation.SWISH
            )
            set_transformer_spec(spec, values)
            spec.register_source_vocabulary(vocabulary)
            spec.register_target_vocabulary(vocabulary)
            spec.config.add_source_eos = True
            return spec

    Dictionary().convert(str(package / "model"), quantization="int8", force=True)
    shutil.copy(model / "source.spm", package / "sentencepiece.model")
    # With a single package, LibreTranslate would look for more on the network.
    back = folder / "argos" / "fr_en"
    shutil.copytree(package, back, dirs_exist_ok=True)
    for place, source, target in ((package, "en", "fr"), (back, "fr", "en")):
        names = {"from_code": source, "from_name": source, "to_code": target, "to_name": target}
        (place / "metadata.json").write_text(json.dumps({"package_version": "1.9", "argos_version": "1.9", **names}))


def write(folder, count):
    """Writes articles, their translations, and how many sentences and tokens they have."""
    from sentencepiece import SentencePieceProcessor

    rng = random.Random(1)
    _, source, target = pieces(random.Random(0))
    partner = dict(zip(source, target))
    words = source[CAPITALISED : OWN - SUFFIXES]
    # Zipf's law, beginning at a word that is not too frequent.
    shares = [1 / (rank + 10) for rank in range(len(words))]
    spm = SentencePieceProcessor(model_file=str(folder / "model" / "source.spm"))
    sentences = tokens = 0

    def sentence():
        nonlocal sentences, tokens
        length = min(45, max(2, round(rng.lognormvariate(2.85, 0.5))))
        text = rng.choice(source[:CAPITALISED])[1:]
        for word in rng.choices(words, shares, k=length):
            text += "," if rng.random() < 0.1 else ""
            text += word.replace(SPACE, " ")
            text += rng.choice(source[OWN - SUFFIXES :]) if rng.random() < 0.25 else ""
        text += "."
        found = spm.encode(text, out_type=str)
        sentences, tokens = sentences + 1, tokens + len(found) + 1
        return text, "".join(partner.get(piece, piece) for piece in found).replace(SPACE, " ").strip()

    articles = [
        [[sentence() for _ in range(rng.choice((2, 3, 4)))] for _ in range(rng.choice((3, 3, 4)))]
        for _ in range(count)
    ]
    for side, name in enumerate(("articles.jsonl", "expected.jsonl")):
        with open(folder / name, "w", encoding="utf-8") as file:
            for id, article in enumerate(articles):
                body = "\n\n".join(" ".join(pair[side] for pair in paragraph) for paragraph in article)
                print(json.dumps({"id": id, "body": body}, ensure_ascii=False), file=file)
    (folder / "counts.json").write_text(json.dumps({"articles": count, "sentences": sentences, "tokens": tokens}))


def serve(port):
    """LibreTranslate without MiniSBD."""
    from argostranslate import sbd

    ends = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
    sbd.MiniSBDSentencizer.split_sentences = lambda self, text: ends.split(text) if text else []
    sys.argv = ["libretranslate", "--host", "127.0.0.1", "--port", port, "--disable-web-ui"]
    from libretranslate.main import main

    main()


def bodies(path):
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line["body"] for line in lines}


class LibreTranslate:
    def __init__(self, folder, child, beam):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        places = {name: str(folder / "home") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        settings = {"ARGOS_PACKAGES_DIR": str(folder / "argos"), "ARGOS_BEAM_SIZE": str(beam)}
        home = folder / "home"
        home.mkdir(exist_ok=True)
        with open(folder / "libretranslate.log", "w") as log:
            command, environment = [*map(str, child), f"serve:{self.port}"], os.environ | places | settings
            self.process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        self.articles = bodies(folder / "articles.jsonl")

    def translate(self, text):
        body = json.dumps({"q": text, "source": "en", "target": "fr", "format": "text"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/translate", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=600) as response:
            return json.load(response)["translatedText"]

    def warm(self):
        for _ in range(240):
            try:
                return self.translate(self.articles[0])
            except OSError:
                assert self.process.poll() is None, "LibreTranslate did not start; see libretranslate.log"
                time.sleep(0.5)
        sys.exit("LibreTranslate did not start in two minutes; see libretranslate.log")

    def processor(self):
        """Seconds that the process has computed."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self):
        begin, processor = time.perf_counter(), self.processor()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            translated = dict(zip(self.articles, pool.map(self.translate, self.articles.values())))
        return time.perf_counter() - begin, self.processor() - processor, translated


def triglot(binary, folder, beam, threads):
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    output = folder / "out" / "articles.jsonl"
    command = [
        binary, "feed", "--from", "en", "--to", "fr", "--model", folder / "model", "--beam-size", beam,
        "--threads", threads, "--memory-bytes", 0, "--offline", "--output", output, folder / "articles.jsonl",
    ]  # fmt: skip
    used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    begin, processor = time.perf_counter(), used()
    with open(folder / "triglot.log", "w") as log:
        subprocess.run(list(map(str, command)), check=True, stderr=log)
    return time.perf_counter() - begin, used() - processor, bodies(output)


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--folder", type=Path, default=ROOT / "target" / "peers-articles", help="where all of it is put")
    args.add_argument("--python", type=Path, help="an interpreter that has the packages, instead of a new environment")
    args.add_argument("--triglot", type=Path, default=ROOT / "target" / "release" / "triglot")
    args.add_argument("--articles", type=int, default=500)
    args.add_argument("--rounds", type=int, default=2)
    args.add_argument("--beam", type=int, default=4)
    args.add_argument("--threads", type=int, default=os.cpu_count())
    args.add_argument("--child", help=argparse.SUPPRESS)
    args = args.parse_args()
    args.folder = args.folder.resolve()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.child == "prepare":
        return prepare(args.folder)
    if args.child == "write":
        return write(args.folder, args.articles)
    if args.child:
        return serve(args.child.removeprefix("serve:"))

    python = args.python or args.folder / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(args.folder / "venv", with_pip=True)
        requirements = HERE / "articles-requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    child = [python, __file__, "--folder", args.folder, "--articles", args.articles, "--child"]
    if not (args.folder / "argos" / "fr_en" / "metadata.json").exists():
        subprocess.run(list(map(str, [*child, "prepare"])), check=True)
    subprocess.run(list(map(str, [*child, "write"])), check=True)
    counts, expected = json.loads((args.folder / "counts.json").read_text()), bodies(args.folder / "expected.jsonl")
    count = counts["articles"]
    print("{articles} articles, {sentences} sentences, {tokens} tokens".format(**counts))
    ratios = []
    server = LibreTranslate(args.folder, child, args.beam)
    try:
        server.warm()
        feed = lambda: triglot(args.triglot, args.folder, args.beam, args.threads)
        turns = {"LibreTranslate": server.run, "triglot feed": feed}
        for number in range(args.rounds):
            times = []
            for name, turn in turns.items():
                load = os.getloadavg()[0]
                seconds, processor, translated = turn()
                times.append((seconds, processor))
                same = sum(translated.get(id) == text for id, text in expected.items())
                print(
                    f"round {number + 1}, {name}: {seconds:.1f} s, {processor:.1f} s of the processor, "
                    f"{counts['tokens'] / seconds:.0f} tokens a second, {3600 * count / seconds:.0f} articles an hour, "
                    f"{same} articles as expected, load {load:.1f} to {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
            ratios.append([theirs / ours for theirs, ours in zip(*times)])
    finally:
        server.process.terminate()
        server.process.wait()
    for name, found in zip(("the clock", "the processor"), zip(*ratios)):
        median = statistics.median(found)
        print(f"articles in a second of {name}, ratio: {median:.2f} ({min(found):.2f}–{max(found):.2f})")


if __name__ == "__main__":
    main()
