"""Makes the small T5 models of the tests and writes what Transformers and SentencePiece say of them.

    pip install torch==2.15.0 transformers==5.23.0 sentencepiece==0.2.1
    python tests/reference/t5.py                     # mt5-tiny/, t5-tiny/, t5.json, t5_tokens.json
    python tests/reference/t5.py --only-reference    # the two JSON files again, from the models that are there
    python tests/reference/t5.py --full FOLDER       # a random model of mt5-small's size and its reference, to look at

mt5-tiny is trained here, in minutes, to say the first sentence of a text without its time. The texts are those of the
grammar of marian.py, in English and French, and one in Russian below. Its files are those of mT5 (gated GELU, an output
projection of its own, bytes for characters without a piece), its weights half floats. t5-tiny is random and has the
traits of the first T5: ReLU, the embedding as output projection, scaled; `pytorch_model.bin`; its buckets of distances are
few and end early, so that short sentences leave them. The references are computed in 32-bit floats.

The ids are SentencePiece's own with </s> behind them, which is what the published models were trained with. Transformers'
T5Tokenizer of version 4.57.1 gives the same for all lines but those that spell special tokens out; that of the fifth version
cuts text at white space first and knows no bytes.
"""

import argparse
import io
import json
import math
import random
import shutil
from pathlib import Path

import sentencepiece
import torch
from marian import EVENTS, HOSTILE, PLACES, PREDICATES, SUBJECTS, TIMES, rounded, write_json
from safetensors.torch import save_file
from transformers import MT5Config, MT5ForConditionalGeneration, T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

HERE = Path(__file__).resolve().parent
MT5, T5 = HERE / "mt5-tiny", HERE / "t5-tiny"
SEED, PROBES = 20, 32
# So many tokens in a row are not said twice in one of the answers.
NGRAM = 2
PAD, END, UNKNOWN = 0, 1, 2
# Marks of gaps, as mT5's vocabulary has them; T5 counts a hundred of them behind its vocabulary.
MARKS = ["▁<extra_id_1>", "▁<extra_id_0>"]
EXTRA_IDS = 100

RUSSIAN = {
    "subjects": ["Президент", "Мэр", "Суд", "Парламент", "Премьер-министр", "Центральный банк", "Городской совет",
                 "Профсоюз", "Аэропорт", "Университет", "Журналист", "Свидетель"],
    "predicates": ["объявил о новом плане", "отклонил предложение", "опубликовал доклад о климате", "закрыл две школы",
                   "раскритиковал решение", "попросил больше денег", "отменил встречу", "подтвердил новость",
                   "обещал построить мост", "отказался отвечать на вопросы", "представил бюджет"],
    "times": ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "на прошлой неделе", "утром", "в июне"],
    "places": ["в Париже", "в Москве", "на севере страны", "у границы", "в столице", ""],
    "events": ["При аварии пострадали {n} человек", "Буря разрушила {n} домов", "Цены выросли на {n} %",
               "Город покинули {n} солдат"],
}  # fmt: skip


# ---- texts


def column(pairs, side):
    return [pair[side] for pair in pairs]


GRAMMARS = [
    *({"subjects": column(SUBJECTS, side), "predicates": column(PREDICATES, side), "times": column(TIMES, side),
       "places": column(PLACES, side), "events": column(EVENTS, side)} for side in (0, 1)),
    RUSSIAN,
]  # fmt: skip


def article(rng, length=None):
    """A text and its summary."""
    grammar = rng.choice(GRAMMARS)
    subject, predicate, place = (rng.choice(grammar[part]) for part in ("subjects", "predicates", "places"))
    summary = " ".join(part for part in (subject, predicate, place) if part)
    sentences = [f"{summary} {rng.choice(grammar['times'])}."]
    for _ in range(length or rng.randint(0, 4)):
        if rng.random() < 0.5:
            number = str(rng.randint(2, 999))
            sentences.append(f"{rng.choice(grammar['events'])} {rng.choice(grammar['times'])}.".replace("{n}", number))
        else:
            parts = ("subjects", "predicates", "places", "times")
            sentences.append(" ".join(part for part in map(rng.choice, map(grammar.get, parts)) if part) + ".")
    return " ".join(sentences), f"{summary}."


