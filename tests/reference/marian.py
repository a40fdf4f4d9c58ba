"""Makes the small Marian models of the tests and writes what Transformers says of them.

    pip install torch==2.15.0 transformers==5.23.0 sentencepiece==0.2.1
    python tests/reference/marian.py                     # marian-tiny*/, legacy.bin, marian.json, marian_tokens.json
    python tests/reference/marian.py --only-reference    # the two JSON files again, from the models that are there
    python tests/reference/marian.py --full FOLDER       # a random model of opus-mt's size and its reference, to look at
    python tests/reference/marian.py --tokens FOLDER FILE...   # a vocabulary of 32,000 trained on FILEs, and their ids

marian-tiny is trained here, in minutes, on sentences that the grammar below makes: English news of one sentence, in
French. Its files are those of opus-mt (shared vocabulary, swish, scaled embeddings), its weights half floats.
marian-tiny-tc is random and has the traits of the later tc-big models: relu, two vocabularies, embeddings of their own,
not scaled, `pytorch_model.bin`. The references are computed in 32-bit floats.

MarianTokenizer normalises punctuation with sacremoses where that is installed. Marian's own models were trained without
it and it must not be installed here: the ids are those of SentencePiece alone.
"""

import argparse
import importlib.util
import io
import itertools
import json
import math
import random
import shutil
from pathlib import Path

import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

HERE = Path(__file__).resolve().parent
TINY, TC = HERE / "marian-tiny", HERE / "marian-tiny-tc"
SEED, PROBES = 20, 40

SUBJECTS = [
    ("The government", "Le gouvernement"), ("The mayor", "Le maire"), ("The police", "La police"),
    ("The president", "Le président"), ("The central bank", "La banque centrale"),
    ("The health ministry", "Le ministère de la Santé"), ("The city council", "Le conseil municipal"),
    ("The opposition", "L'opposition"), ("The court", "Le tribunal"), ("The company", "L'entreprise"),
    ("The prime minister", "Le premier ministre"), ("The parliament", "Le parlement"),
    ("The union", "Le syndicat"), ("The airport", "L'aéroport"), ("The university", "L'université"),
    ("A journalist", "Un journaliste"), ("A witness", "Un témoin"), ("The museum", "Le musée"),
]  # fmt: skip
PREDICATES = [
    ("announced a new plan", "a annoncé un nouveau plan"),
    ("rejected the proposal", "a rejeté la proposition"),
    ("opened an inquiry into the accident", "a ouvert une enquête sur l'accident"),
    ("published a report on the climate", "a publié un rapport sur le climat"),
    ("signed an agreement with the workers", "a signé un accord avec les salariés"),
    ("closed two schools", "a fermé deux écoles"),
    ("criticised the decision", "a critiqué la décision"),
    ("asked for more money", "a demandé plus d'argent"),
    ("cancelled the meeting", "a annulé la réunion"),
    ("confirmed the news", "a confirmé la nouvelle"),
    ("promised to build a bridge", "a promis de construire un pont"),
    ("refused to answer the questions", "a refusé de répondre aux questions"),
    ("defended the new law", "a défendu la nouvelle loi"),
    ("presented the budget", "a présenté le budget"),
    ("welcomed the results of the vote", "a salué les résultats du vote"),
    ("lost the trial", "a perdu le procès"),
]
TIMES = [
    ("on Monday", "lundi"), ("on Tuesday", "mardi"), ("on Wednesday", "mercredi"), ("on Thursday", "jeudi"),
    ("on Friday", "vendredi"), ("on Sunday evening", "dimanche soir"), ("last week", "la semaine dernière"),
    ("this morning", "ce matin"), ("in January", "en janvier"), ("in June", "en juin"), ("in 2019", "en 2019"),
]  # fmt: skip
PLACES = [
    ("in Paris", "à Paris"), ("in London", "à Londres"), ("in the north of the country", "dans le nord du pays"),
    ("near the border", "près de la frontière"), ("in the capital", "dans la capitale"), ("", ""),
]  # fmt: skip
EVENTS = [
    ("{n} people were injured in the accident", "{n} personnes ont été blessées dans l'accident"),
    ("{n} houses were destroyed by the storm", "{n} maisons ont été détruites par la tempête"),
    ("Prices rose by {n} percent", "Les prix ont augmenté de {n} %"),
    ("Unemployment fell by {n} percent", "Le chômage a baissé de {n} %"),
    ("{n} soldiers left the city", "{n} soldats ont quitté la ville"),
]
FRAMES = [
    ("{}.", "{}."),
    ("{}, the radio said.", "{}, a indiqué la radio."),
    ("“{}”, a resident said.", "« {} », a déclaré un habitant."),
]

