"""Writes tiny-gemma3.gguf, tiny-llama.gguf, tiny-qwen2.gguf, tiny-qwen3.gguf and decoders.json: small random
decoders with what each kind has of its own, and llama.cpp's logits for them.

    pip install llama-cpp-python==0.3.36 gguf==0.19.0
    python tests/reference/decoders.py

- gemma3: local blocks and a global one whose rotary positions are stretched, as in Gemma 3 4B; and a chat
  vocabulary of SentencePiece's kind, in which a text begins with a space and a mark of messages is called
  user-defined, with the ids of a whole message (`chat`);
- llama: rotary positions of neighbours, divided frequencies (`rope_freqs`), an output projection of its own
  in Q4_1, as Llama 3.1 has them;
- qwen2: biases of queries, keys and values, the output tied to the embedding;
- qwen3: normalised queries and keys, heads that are wider than their share, an embedding in float16.

Weights are random, so every part of a network matters; the logits of every token at some positions are kept.
To be compared as in gemma3_logits.py.
"""

import json
from pathlib import Path

import gguf
import numpy as np
from gemma3_logits import case
from llama_cpp import Llama
from smollm2 import INSTRUCTION

HERE = Path(__file__).resolve().parent
WIDTH, FEED_FORWARD, BLOCKS, HEADS, KV_HEADS, POSITIONS = 64, 96, 2, 4, 2, 1024
LOCAL_AND_GLOBAL, WINDOW = 6, 16
CONTROL = ["<|begin|>", "<|im_start|>", "<|im_end|>"]
EVERY = 6
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}{{ '<|im_start|>assistant\n' }}"
)
ARTICLE = "The then mayor, 61, ran into the inn. Été."