def train_pieces(lines, path, size, **options):
    """As the vocabularies of T5 were made; the order of the special pieces is theirs."""
    # A file that it wrote itself would hold its own path.
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=size, model_type="unigram", num_threads=1, minloglevel=2,
        pad_id=PAD, eos_id=END, unk_id=UNKNOWN, bos_id=-1, character_coverage=1.0, hard_vocab_limit=False, **options,
    )  # fmt: skip
    path.write_bytes(model.getvalue())


def pieces(folder):
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))


# ---- models


def settings(folder, config, **generation):
    """Both configurations, as files of the hub have them."""
    skipped = ("dense_act_fn", "is_gated_act", "scale_decoder_outputs", "transformers_version", "dtype")
    content = {key: value for key, value in config.to_diff_dict().items() if key not in skipped}
    name = "MT5ForConditionalGeneration" if config.model_type == "mt5" else "T5ForConditionalGeneration"
    # As published: the fifth version of Transformers would say that all have their embedding as output projection.
    tied = config.model_type != "mt5"
    every = {"num_heads": config.num_heads, "feed_forward_proj": config.feed_forward_proj, "pad_token_id": PAD,
             "eos_token_id": END, "decoder_start_token_id": PAD}  # fmt: skip
    write_json(folder / "config.json",
               {"architectures": [name], "model_type": config.model_type, **content, **every, "tie_word_embeddings": tied}, indent=2)  # fmt: skip
    special = {"decoder_start_token_id": PAD, "eos_token_id": END, "pad_token_id": PAD}
    write_json(folder / "generation_config.json", special | generation, indent=2)


def untied(config):
    """mT5 as it is published, with an output projection of its own."""
    config.tie_word_embeddings = False
    model = MT5ForConditionalGeneration(config)
    # Without ties, the fifth version of Transformers would give each stack an embedding of its own, too.
    model.set_input_embeddings(model.shared)
    assert model.encoder.embed_tokens is model.decoder.embed_tokens is model.shared
    return model


def weights(model, half):
    tensors = {name: tensor.half() if half else tensor for name, tensor in model.state_dict().items()}
    # Once for all its uses, as in the safetensors of the hub.
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items() if "embed_tokens" not in name}


def make_mt5():
    shutil.rmtree(MT5, ignore_errors=True)
    MT5.mkdir()
    rng = random.Random(SEED)
    articles = [article(rng) for _ in range(4000)]
    train_pieces([text for text, _ in articles], MT5 / "spiece.model", 1000, byte_fallback=True,
                 normalization_rule_name="nmt_nfkc", user_defined_symbols=MARKS)  # fmt: skip
    tokenizer = pieces(MT5)
    torch.manual_seed(SEED)
    config = MT5Config(
        vocab_size=math.ceil(tokenizer.get_piece_size() / 16) * 16 + 16, d_model=64, d_kv=32, d_ff=128, num_layers=2,
        num_heads=3, dropout_rate=0.05,
    )  # fmt: skip
    model = untied(config)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, vocabulary {tokenizer.get_piece_size()}")
    train(model, tokenizer, rng)
    settings(MT5, config, max_length=84, num_beams=4, length_penalty=0.6, no_repeat_ngram_size=NGRAM)
    write_json(MT5 / "tokenizer_config.json", {"extra_ids": 0, "tokenizer_class": "T5Tokenizer"})
    save_file(weights(model, half=True), MT5 / "model.safetensors", metadata={"format": "pt"})