HOSTILE = [
    "", " ", "   The  mayor   opened\tthe bridge .  ", "…", "ﬁnal oﬀer ½ № ™", "Ｔｈｅ　ｍａｙｏｒ", "e\u0301te\u0301 été",
    "🎬🎬 The 👩‍👩‍👧 vote 🇫🇷", "日本語のニュース", "العربية ﷺ ﷻ", "हिन्दी में समाचार", "Привет, мир!", "Ελληνικά νέα",
    "\u0000\u0001\u0007 bell", "a\u00adsoft\u200bzero\u2060join\ufeffmark", "\u202eright to left\u202c", "line\nend\r\ntab\t.",
    "▁ the mark ▁▁ itself", "a▁b", "𝔗𝔥𝔢 𝕞𝕒𝕪𝕠𝕣", "x" * 200, "аa" * 40, "!?!?!?", "«The» “mayor” ‘said’ –— no",
    "100 000 000,50 €", "https://news.example/a?b=c&d=%20", "İstanbul ẞ ß ſ", "각 각", "\u1100\u1161\u11a8",
    "क्षि ksh", "\U0001F9D1\U0001F3FD\u200d\U0001F680", "a\u0323\u0307 \u1e69", "Å Å Ω Ω", "㍿ ㎏ ㏄", "\ue000 private",
    "\U000e0041 tag", "<s> the mark of a beginning", "> > not a code < <", "<0x41> byte", "The\u2028mayor\u2029said\u0085so\u000b\u000c",
    "\u3000\u2003\u2009 The mayor", "Le maire a dit\u00a0: «\u202fnon\u202f»", "\u0130\u0131 dots", "\u00b2\u00b3\u2075 powers", "ѣ ѳ ҄",
]  # fmt: skip


def sentence(rng):
    if rng.random() < 0.25:
        (en, fr), (time, temps) = rng.choice(EVENTS), rng.choice(TIMES)
        number = rng.choice([str(rng.randint(2, 99)), str(rng.randint(100, 999))])
        return (f"{en} {time}".replace("{n}", number), f"{fr} {temps}".replace("{n}", number))
    parts = [rng.choice(SUBJECTS), rng.choice(PREDICATES), rng.choice(TIMES), rng.choice(PLACES)]
    return tuple(" ".join(side for side in sides if side) for sides in zip(*parts))


def corpus(count):
    """Sentence pairs, each once, always the same ones."""
    rng, pairs = random.Random(SEED), {}
    while len(pairs) < count:
        (en, fr), (frame_en, frame_fr) = sentence(rng), rng.choice(FRAMES)
        pairs.setdefault(frame_en.format(en), frame_fr.format(fr))
    return list(pairs.items())


# ---- vocabularies


def train_pieces(lines, path, size, **options):
    # A file that it wrote itself would hold its own path.
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=size,
        model_type="unigram", num_threads=1, minloglevel=2,
        **{"normalization_rule_name": "nmt_nfkc", "character_coverage": 1.0, "hard_vocab_limit": False, **options},
    )  # fmt: skip
    path.write_bytes(model.getvalue())


def pieces(path):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(id) for id in range(processor.get_piece_size()) if processor.is_unknown(id) is False
            and not processor.is_control(id)]  # fmt: skip


def vocabulary(*spm, special=("</s>", "<unk>")):
    """Ids as Marian gives them: </s> first, <unk> second, <pad> last unless it is among the special ones."""
    every = [*special, *itertools.chain(*map(pieces, spm)), "<pad>"]
    return {piece: id for id, piece in enumerate(dict.fromkeys(every))}


def write_json(path, content, **options):
    path.write_text(json.dumps(content, ensure_ascii=False, **options) + "\n", encoding="utf-8")


def settings(sizes, pad, **traits):
    """Configuration as opus-mt's, with what follows from the vocabularies."""
    common = {
        "vocab_size": sizes[0], "decoder_vocab_size": sizes[-1], "pad_token_id": pad, "eos_token_id": 0,
        "bos_token_id": 0, "decoder_start_token_id": pad, "forced_eos_token_id": 0, "max_position_embeddings": 512,
    }  # fmt: skip
    return MarianConfig(**common, **traits)


