"""Generates random Firefox models, and records how other implementations translate with them.

    pip install numpy==2.4.6 sentencepiece==0.2.3 fxtranslate==0.5.0
    python tests/reference/bergamot.py                          # bergamot-*/ and bergamot.json
    python tests/reference/bergamot.py --shape base-memory FOLDER [--text FILE...] [--sentences 500]
                                                                # a published shape, with reference.json beside it

Needs cargo, a C++ compiler, npm and node. Installs the implementations in a temporary folder: the crate fxtranslate, whose
scalar products are exact, for tokens, encoder, logits and alignments; the wheel fxtranslate, which users run; and
@browsermt/bergamot-translator, which is marian-dev in WebAssembly. The last two add neighbouring products in 16 bits with
saturation. So weights stay within 63 of 127, unless --saturate is given: then all three compute the same integers.

The weights are random. Two measures keep outputs from repeating one token or ignoring the source: the last normalisation has
random signs, and the end token's vector is fitted to the progress of the output.
"""

import argparse
import io
import json
import os
import random
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy
import sentencepiece

HERE = Path(__file__).resolve().parent
END, UNKNOWN, HEADS = 0, 1, 8
SHAPES = {  # width, feed-forward, encoder layers, decoder layers
    "tiny": (256, 1536, 6, 2),
    "base-memory": (384, 1536, 6, 4),
    "base": (512, 2048, 6, 2),
    "small": (64, 128, 2, 2),
    "smaller": (64, 64, 1, 1),
    "float": (32, 64, 1, 2),
}

WORDS = {
    "en": (
        "the mayor|the court|a witness|the union|our school|the old bridge|every train|the river|a new law|the winter".split("|"),
        "opened|closed|signed|lost|found|asked for|heard about|wrote of|paid for|waited for".split("|"),
        "two keys|the letter|a long road|the answer|seven boats|the green door|nothing|its own name|the music|some bread".split("|"),
        "on Monday|in June|near the sea|at night|in 2019|without a word|after the storm|by train|again|for 45 days".split("|"),
    ),
    "fr": (
        "le maire|la cour|un témoin|le syndicat|notre école|le vieux pont|chaque train|la rivière|une loi|l’hiver".split("|"),
        "a ouvert|a fermé|a signé|a perdu|a trouvé|demande|écoute|écrit|a payé|attend".split("|"),
        "deux clés|la lettre|une longue route|la réponse|sept bateaux|la porte verte|rien|son nom|la musique|du pain".split("|"),
        "lundi|en juin|près de la mer|la nuit|en 2019|sans un mot|après la tempête|en train|encore|pendant 45 jours".split("|"),
    ),
    "ru": (
        "мэр|суд|свидетель|профсоюз|наша школа|старый мост|каждый поезд|река|новый закон|зима".split("|"),
        "открыл|закрыл|подписал|потерял|нашёл|просит|слышит|пишет|оплатил|ждёт".split("|"),
        "два ключа|письмо|длинную дорогу|ответ|семь лодок|зелёную дверь|ничего|своё имя|музыку|хлеб".split("|"),
        "в понедельник|в июне|у моря|ночью|в 2019 году|без слов|после бури|поездом|снова|45 дней".split("|"),
    ),
}
HOSTILE = ["", "…", "ﬁnal oﬀer ½ № ™", "e\u0301te\u0301 été", "🎬 vote 🇫🇷", "日本語のニュース", "Привет, мир!", "a\u00adsoft\u200bzero",
           "▁ the mark ▁▁ itself", "x" * 60, "«The» “mayor” –— no", "<s> </s> <unk>", "<0x41> byte", "100 000,50 €"]  # fmt: skip


def sentence(rng, language):
    subjects, verbs, objects, times = WORDS[language]
    text = f"{rng.choice(subjects)} {rng.choice(verbs)} {rng.choice(objects)} {rng.choice(times)}"
    if rng.random() < 0.4:
        text += f", {rng.choice(['and', '–', 'но', 'mais'])} {rng.choice(subjects)} {rng.choice(verbs)} {rng.choice(objects)}"
    if rng.random() < 0.2:
        text += f" ({rng.randint(1, 9999)})"
    return text[0].upper() + text[1:] + rng.choice([".", ".", "!", "?", ""])


def sentences(language, count, seed):
    rng, all = random.Random(seed), {}
    while len(all) < count:
        all[sentence(rng, language)] = None
    return list(all)