def padded(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def train(model, tokenizer, rng, steps=1200, batch=48):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps, pct_start=0.1)
    model.train()
    for step in range(steps):
        articles = [article(rng) for _ in range(batch)]
        inputs = padded([tokenizer.encode(text)[:160] + [END] for text, _ in articles], PAD)
        labels = padded([tokenizer.encode(summary) + [END] for _, summary in articles], -100)
        loss = model(input_ids=inputs, attention_mask=inputs != PAD, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 99:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
    model.eval()


def randomise(model, sharpness=2, spread=10):
    """Weights of a size that makes distances, scores and norms matter. `sharpness` is that of attention, `spread` that of logits:
    where both are large and layers many, 32 bits are off by more than the tests allow, in the reference, too."""
    generator = torch.Generator().manual_seed(SEED)
    config = model.config
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            if "norm" in name:
                tensor.copy_(1 + 0.2 * noise)
            elif "relative" in name:
                tensor.copy_(noise)
            elif name in ("shared.weight", "lm_head.weight"):
                # Not so large that a tied one says again what it has read.
                tensor.copy_(noise * 0.3)
            elif name.endswith(".q.weight"):
                tensor.copy_(noise * sharpness / math.sqrt(config.d_model * config.d_kv))
            else:
                tensor.copy_(noise * 1.2 / math.sqrt(tensor.shape[1]))
        # Logits far enough from each other, whatever they are scaled by.
        model.decoder.final_layer_norm.weight.mul_(spread if config.model_type == "t5" else spread / math.sqrt(config.d_model))
    return model.eval()


def make_t5():
    shutil.rmtree(T5, ignore_errors=True)
    T5.mkdir()
    rng = random.Random(SEED)
    # The pieces' rules for characters are several times the size of the model.
    train_pieces([article(rng)[0] for _ in range(2000)], T5 / "spiece.model", 320, normalization_rule_name="identity")
    config = T5Config(
        vocab_size=pieces(T5).get_piece_size() + EXTRA_IDS + 12, d_model=32, d_kv=16, d_ff=64, num_layers=3,
        num_decoder_layers=2, num_heads=4, relative_attention_num_buckets=10, relative_attention_max_distance=20,
        feed_forward_proj="relu",
    )  # fmt: skip
    settings(T5, config, max_length=48, no_repeat_ngram_size=NGRAM)
    model = randomise(T5ForConditionalGeneration(config))
    # All names, as torch writes them; those of the embedding have one storage.
    halves = {}
    tensors = {name: halves.setdefault(tensor.data_ptr(), tensor.half()) for name, tensor in model.state_dict().items()}
    torch.save(tensors, T5 / "pytorch_model.bin")


# ---- references


def load(folder):
    kind = MT5ForConditionalGeneration if "mt5" in (folder / "config.json").read_text() else T5ForConditionalGeneration
    model = kind.from_pretrained(folder, dtype=torch.float32).eval()
    different = not torch.equal(model.lm_head.weight, model.shared.weight)
    assert different == (kind is MT5ForConditionalGeneration), "the output projection is not the model's"
    return model


def answer(tokens):
    """Without the start token and without what fills a batch."""
    return tokens[1 : tokens.index(END) + 1]


@torch.no_grad()
def cases(model, sources, detail, max_length):
    """For each source: ids with beams of 1 and 4, and without repetition; for the numbers in `detail`, encoder output and logits of each step."""
    config, result = model.config, []
    probes = sorted(random.Random(SEED).sample(range(3, config.vocab_size), PROBES))
    together, mask = padded(sources, PAD), padded([[1] * len(ids) for ids in sources], 0)
    # What never comes out here either.
    hidden = torch.tensor([PAD, UNKNOWN])
    model.lm_head.register_forward_hook(lambda layer, inputs, output: output.index_fill(-1, hidden, -torch.inf))
    options = {"do_sample": False, "max_length": max_length, "length_penalty": 1.0, "no_repeat_ngram_size": 0, "early_stopping": False,
               "forced_eos_token_id": END}  # fmt: skip
    batch = {beams: model.generate(input_ids=together, attention_mask=mask, num_beams=beams, **options).tolist() for beams in (1, 4)}
    for row, ids in enumerate(sources):
        case = {"source": ids}
        for beams in (1, 4):
            out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), num_beams=beams, **options,
                                 output_scores=True, return_dict_in_generate=True)  # fmt: skip
            both = [answer(tokens) for tokens in (out.sequences[0].tolist(), batch[beams][row])]
            if both[0] != both[1]:
                print(f"case {row}, beam {beams}: alone and padded differ", both)
            case[f"beam{beams}"] = both[0]
            if beams > 1:
                case["score"] = float(f"{out.sequences_scores[0]:.6g}")
        out = model.generate(input_ids=torch.tensor([ids]), num_beams=4, **options | {"no_repeat_ngram_size": NGRAM})[0].tolist()
        case["unrepeated"] = answer(out)
        if row in detail:
            # A row of a padded batch, so that the reference itself has been through the masks.
            encoded = model.get_encoder()(together, attention_mask=mask).last_hidden_state[row : row + 1, : len(ids)]
            start = [PAD, *case["beam1"]]
            logits = model(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([start])).logits[0]
            # Of a long one, some tokens say as much as all.
            case["places"] = [*range(0, len(ids), math.ceil(len(ids) / 16))]
            case["encoder"] = rounded(encoded[0][case["places"]])
            case["logits"] = [rounded(step) for step in logits[:, probes]]
        result.append(case)
    return {"probes": probes, "cases": result}