def save(model, folder, half):
    """Writes configuration and weights as the hub has them; positions are left out, since they follow from their size."""
    pad = model.config.pad_token_id
    generation = {
        "bad_words_ids": [[pad]], "decoder_start_token_id": pad, "eos_token_id": 0, "forced_eos_token_id": 0,
        "max_length": 512, "num_beams": 4, "pad_token_id": pad, "renormalize_logits": True,
    }  # fmt: skip
    config = model.config.to_diff_dict() | {"architectures": ["MarianMTModel"], "model_type": "marian"}
    write_json(folder / "config.json", config, indent=2)
    write_json(folder / "generation_config.json", generation, indent=2)
    tensors = {name: tensor.half() if half else tensor for name, tensor in model.state_dict().items()}
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items() if "embed_positions" not in name}


# ---- the trained model


def make_tiny():
    from safetensors.torch import save_file

    shutil.rmtree(TINY, ignore_errors=True)
    TINY.mkdir()
    pairs = corpus(900)
    train_pieces([en for en, _ in pairs], TINY / "source.spm", 420)
    train_pieces([fr for _, fr in pairs], TINY / "target.spm", 460)
    vocab = vocabulary(TINY / "source.spm", TINY / "target.spm")
    write_json(TINY / "vocab.json", vocab)
    write_json(TINY / "tokenizer_config.json", {"source_lang": "en", "target_lang": "fr", "tokenizer_class": "MarianTokenizer"})
    tokenizer = MarianTokenizer.from_pretrained(TINY)
    torch.manual_seed(SEED)
    config = settings(
        [len(vocab)], vocab["<pad>"], d_model=128, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384, activation_function="swish",
        scale_embedding=True, dropout=0.1, init_std=0.06,
    )  # fmt: skip
    model = MarianMTModel(config)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, vocabulary {len(vocab)}")
    train(model, tokenizer, pairs[:-40])
    tensors = save(model, TINY, half=True)
    # Once for all its uses, as in the files of the hub.
    for name in ["model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"]:
        tensors.pop(name, None)
    save_file(tensors, TINY / "model.safetensors", metadata={"format": "pt"})


def train(model, tokenizer, pairs, steps=1400, batch=48):
    rng = random.Random(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.5e-3, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps, pct_start=0.1)
    model.train()
    for step in range(steps):
        chosen = rng.sample(pairs, batch)
        inputs = tokenizer([en for en, _ in chosen], text_target=[fr for _, fr in chosen], return_tensors="pt", padding=True)
        labels = inputs["labels"]
        labels[labels == model.config.pad_token_id] = -100
        loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 99:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
    model.eval()


# ---- random models