def unwritten(vocabulary):
    """Returns the rows of the embedding, and the ids of byte pieces and padding rows."""
    pieces = sentencepiece.SentencePieceProcessor(model_proto=vocabulary)
    size = pieces.get_piece_size()
    rows = -(-size // 8) * 8
    return rows, [id for id in range(rows) if id >= size or pieces.is_byte(id)]


def train_pieces(lines, size, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=size, model_type="unigram", num_threads=1, minloglevel=2,
        bos_id=-1, pad_id=-1, eos_id=END, unk_id=UNKNOWN, byte_fallback=True, split_digits=True, character_coverage=1.0,
        **options,
    )  # fmt: skip
    return model.getvalue()


# ---- the model


class Student:
    """A student model with random weights. `values` are the quantised weights as floats."""

    def __init__(self, shape, sources, target, seed, limit=63, activation="relu", tied=()):
        """`sources` is the size of the source vocabulary; None if both languages share one embedding."""
        (targets, unwritten), shared = target, sources is None
        sources = sources or targets
        self.width, self.inner, self.encoders, self.decoders = SHAPES[shape]
        self.sources, self.targets, self.shared, self.activation, self.tied = sources, targets, shared, activation, list(tied)
        self.rng, self.limit = numpy.random.default_rng(seed), limit
        self.values, self.quants, self.scales, self.largest = {}, {}, {}, {}
        width, inner = self.width, self.inner
        for name, count in [("Wemb", targets)] if shared else [("encoder_Wemb", sources), ("decoder_Wemb", targets)]:
            # Small, so that the next token depends more on position and source than on the previous token.
            self.matrix(name, count, width, 0.4 * width**-0.5)
        for layer in range(1, self.encoders + 1):
            self.attention(f"encoder_l{layer}_self")
            self.feed_forward(f"encoder_l{layer}_ffn")
        for layer in sorted(set(self.tied)) or range(1, self.decoders + 1):
            prefix = f"decoder_l{layer}"
            self.matrix(f"{prefix}_rnn_W", width, width, width**-0.5)
            self.matrix(f"{prefix}_rnn_Wf", width, width, width**-0.5)
            self.vector(f"{prefix}_rnn_bf", width, 0.3)
            self.norm(f"{prefix}_rnn_ffn")
            self.attention(f"{prefix}_context")
            self.feed_forward(f"{prefix}_ffn")
        last = f"decoder_l{self.tied[-1] if self.tied else self.decoders}_ffn_ffn_ln_scale"
        self.values[last] *= self.rng.choice([-1.0, 1.0], size=(1, width)).astype(numpy.float32)
        self.vector("decoder_ff_logit_out_b", targets, 0.04)
        # Suppresses the unknown token and byte pieces, which the implementations decode differently.
        self.values["decoder_ff_logit_out_b"][0, [UNKNOWN, *unwritten]] = -20.0

    def matrix(self, name, rows, columns, deviation, quants=None):
        # Marian requantises embeddings with their largest weight as 127, so one weight is 127. Its neighbour is 0, so that their
        # sum does not saturate.
        if quants is None:
            spread = self.limit / 3
            quants = numpy.rint(self.rng.normal(0, spread, (rows, columns))).clip(-self.limit, self.limit).astype(numpy.int8)
            self.scales[name] = numpy.float32(spread / deviation)
            if name.endswith("Wemb"):
                quants[-1, :2] = (127, 0)
        self.quants[name] = quants
        self.values[name] = quants.astype(numpy.float32) / self.scales[name]

    def vector(self, name, length, deviation, mean=0.0):
        self.values[name] = self.rng.normal(mean, deviation, (1, length)).astype(numpy.float32)

    def norm(self, name):
        self.vector(f"{name}_ln_scale", self.width, 0.1, 1.0)
        self.vector(f"{name}_ln_bias", self.width, 0.1)

    def attention(self, name):
        for part in "qkvo":
            # Large enough for sharp attention.
            self.matrix(f"{name}_W{part}", self.width, self.width, (1.5 if part in "qk" else 0.8) * self.width**-0.5)
            self.vector(f"{name}_b{part}", self.width, 0.1)
        self.norm(f"{name}_Wo")

    def feed_forward(self, name):
        for part, rows, columns in (("1", self.width, self.inner), ("2", self.inner, self.width)):
            # Small enough that layers do not amplify small differences.
            self.matrix(f"{name}_W{part}", rows, columns, 0.8 * rows**-0.5)
            self.vector(f"{name}_b{part}", columns, 0.1)
        self.norm(f"{name}_ffn")

    # ---- the forward pass in floats, for calibration

    def affine(self, name, x, bias=None):
        self.largest[name] = max(self.largest.get(name, 0.0), float(numpy.abs(x).max()))
        y = x @ self.values[name]
        return y if bias is None else y + self.values[bias]

    def add(self, name, x, y):
        x = x + y
        x = (x - x.mean(-1, keepdims=True)) / numpy.sqrt(x.var(-1, keepdims=True) + 1e-6)
        return x * self.values[f"{name}_ln_scale"] + self.values[f"{name}_ln_bias"]

    def attend(self, name, x, memory):
        q, k, v = (self.affine(f"{name}_W{part}", y, f"{name}_b{part}") for part, y in (("q", x), ("k", memory), ("v", memory)))
        heads = lambda y: y.reshape(len(y), HEADS, -1).swapaxes(0, 1)  # noqa: E731
        scores = heads(q) @ heads(k).swapaxes(1, 2) / numpy.sqrt(self.width // HEADS)
        weights = numpy.exp(scores - scores.max(-1, keepdims=True))
        answers = (weights / weights.sum(-1, keepdims=True)) @ heads(v)
        answers = answers.swapaxes(0, 1).reshape(len(x), self.width)
        return self.add(f"{name}_Wo", x, self.affine(f"{name}_Wo", answers, f"{name}_bo"))

    def feed(self, name, x):
        inner = self.affine(f"{name}_W1", x, f"{name}_b1")
        inner = inner / (1 + numpy.exp(-inner)) if self.activation == "swish" else inner.clip(0)
        return self.add(f"{name}_ffn", x, self.affine(f"{name}_W2", inner, f"{name}_b2"))

    def positions(self, first, count):
        half = self.width // 2
        angles = numpy.arange(first, first + count)[:, None] * numpy.exp(numpy.arange(half) * -numpy.log(1e4) / (half - 1))
        return numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], 1).astype(numpy.float32)

    def encode(self, source):
        table = self.values["Wemb" if self.shared else "encoder_Wemb"]
        x = table[source] * numpy.sqrt(self.width) + self.positions(0, len(source))
        for layer in range(1, self.encoders + 1):
            x = self.attend(f"encoder_l{layer}_self", x, x)
            x = self.feed(f"encoder_l{layer}_ffn", x)
        return x

    def answer(self, source, most):
        """Greedy search. Returns the tokens and the last layer's output at each step."""
        memory, table = self.encode(source), self.values["Wemb" if self.shared else "decoder_Wemb"]
        layers = self.tied or range(1, self.decoders + 1)
        cells, tokens, hidden = [0.0] * len(layers), [], []
        while len(tokens) < most and tokens[-1:] != [END]:
            x = self.positions(len(tokens), 1)
            if tokens:
                x = x + table[tokens[-1:]] * numpy.sqrt(self.width)
            for index, layer in enumerate(layers):
                prefix = f"decoder_l{layer}"
                gate = 1 / (1 + numpy.exp(-self.affine(f"{prefix}_rnn_Wf", x, f"{prefix}_rnn_bf")))
                cells[index] = gate * cells[index] + (1 - gate) * self.affine(f"{prefix}_rnn_W", x)
                x = self.add(f"{prefix}_rnn_ffn", x, cells[index].clip(0))
                x = self.attend(f"{prefix}_context", x, memory)
                x = self.feed(f"{prefix}_ffn", x)
            self.largest["none"] = max(self.largest.get("none", 0.0), float(numpy.abs(x).max()))
            logits = x @ table.T + self.values["decoder_ff_logit_out_b"]
            tokens.append(int(logits.argmax()))
            hidden.append(x[0])
        return tokens, hidden

    def calibrate(self, sources, step):
        """Calibrates activations, and fits the output bias: tokens become equally likely, and outputs end at about the length of
        their sources."""
        name, bias = "Wemb" if self.shared else "decoder_Wemb", self.values["decoder_ff_logit_out_b"]
        noise = bias.copy()
        for round in range(6):
            bias[0, END] = -50.0
            seen = [(x, position / len(source)) for source in sources for position, x in enumerate(self.answer(source, int(1.5 * len(source)))[1])]
            states = numpy.array([x for x, _ in seen])
            if round < 5:
                # Each round changes the outputs and so the mean; a few rounds converge.
                bias[:] = noise - states.mean(0) @ self.values[name].T
        wanted = numpy.array([16.0 * (place - 1.0) for _, place in seen])
        centred = states - states.mean(0)
        row = numpy.linalg.solve(centred.T @ centred + 3.0 * numpy.eye(self.width), centred.T @ (wanted - wanted.mean()))
        quants = self.quants[name].copy()
        quants[END] = numpy.rint(row * self.scales[name]).clip(-self.limit, self.limit)
        self.matrix(name, *quants.shape, None, quants)
        best = numpy.sort(states @ self.values[name].T + bias, 1)[:, -1].mean()
        base = best - (states @ self.values[name][END]).mean()
        for offset in numpy.arange(-8.0, 12.0, step):
            bias[0, END] = base + offset
            lengths = [len(self.answer(source, 2 * len(source))[0]) / len(source) for source in sources]
            if numpy.mean(lengths) < 1.1:
                break
        print("output tokens per source token:", numpy.round(numpy.mean(lengths), 2), "share that ended:",
              numpy.mean([length < 2.0 for length in lengths]).round(2))  # fmt: skip

    # ---- the model file

    def yml(self):
        lists = "\n".join(f"  - {size}" for size in (self.sources, self.targets))
        tied = "\n" + "\n".join(f"  - {layer}" for layer in self.tied) if self.tied else " []"
        return f"""bert-train-type-embeddings: true
bert-type-vocab-size: 2
dec-cell: ssru
dec-cell-base-depth: 2
dec-cell-high-depth: 1
dec-depth: {self.decoders}
dim-emb: {self.width}
dim-rnn: 1024
dim-vocabs:
{lists}
enc-cell: gru
enc-cell-depth: 1
enc-depth: {self.encoders}
enc-type: bidirectional
factors-combine: sum
factors-dim-emb: 0
input-types:
  []
layer-normalization: false
lemma-dependency: ""
lemma-dim-emb: 0
output-omit-bias: false
right-left: false
skip: false
tied-embeddings: {str(not self.shared).lower()}
tied-embeddings-all: {str(self.shared).lower()}
tied-embeddings-src: false
transformer-aan-activation: swish
transformer-aan-depth: 2
transformer-aan-nogate: false
transformer-decoder-autoreg: rnn
transformer-depth-scaling: false
transformer-dim-aan: 2048
transformer-dim-ffn: {self.inner}
transformer-ffn-activation: {self.activation}
transformer-ffn-depth: 2
transformer-guided-alignment-layer: last
transformer-heads: {HEADS}
transformer-no-projection: false
transformer-pool: false
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-preprocess: ""
transformer-tied-layers:{tied}
transformer-train-positions: false
type: transformer
ulr: false
ulr-dim-emb: 0
ulr-trainable-transformation: false
version: v1.9.56 2021-10-06
"""

    def items(self, floats):
        """Name, type, shape and data of every tensor."""
        for name, values in self.values.items():
            quants = self.quants.get(name)
            if floats or quants is None:
                yield name, 0x404, values.shape, values.astype("<f4").tobytes()
                continue
            # Embeddings are the only matrices that are not transposed.
            data = quants if name.endswith("Wemb") else quants.T
            yield name, 0x4101, quants.shape, data.tobytes() + struct.pack("<f", self.scales[name])
        if not floats:
            for name, largest in self.largest.items():
                # Clips the top tenth of the observed range.
                alpha = numpy.float32(127 / (0.9 * largest))
                if name == "none":
                    # Marian stores every tensor with Wemb in its name as 8-bit weights. It looks up a shared embedding's
                    # multiplier as Wemb with a shortlist, and as "none" without one.
                    embedding = "Wemb" if self.shared else "decoder_Wemb"
                    yield f"{embedding}_QuantMultA", 0x4101, (1, 1), struct.pack("<bf", 127, 127 / alpha)
                if name != "none" or self.shared:
                    yield f"{name}_QuantMultA", 0x404, (1, 1), struct.pack("<f", alpha)
        text = self.yml().encode() + b"\0"
        yield "special:model.yml", 0x101, (len(text),), text

    def binary(self, floats=False):
        items = [(name, kind, shape, data + bytes(-len(data) % 256)) for name, kind, shape, data in self.items(floats)]
        file = struct.pack("<QQ", 1, len(items))
        file += b"".join(struct.pack("<QQQQ", len(name) + 1, kind, len(shape), len(data)) for name, kind, shape, data in items)
        file += b"".join(name.encode() + b"\0" for name, *_ in items)
        file += b"".join(struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in items)
        padding = ((len(file) + 8) // 256 + 1) * 256 - len(file) - 8
        return file + struct.pack("<Q", padding) + bytes(padding) + b"".join(data for *_, data in items)


def lexicon(sources, targets, first, best, seed):
    """Returns a shortlist with random lists."""
    rng, offsets, lists = numpy.random.default_rng(seed), [0], []
    for _ in range(sources):
        lists.extend(sorted(rng.choice(targets, size=rng.integers(0, best + 1), replace=False)))
        offsets.append(len(lists))
    # The checksum covers numbers of eight bytes, so the length must be even.
    if len(lists) % 2:
        lists.append(targets - 1)
        offsets[-1] += 1
    body = struct.pack("<QQQQ", first, best, len(offsets), len(lists))
    body += struct.pack(f"<{len(offsets)}Q", *offsets) + struct.pack(f"<{len(lists)}I", *lists)
    seed, mask = 0, 2**64 - 1
    for (number,) in struct.iter_unpack("<Q", body):
        seed ^= (number + 0x9E3779B9 + (seed << 6) + (seed >> 2)) & mask
    return struct.pack("<QQ", 0xF11A48D5013417F5, seed) + body


# ---- the other implementations

PROBE = """
use fxtranslate::{engine::Engine, spm::SpmVocab};
use std::{fs, io::{BufRead, stdin}};
fn main() {
    let files: Vec<Vec<u8>> = std::env::args().skip(1).map(|path| fs::read(path).expect("it is there")).collect();
    let mut engine = Engine::from_bytes(&files[0], &files[1], &files[2]).expect("it loads");
    if let Some(shortlist) = files.get(3) {
        engine = engine.with_shortlist_bytes(shortlist);
    }
    let vocabulary = SpmVocab::from_bytes(&files[1]);
    for (index, line) in stdin().lock().lines().enumerate() {
        let text: String = tinyjson_string(&line.expect("it is text"));
        let source = vocabulary.encode_with_eos(&text);
        let tokens = engine.greedy(&source);
        let mut more = String::new();
        if (20..24).contains(&index) {
            let aligned = engine.translate_aligned(&text);
            let (encoder, _, logits, _) = engine.dump_reference(&text);
            more = format!(",\\"alignment\\":{:?},\\"encoder\\":{encoder:?},\\"logits\\":{logits:?}", aligned.alignments);
        }
        println!("{{\\"source\\":{source:?},\\"tokens\\":{tokens:?}{more}}}");
    }
}
fn tinyjson_string(hex: &str) -> String {
    let bytes = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("it is hex"));
    String::from_utf8(bytes.collect()).expect("it is text")
}
"""
MANIFEST = """[package]
name = "probe"
version = "0.0.0"
edition = "2024"
[dependencies]
fxtranslate = { version = "=0.5.0", default-features = false, features = ["lean-embed", "portable"] }
"""
# Loads the model in the arguments and calls `main` with the work in the last one; benches/peers/bergamot.py has another `main`.
CLIENT = """
const fs = require('fs');
const {Worker} = require('worker_threads');
const [worker, model, lex, ...rest] = process.argv.slice(2);
const work = JSON.parse(fs.readFileSync(rest.pop(), 'utf8'));
const buffer = (path) => { const bytes = fs.readFileSync(path); return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength); };
const thread = new Worker(worker);
let serial = 0;
const waiting = new Map();
thread.on('message', ({id, result, error}) => { const [resolve, reject] = waiting.get(id); error ? reject(Object.assign(new Error(), error)) : resolve(result); });
const call = (name, ...args) => new Promise((resolve, reject) => { const id = ++serial; waiting.set(id, [resolve, reject]); thread.postMessage({id, name, args}); });
const pair = {from: 'xx', to: 'yy'};
const translate = (texts) => call('translate', {models: [pair], texts: texts.map((text) => ({text, html: false, qualityScores: false}))});
(async () => {
  await call('initialize', {cacheSize: 0});
  await call('loadTranslationModel', pair, {model: buffer(model), shortlist: buffer(lex), vocabs: rest.map(buffer), config: {'ssplit-mode': 'sentence'}});
  console.log(JSON.stringify(await main(work)));
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
"""
NODE = CLIENT + """
async function main(texts) {
  const answers = [];
  // One at a time: a batch would have one shortlist for all.
  for (const text of texts) answers.push((await translate([text]))[0].target.text);
  return answers;
}
"""


class Programs:
    def __init__(self):
        self.folder = Path(os.environ.get("BERGAMOT_PROGRAMS") or tempfile.mkdtemp())
        probe = self.folder / "probe"
        (probe / "src").mkdir(parents=True, exist_ok=True)
        (probe / "src/main.rs").write_text(PROBE)
        (probe / "Cargo.toml").write_text(MANIFEST)
        quiet = {"cwd": probe, "check": True, "env": {**os.environ, "CARGO_TARGET_DIR": str(self.folder / "target")}}
        subprocess.run(["cargo", "build", "--release", "--quiet"], **quiet)
        (self.folder / "node.cjs").write_text(NODE)
        if not (self.folder / "node_modules").exists():
            package = "@browsermt/bergamot-translator@0.4.9"
            subprocess.run(["npm", "install", "--silent", "--prefix", str(self.folder), package], check=True)
        # The worker is CommonJS, but its package declares ES modules.
        worker = self.folder / "node_modules/@browsermt/bergamot-translator/worker"
        (worker / "package.json").write_text('{"type": "commonjs"}')
        self.worker = worker / "translator-worker.js"

    def exact(self, files, texts):
        arguments = [str(self.folder / "target/release/probe"), *map(str, files)]
        lines = "\n".join(text.encode().hex() for text in texts) + "\n"
        run = subprocess.run(arguments, input=lines, capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def native(self, files, texts):
        import fxtranslate

        translator = fxtranslate.Translator(*(Path(path).read_bytes() for path in files))
        print("fxtranslate runs on", translator.backend())
        return [translator.translate(text) for text in texts]

    def wasm(self, files, texts):
        model, source, target, shortlist = map(str, files)
        vocabularies = [source] if source == target else [source, target]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as asked:
            json.dump(texts, asked)
            asked.flush()
            arguments = ["node", str(self.folder / "node.cjs"), str(self.worker), model, shortlist, *vocabularies, asked.name]
            run = subprocess.run(arguments, capture_output=True, text=True)
        if run.returncode:
            print("bergamot-translator:", run.stderr[-2000:], run.stdout[-2000:])
            return None
        return json.loads(run.stdout.splitlines()[-1])


# ---- the references


def rounded(values):
    return [float(f"{value:.5g}") for value in values]


def cases(programs, student, files, texts, keep):
    """Runs all implementations on `texts`. Keeps encoder states, logits and alignments of `keep` texts."""
    if student.activation != "relu":
        # fxtranslate supports only relu.
        return [{"text": text, "wasm": answer} for text, answer in zip(texts, programs.wasm(files, texts))]
    exact = programs.exact(files, texts)
    # Without a shortlist, a published vocabulary takes minutes.
    without = programs.exact(files[:3], texts) if keep and len(files) == 4 else None
    native = programs.native(files, texts)
    wasm = programs.wasm(files, texts) if len(files) == 4 and student.quants else None
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(files[2]))
    result = []
    for index, text in enumerate(texts):
        case = {"text": text, "source": exact[index]["source"], "tokens": exact[index]["tokens"], "native": native[index]}
        if without and index % 10 == 0:
            case["without"] = without[index]["tokens"]
        if wasm is not None and wasm[index].strip() != native[index].strip():
            case["wasm"] = wasm[index]
        if 20 <= index < 20 + keep:
            case["alignment"] = [rounded(row) for row in exact[index]["alignment"]]
            case["encoder"] = rounded(exact[index]["encoder"])
            case["logits"] = rounded(exact[index]["logits"])
        result.append(case)
    text = lambda case: pieces.decode(case["tokens"]).strip()  # noqa: E731
    same = lambda key: sum(text(case) == case.get(key, case["native"]).strip() for case in result)  # noqa: E731
    print(f"{len(texts)} texts: exact = native {same('native')}" + (f", = wasm {same('wasm')}" if wasm is not None else ""),
          "different answers:", len({tuple(case["tokens"]) for case in result}))  # fmt: skip
    if wasm is not None:
        # Marian cuts outputs at twice the source length, the crate four tokens later.
        ended = [case for case in result if len(case["tokens"]) < 2 * len(case["source"])]
        print(f"of {len(ended)} outputs below twice the source length, wasm agrees in",
              sum("wasm" not in case for case in ended))  # fmt: skip
    return result


def make(programs, folder, student, vocabularies, languages, first, best, texts, keep, floats=False):
    pieces = sentencepiece.SentencePieceProcessor(model_proto=vocabularies[0])
    samples = [pieces.encode(text) + [END] for text in texts[-(40 if keep else 6) :]]
    # Published shapes take seconds per try.
    student.calibrate(samples, 0.25 if keep else 2.0)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    kind = "" if floats else ".intgemm.alphas"
    files = {f"model.{languages}{kind}.bin": student.binary(floats)}
    names = ["vocab"] if student.shared else ["srcvocab", "trgvocab"]
    files |= {f"{name}.{languages}.spm": content for name, content in zip(names, vocabularies)}
    if best:
        files[f"lex.{first}.{best}.{languages}.s2t.bin"] = lexicon(student.sources, student.targets, first, best, 5)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths = [folder / name for name in files]
    model, source, target = paths[0], paths[1], paths[1 if student.shared else 2]
    return cases(programs, student, [model, source, target, *(paths[-1:] if best else [])], texts, keep)


def committed():
    programs = Programs()
    lines = {language: sentences(language, 4000, 1) for language in WORDS}
    both = train_pieces([line for pair in zip(lines["en"], lines["fr"]) for line in pair], 640,
                        normalization_rule_name="identity", hard_vocab_limit=False)  # fmt: skip
    reference = {}
    student = Student("small", None, unwritten(both), 11)
    texts = HOSTILE + sentences("en", 500 - len(HOSTILE), 2)
    reference["shared"] = make(programs, HERE / "bergamot-shared", student, [both], "enfr", 40, 8, texts, 2)
    split = [train_pieces(lines[language], 448, normalization_rule_name="identity", hard_vocab_limit=False) for language in ("en", "ru")]
    student = Student("smaller", unwritten(split[0])[0], unwritten(split[1]), 12)
    reference["split"] = make(programs, HERE / "bergamot-split", student, split, "enru", 32, 6, sentences("en", 100, 3), 1)
    student = Student("smaller", None, unwritten(split[0]), 14, activation="swish")
    reference["swish"] = make(programs, HERE / "bergamot-swish", student, split[:1], "ruen", 32, 6, sentences("en", 100, 7), 1)
    student = Student("float", None, unwritten(split[0]), 13)
    reference["float"] = make(programs, HERE / "bergamot-float", student, split[:1], "fren", 0, 0, sentences("en", 60, 4), 1, floats=True)
    (HERE / "bergamot.json").write_text(json.dumps(reference, ensure_ascii=False, separators=(",", ":")) + "\n")


def full(shape, folder, text, count, saturate):
    lines = [line.strip() for path in text for line in Path(path).read_text().splitlines() if 20 < len(line) < 400]
    lines = lines or [line for language in WORDS for line in sentences(language, 4000, 1)]
    model = train_pieces(lines[:200_000], 32_000, normalization_rule_name="nmt_nfkc", hard_vocab_limit=False)
    student = Student(shape, None, unwritten(model), 17, limit=127 if saturate else 63)
    rng = random.Random(6)
    short = [line for line in lines if len(line.split()) <= 40 and line[-1:] in ".!?"]
    texts = rng.sample(short, min(count, len(short)))
    reference = make(Programs(), Path(folder), student, [model], "enfr", 50, 50, texts, 0)
    (Path(folder) / "reference.json").write_text(json.dumps(reference, ensure_ascii=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--text", nargs="*", default=[])
    parser.add_argument("--sentences", type=int, default=500)
    parser.add_argument("--saturate", action="store_true")
    arguments = parser.parse_args()
    if arguments.shape:
        full(arguments.shape, arguments.folder, arguments.text, arguments.sentences, arguments.saturate)
    else:
        committed()