def buckets():
    """Buckets of keys so far behind (below zero: before) a query, for several settings."""
    result = []
    for count, most in ((32, 128), (10, 20), (32, 300), (2, 4), (7, 50)):
        distances = torch.arange(-320, 321)
        one = {two: T5Attention._relative_position_bucket(distances, bidirectional=two, num_buckets=count, max_distance=most).tolist()
               for two in (True, False) if count > 3 or not two}  # fmt: skip
        result += [{"buckets": count, "most": most, "two_sided": two, "of": of} for two, of in one.items()]
    return result


def write_references():
    rng = random.Random(SEED + 1)
    tokenizer, model = pieces(MT5), load(MT5)
    held_out = [article(rng) for _ in range(20)] + [article(rng, length) for length in (9, 14, 20)]
    texts = [text for text, _ in held_out] + ["Police police police", "The mayor 日本 closed two schools."]
    trained = cases(model, [tokenizer.encode(text) + [END] for text in texts], (0, 5, 21, 22), 84)
    for text, case in zip(texts, trained["cases"]):
        # As its own generation_config.json has it.
        out = model.generate(input_ids=torch.tensor([case["source"]]), forced_eos_token_id=END)[0].tolist()
        case |= {"text": text, "summary": tokenizer.decode([id for id in answer(out) if id != END])}
    right = sum(case["summary"] == summary for case, (_, summary) in zip(trained["cases"], held_out))
    print(f"{right} of {len(held_out)} held-out summaries are right; sources have up to {max(map(len, (case['source'] for case in trained['cases'])))} tokens")
    words, other = pieces(T5), load(T5)
    first = cases(other, [words.encode(text) + [END] for text in texts[:8] + texts[21:22]], (0, 3, 8), 48)
    write_json(HERE / "t5.json", {"mt5": trained, "t5": first, "buckets": buckets()}, separators=(",", ":"))

    lines = HOSTILE + [article(rng)[0] for _ in range(60)]
    lines += ["</s>", "a </s> b", "<pad><unk>", "<extra_id_0>", "The <extra_id_1> mayor", "▁<extra_id_0>", "<0x0A>", "Ё ё Й й", "☃️ snow 🎿", "мэр🎬été"]
    lines += ["".join(rng.choice(line) for line in rng.choices(lines[1:], k=30)) for _ in range(120)]
    lines += ["".join(chr(rng.choice([rng.randrange(0x20, 0xD800), rng.randrange(0xE000, 0x20000)])) for _ in range(12)) for _ in range(80)]
    write_json(HERE / "t5_tokens.json", {
        "mt5": [{"text": line, "ids": tokenizer.encode(line) + [END], "back": tokenizer.decode(tokenizer.encode(line))} for line in lines],
        "t5": [{"text": line, "ids": words.encode(line) + [END]} for line in lines],
    }, separators=(",", ":"))  # fmt: skip
    print(f"ids of {len(lines)} lines")


def make_full(folder):
    """A random model with the sizes of mt5-small and its reference; nothing of it is kept in the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    model = randomise(untied(MT5Config()), sharpness=1, spread=3)
    settings(folder, model.config, max_length=84, no_repeat_ngram_size=NGRAM)
    save_file(weights(model, half=True), folder / "model.safetensors", metadata={"format": "pt"})
    model = load(folder)
    rng = random.Random(SEED)
    sources = [[rng.randrange(3, 250000) for _ in range(length)] + [END] for length in (1, 7, 40, 130, 300)]
    write_json(folder / "reference.json", cases(model, sources, range(len(sources)), 32), separators=(",", ":"))


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--only-reference", action="store_true", help="leave the models as they are")
    args.add_argument("--full", type=Path, metavar="FOLDER", help="a random model of full size, there")
    args = args.parse_args()
    if args.full:
        make_full(args.full)
    else:
        if not args.only_reference:
            make_t5()
            make_mt5()
        write_references()


if __name__ == "__main__":
    main()