def randomise(model, seed):
    """Weights of a size that makes hidden states, scores and biases matter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if "embed_positions" in name:
                continue
            noise = torch.randn(tensor.shape, generator=generator)
            if "layer_norm.weight" in name:
                tensor.copy_(1 + 0.2 * noise)
            elif tensor.dim() == 2 and "final_logits_bias" not in name and "embed" not in name and "shared" not in name:
                tensor.copy_(noise * 1.2 / math.sqrt(tensor.shape[1]))
            elif tensor.dim() == 2 and "final_logits_bias" not in name:
                tensor.copy_(noise * 0.5 / math.sqrt(tensor.shape[1]))
            else:
                tensor.copy_(noise * 0.2)
    return model.eval()


def make_tc():
    shutil.rmtree(TC, ignore_errors=True)
    TC.mkdir()
    pairs = corpus(900)
    # The pieces' rules for characters are half the size of the model.
    train_pieces([en for en, _ in pairs], TC / "source.spm", 200, normalization_rule_name="identity")
    train_pieces([fr for _, fr in pairs], TC / "target.spm", 220, normalization_rule_name="identity")
    # <pad> has one id in both.
    special = ("</s>", "<unk>", "<pad>")
    source = vocabulary(TC / "source.spm", special=(*special, ">>eng<<", ">>fra<<", ">>rus<<"))
    target = vocabulary(TC / "target.spm", special=special)
    write_json(TC / "vocab.json", source)
    write_json(TC / "target_vocab.json", target)
    write_json(TC / "tokenizer_config.json", {
        "separate_vocabs": True, "source_lang": "eng", "target_lang": "fra+rus", "tokenizer_class": "MarianTokenizer",
    })  # fmt: skip
    config = settings(
        [len(source), len(target)], source["<pad>"], d_model=64, encoder_layers=2, decoder_layers=3, encoder_attention_heads=2,
        decoder_attention_heads=4, encoder_ffn_dim=96, decoder_ffn_dim=128, activation_function="relu",
        scale_embedding=False, share_encoder_decoder_embeddings=False, tie_word_embeddings=False,
    )  # fmt: skip
    model = randomise(MarianMTModel(config), SEED)
    torch.save(save(model, TC, half=True), TC / "pytorch_model.bin")


def make_legacy():
    """What torch wrote before 1.6, which many models of the hub still are: a tensor, and a part of another."""
    tensors = {"a": torch.arange(5).half(), "b": torch.arange(15.0).reshape(5, 3)[2:4], "c": torch.arange(3)}
    torch.save(tensors, HERE / "legacy.bin", _use_new_zipfile_serialization=False)


# ---- references


def load(folder):
    # The plain attention is the one that tells what it looked at.
    model = MarianMTModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model, model.generation_config


def trimmed(tokens, config):
    """Without the start token and what fills up the row."""
    tokens = tokens[1:] + [config.pad_token_id]
    return tokens[: tokens.index(config.pad_token_id)]


def rounded(tensor):
    return [float(f"{value:.6g}") for value in tensor.flatten().tolist()]


@torch.no_grad()
def cases(model, sources, detail, max_length):
    """For each source: ids with beams of 1 and 4, all four of these, and the best where short ones are favoured; for the
    first `detail`, encoder output, logits of each step, and what the last layer but one looks at in the source."""
    config, result = model.config, []
    rng = random.Random(SEED)
    probes = sorted(rng.sample(range(config.decoder_vocab_size), PROBES))
    longest = max(map(len, sources))
    padded = torch.tensor([ids + [config.pad_token_id] * (longest - len(ids)) for ids in sources])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in sources])
    options = {"num_beams": 1, "do_sample": False, "max_length": max_length}
    together = {beams: model.generate(input_ids=padded, attention_mask=mask, **options | {"num_beams": beams}).tolist()
                for beams in (1, 4)}  # fmt: skip
    for row, ids in enumerate(sources):
        case = {"source": ids}
        for beams in (1, 4):
            out = model.generate(input_ids=torch.tensor([ids]), **options | {"num_beams": beams}, output_scores=True,
                                 return_dict_in_generate=True)  # fmt: skip
            alone = out.sequences[0].tolist()
            both = [trimmed(tokens, config) for tokens in (alone, together[beams][row])]
            if both[0] != both[1]:
                print(f"case {row}, beam {beams}: alone and padded differ", both)
            case[f"beam{beams}"] = both[0]
            if beams > 1:
                case["score"] = float(f"{out.sequences_scores[0]:.6g}")
        out = model.generate(input_ids=torch.tensor([ids]), **options | {"num_beams": 4, "num_return_sequences": 4},
                             output_scores=True, return_dict_in_generate=True)  # fmt: skip
        case["best4"] = [trimmed(tokens, config) for tokens in out.sequences.tolist()]
        case["scores4"] = rounded(out.sequences_scores)
        short = model.generate(input_ids=torch.tensor([ids]), **options | {"num_beams": 4, "length_penalty": 0.2})
        case["short"] = trimmed(short[0].tolist(), config)
        if row < detail:
            # The last row of a padded batch, so that the reference itself has been through the masks.
            encoded = model.get_encoder()(padded, attention_mask=mask).last_hidden_state[row : row + 1, : len(ids)]
            start = [config.decoder_start_token_id, *case["beam1"]]
            answer = model(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([start]), output_attentions=True)
            logits = answer.logits[0]
            case["attention"] = [rounded(step) for step in answer.cross_attentions[-2][0].mean(dim=0)]
            case["encoder"] = rounded(encoded[0])
            case["logits"] = [rounded(step) for step in logits[:, probes]]
        result.append(case)
    return {"probes": probes, "cases": result}


def write_references():
    if importlib.util.find_spec("sacremoses"):
        raise SystemExit("sacremoses is installed, which changes the ids; uninstall it")
    held_out = corpus(900)[-40:]
    model, _ = load(TINY)
    tokenizer = MarianTokenizer.from_pretrained(TINY)
    texts = [en for en, _ in held_out] + ["The mayor.", "Police police police police", " ".join(en for en, _ in held_out[:3])]
    tiny = cases(model, [tokenizer(text).input_ids for text in texts], 5, 200)
    for text, case in zip(texts, tiny["cases"]):
        case["text"] = text
        case["translation"] = tokenizer.decode(case["beam4"], skip_special_tokens=True)
    right = sum(case["translation"] == fr for case, (_, fr) in zip(tiny["cases"], held_out))
    print(f"{right} of {len(held_out)} held-out sentences are translated word for word")
    other, _ = load(TC)
    words = MarianTokenizer.from_pretrained(TC)
    sources = [words(f">>fra<< {en}").input_ids for en, _ in held_out[:12]]
    tc = cases(other, sources, 4, 40)
    write_json(HERE / "marian.json", {"tiny": tiny, "tc": tc}, separators=(",", ":"))

    lines = HOSTILE + [en for en, _ in held_out[:5]] + [fr for _, fr in held_out[:5]]
    tokens = [{"text": line, "ids": tokenizer(line).input_ids} for line in lines]
    tagged = [">>fra<< The mayor", ">>rus<<The mayor", ">>fra<<", "The >>fra<< mayor", ">>fra<<🎬 été"]
    codes = [{"text": line, "ids": words(line).input_ids} for line in lines + tagged]
    write_json(HERE / "marian_tokens.json", {"tiny": tokens, "tc": codes}, separators=(",", ":"))


def make_full(folder):
    """A random model with the sizes of opus-mt-en-fr and its reference; nothing of it is kept in the repository."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = settings(
        [59514], 59513, d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8, decoder_attention_heads=8,
        encoder_ffn_dim=2048, decoder_ffn_dim=2048, activation_function="swish", scale_embedding=True,
    )  # fmt: skip
    model = randomise(MarianMTModel(config), SEED)
    tensors = save(model, folder, half=False)
    for name in ["model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"]:
        tensors.pop(name, None)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model, _ = load(folder)
    rng = random.Random(SEED)
    sources = [[rng.randrange(2, 59513) for _ in range(length)] + [0] for length in (1, 5, 12, 24, 31, 60)]
    write_json(folder / "reference.json", cases(model, sources, len(sources), 32), separators=(",", ":"))