def byte_alphabet():
    """A printable character for each byte, as GPT-2 has them."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(plain)))
    return [letters[byte] for byte in range(256)]


def byte_level(file, kind):
    merges = ["t h", "th e", "a n", "i n", "e r"]
    tokens = [*CONTROL, *byte_alphabet(), *(merge.replace(" ", "") for merge in merges)]
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre({"llama": "llama-bpe", "qwen2": "qwen2", "qwen3": "qwen2"}[kind])
    file.add_token_list(tokens)
    file.add_token_types([3] * len(CONTROL) + [1] * (len(tokens) - len(CONTROL)))
    file.add_token_merges(merges)
    file.add_bos_token_id(0)
    file.add_eos_token_id(2)
    file.add_add_bos_token(kind == "llama")
    return len(tokens)


def sentencepiece(file):
    letters = [*"abcdefghijklmnopqrstuvwxyzTE", "▁", ",", ".", "é"]
    pieces = [*letters, "th", "he", "in", "an", "▁t", "▁th", "▁the", "the", "▁a", "er", "en", "▁us", "▁user", "nn"]
    tokens = ["<unk>", *CONTROL, *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    file.add_tokenizer_model("llama")
    file.add_token_list(tokens)
    file.add_token_scores([0.0] * (len(tokens) - len(pieces)) + [-float(at) for at in range(len(pieces))])
    # <|im_start|> and <|im_end|>: user-defined, as some published files have them
    file.add_token_types([2, 3, 4, 4] + [6] * 256 + [1] * len(pieces))
    file.add_bos_token_id(1)
    file.add_eos_token_id(3)
    file.add_add_space_prefix(True)
    return len(tokens)


def write(kind, rng):
    gemma = kind == "gemma3"
    head_dim = 32 if kind == "qwen3" else WIDTH // HEADS
    blocks = LOCAL_AND_GLOBAL if gemma else BLOCKS
    path = HERE / f"tiny-{kind}.gguf"
    file = gguf.GGUFWriter(path, kind)
    file.add_name(f"tiny {kind}")
    file.add_context_length(POSITIONS)
    file.add_embedding_length(WIDTH)
    file.add_block_count(blocks)
    file.add_feed_forward_length(FEED_FORWARD)
    file.add_head_count(HEADS)
    file.add_head_count_kv(KV_HEADS)
    if kind != "llama":  # the first Llamas do not name it
        file.add_rope_freq_base(1_000_000.0 if gemma else 10_000.0)
    file.add_layer_norm_rms_eps(1e-5)
    if gemma:
        file.add_sliding_window(WINDOW)
        file.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        file.add_rope_scaling_factor(8.0)
    if kind == "llama":
        file.add_rope_dimension_count(head_dim)
    if kind in ("gemma3", "qwen3"):
        file.add_key_length(head_dim)
        file.add_value_length(head_dim)
    vocabulary = sentencepiece(file) if gemma else byte_level(file, kind)
    file.add_chat_template(TEMPLATE)

    def add(name, *shape, scale=None, around=0.0, store=gguf.GGMLQuantizationType.F32):
        scale = scale if scale is not None else 1.0 / np.sqrt(shape[-1])
        values = (around + scale * rng.standard_normal(shape)).astype(np.float32)
        if store == gguf.GGMLQuantizationType.F32:
            file.add_tensor(name, values)
        else:
            file.add_tensor(name, gguf.quants.quantize(values, store), raw_dtype=store)

    q8, f16 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.F16
    add("token_embd.weight", vocabulary, WIDTH, scale=1.0, store=f16 if kind == "qwen3" else q8)
    add("output_norm.weight", WIDTH, scale=0.2, around=1.0)
    if kind == "llama":
        add("output.weight", vocabulary, WIDTH, scale=0.2, store=gguf.GGMLQuantizationType.Q4_1)
        factors = np.geomspace(1.0, 8.0, head_dim // 2).astype(np.float32)
        file.add_tensor("rope_freqs.weight", factors)
    for block in range(blocks):
        name = f"blk.{block}"
        add(f"{name}.attn_norm.weight", WIDTH, scale=0.2, around=1.0)
        add(f"{name}.ffn_norm.weight", WIDTH, scale=0.2, around=1.0)
        if gemma:
            add(f"{name}.post_attention_norm.weight", WIDTH, scale=0.2, around=1.0)
            add(f"{name}.post_ffw_norm.weight", WIDTH, scale=0.2, around=1.0)
        for part, heads in (("attn_q", HEADS), ("attn_k", KV_HEADS), ("attn_v", KV_HEADS)):
            add(f"{name}.{part}.weight", heads * head_dim, WIDTH, scale=0.12, store=q8)
            if kind == "qwen2":
                add(f"{name}.{part}.bias", heads * head_dim, scale=0.5)
            if kind in ("gemma3", "qwen3") and part != "attn_v":
                add(f"{name}.{part}_norm.weight", head_dim, scale=0.3, around=1.5)
        add(f"{name}.attn_output.weight", WIDTH, HEADS * head_dim, store=q8)
        add(f"{name}.ffn_gate.weight", FEED_FORWARD, WIDTH, store=q8)
        add(f"{name}.ffn_up.weight", FEED_FORWARD, WIDTH, store=q8)
        add(f"{name}.ffn_down.weight", WIDTH, FEED_FORWARD, store=q8)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path, vocabulary


def message(model):
    """A message with an article in it, read as a whole."""
    vocab = Llama(model, vocab_only=True, verbose=False)
    content = f"{CONTROL[0]}<|im_start|>user\n{INSTRUCTION}\n\n{ARTICLE}<|im_end|>\n<|im_start|>assistant\n"
    return {"article": ARTICLE, "ids": vocab.tokenize(content.encode(), add_bos=False, special=True)}


def main():
    cases = {}
    for kind in ("gemma3", "llama", "qwen2", "qwen3"):
        rng = np.random.default_rng(270)
        path, vocabulary = write(kind, rng)
        ids = rng.integers(len(CONTROL), vocabulary, 48).tolist()
        probes = list(range(vocabulary))
        kept = case(kind, str(path), ids, probes, range(EVERY - 1, len(ids), EVERY))
        cases[kind] = {"probes": probes, "cases": [kept]}
        if kind == "gemma3":
            cases[kind]["chat"] = message(str(path))
        print(kind, path.stat().st_size, "bytes")
    text = json.dumps(cases, separators=(",", ":")).replace('{"at"', '\n{"at"')
    (HERE / "decoders.json").write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