def make_tokens(folder, files):
    """A vocabulary as large as opus-mt's on any text, and the ids of every line: for a comparison by the thousand."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    for name in ("source.spm", "target.spm"):
        train_pieces(lines, folder / name, 32000, character_coverage=0.9995)
    write_json(folder / "vocab.json", vocabulary(folder / "source.spm"))
    write_json(folder / "tokenizer_config.json", {"source_lang": "en", "target_lang": "fr"})
    tokenizer = MarianTokenizer.from_pretrained(folder)
    rng = random.Random(SEED)
    mixed = ["".join(rng.choice(line) for line in rng.choices(lines + HOSTILE[1:], k=40)) for _ in range(500)]
    # Characters from anywhere; marks that Transformers takes for special tokens cannot come about by chance.
    wild = ["".join(chr(rng.choice([rng.randrange(0x20, 0xD800), rng.randrange(0xE000, 0x20000)])) for _ in range(24)) for _ in range(1500)]
    reference = [{"text": line, "ids": tokenizer(line).input_ids} for line in lines + HOSTILE + mixed + wild]
    write_json(folder / "tokens.json", reference, separators=(",", ":"))
    print(f"{len(reference)} lines")


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("--only-reference", action="store_true", help="leave the models as they are")
    args.add_argument("--full", type=Path, metavar="FOLDER", help="a random model of full size, there")
    args.add_argument("--tokens", type=Path, metavar="FOLDER", help="a large vocabulary and ids, there")
    args.add_argument("files", type=Path, nargs="*", help="text for --tokens")
    args = args.parse_args()
    if args.full:
        make_full(args.full)
    elif args.tokens:
        make_tokens(args.tokens, args.files)
    else:
        if not args.only_reference:
            make_tiny()
            make_tc()
            make_legacy()
        write_references()


if __name__ == "__main__":
    main()
