"""Gemma 3 with LoRA, on a GPU or on a few CPU cores, read from a GGUF file.

A general implementation of so small a model spends much of its time outside matrix products. What differs here from the one
in transformers, which it is checked against (`python gemma.py MODEL.gguf`):

* frozen weights are bfloat16; the residual stream, norms, the loss and the LoRA weights themselves stay float32;
* q, k and v are one product, gate and up another, and so are the A sides of their adapters;
* a block is a function of its weights, so that it is compiled once for all of them;
* rows are padded on the right, so causal attention needs no mask at all;
* the loss is at target positions only, and computes its own gradient piece by piece.

Rows must be shorter than the sliding window (512): then local layers see everything too and differ from global ones in their
rotary base alone.
"""

import json
import math
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

LOW = torch.bfloat16

# PEFT's module names, and GGUF's, by the group that computes them in one product
GROUPS = {
    "qkv": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    "o": ["self_attn.o_proj"],
    "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
    "down": ["mlp.down_proj"],
}
GGUF_NAMES = {
    "qkv": ["attn_q", "attn_k", "attn_v"], "o": ["attn_output"],
    "gate_up": ["ffn_gate", "ffn_up"], "down": ["ffn_down"],
}
NORMS = ("attn_norm", "attn_q_norm", "attn_k_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
MOST_POSITIONS = 1024


def rms_norm(x, weight, eps=1e-6):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def rotate(x, cos, sin):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def query_key_value(x, cos, sin, query_norm, key_norm):
    """Heads of a block: queries `[batch, heads, length, head_dim]`, one key and one value `[batch, 1, length, head_dim]`."""
    batch, length, width = x.shape
    head_dim = query_norm.shape[0]
    q, k, v = x.view(batch, length, width // head_dim, head_dim).split((width // head_dim - 2, 1, 1), dim=2)
    q = rotate(rms_norm(q.float(), query_norm), cos, sin).to(LOW).transpose(1, 2)
    k = rotate(rms_norm(k.float(), key_norm), cos, sin).to(LOW).transpose(1, 2)
    return q, k, v.transpose(1, 2)


def gated(x):
    gate, up = x.chunk(2, dim=-1)
    return (F.gelu(gate.float(), approximate="tanh") * up.float()).to(LOW)


def lora(x, scale, weight, a, *bs):
    """Frozen linear layers that read the same input, and their adapters."""
    inner = (F.linear(x, a.to(LOW)) * scale).split(bs[0].shape[1], dim=-1)
    delta = [F.linear(u, b.to(LOW)) for u, b in zip(inner, bs)]
    return F.linear(x, weight) + (torch.cat(delta, -1) if len(delta) > 1 else delta[0])


def block(x, cos, sin, scale, n1, nq, nk, n2, n3, n4, qkv, qkv_a, bq, bk, bv, o, o_a, bo, gu, gu_a, bg, bu, dn, dn_a, bd):
    """x `[batch, length, width]`; then norms and the groups' weights in the order of NORMS and GROUPS."""
    batch, length, _ = x.shape
    q, k, v = query_key_value(lora(rms_norm(x, n1).to(LOW), scale, qkv, qkv_a, bq, bk, bv), cos, sin, nq, nk)
    mixed = F.scaled_dot_product_attention(q, k.expand_as(q), v.expand_as(q), is_causal=True)
    mixed = lora(mixed.transpose(1, 2).reshape(batch, length, -1), scale, o, o_a, bo)
    x = x + rms_norm(mixed.float(), n2)
    inner = gated(lora(rms_norm(x, n3).to(LOW), scale, gu, gu_a, bg, bu))
    return x + rms_norm(lora(inner, scale, dn, dn_a, bd).float(), n4)


class LoraGroup(nn.Module):
    def __init__(self, weights, rank):
        super().__init__()
        self.rank = rank
        self.register_buffer("weight", torch.cat(weights).to(LOW))
        columns = weights[0].shape[1]
        bound = 1 / math.sqrt(columns)  # what PEFT draws A from; B starts at zero
        self.a = nn.Parameter(torch.empty(rank * len(weights), columns).uniform_(-bound, bound))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(w.shape[0], rank)) for w in weights)

    def tensors(self):
        return self.weight, self.a, *self.b

    def merged(self, scale):
        """The weights with the adapter in them."""
        delta = torch.cat([b @ a for a, b in zip(self.a.split(self.rank), self.b)])
        return (self.weight.float() + scale * delta).to(LOW)


class Layer(nn.Module):
    def __init__(self, tensors, prefix, rank):
        super().__init__()
        for group, names in GGUF_NAMES.items():
            setattr(self, group, LoraGroup([tensors(f"{prefix}.{name}.weight") for name in names], rank))
        for norm in NORMS:
            # GGUF stores 1 + weight, so these multiply as they are
            self.register_buffer(norm, tensors(f"{prefix}.{norm}.weight"))

    def tensors(self):
        norms = [getattr(self, norm) for norm in NORMS]
        return norms + [t for group in GROUPS for t in getattr(self, group).tensors()]


class SummedLoss(torch.autograd.Function):
    """Summed cross-entropy, its gradient made along the way.

    Autograd would keep logits and their softmax for every position (100 MB for a few hundred); here one piece of positions
    lives at a time, and what is kept is the gradient of the hidden states.
    """

    @staticmethod
    def forward(ctx, hidden, head, targets, piece):
        total, grads = 0.0, []
        for h, t in zip(hidden.to(LOW).split(piece), targets.split(piece)):
            logits = F.linear(h, head).float()
            logits -= torch.logsumexp(logits, -1, keepdim=True)
            total = total - logits.gather(1, t[:, None]).sum()
            if ctx.needs_input_grad[0]:
                probs = logits.exp_()
                probs[torch.arange(len(t), device=t.device), t] -= 1
                grads.append(probs.to(LOW) @ head)
        if grads:
            ctx.save_for_backward(torch.cat(grads))
        return total

    @staticmethod
    def backward(ctx, upstream):
        (grad,) = ctx.saved_tensors
        return grad.float() * upstream, None, None, None


class Gemma(nn.Module):
    """The network of a GGUF file whose tokens are numbered as its embedding has them."""

    def __init__(self, path, rank=64, alpha=128, device="cpu", compiled=False):
        super().__init__()
        reader = gguf.GGUFReader(path)
        found = {t.name: t for t in reader.tensors}

        def tensors(name):
            t = found[name]
            return torch.from_numpy(np.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=np.float32))

        def field(name):
            return reader.fields[f"gemma3.{name}"].contents()

        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.register_buffer("embedding", tensors("token_embd.weight").to(LOW))
        self.register_buffer("output_norm", tensors("output_norm.weight"))
        self.layers = nn.ModuleList(Layer(tensors, f"blk.{i}", rank) for i in range(field("block_count")))
        # every sixth layer is global, with its own rotary base
        self.bases = [field("rope.freq_base") if i % 6 == 5 else 10000.0 for i in range(len(self.layers))]
        head_dim = field("attention.key_length")
        for base in set(self.bases):
            steps = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
            angles = torch.arange(MOST_POSITIONS, dtype=torch.float32)[:, None] / base ** steps
            self.register_buffer(self.table(base), torch.stack((angles.cos(), angles.sin())))
        self.compiled = compiled
        self.block = torch.compile(block) if compiled else block
        # of logits: a piece is as large as is fast
        self.piece = 8192 if str(device).startswith("cuda") else 192
        self.to(device)

    @staticmethod
    def table(base):
        return f"rotary_{int(base)}"

    def rotary(self, layer):
        """Cosines and sines of a layer's positions, each `[positions, head_dim / 2]`."""
        return getattr(self, self.table(self.bases[layer]))

    def embed(self, ids):
        return self.embedding[ids].float() * math.sqrt(self.embedding.shape[1])

    def forward(self, ids):
        """Hidden states `[batch, length, width]` of ids `[batch, length]`."""
        x = self.embed(ids)
        for i, layer in enumerate(self.layers):
            cos, sin = (t[None, :ids.shape[1], None] for t in self.rotary(i))
            if self.compiled:
                for tensor, dim in ((x, 0), (x, 1), (cos, 1), (sin, 1)):
                    torch._dynamo.maybe_mark_dynamic(tensor, dim)
            x = self.block(x, cos, sin, self.scale, *layer.tensors())
        return x

    def loss(self, ids, where, targets):
        """Summed loss of `targets` at the flat positions `where` that predict them."""
        hidden = self.forward(ids).flatten(0, 1)[where]
        return SummedLoss.apply(rms_norm(hidden, self.output_norm), self.embedding, targets, self.piece)

    def adapter(self):
        """The LoRA weights under the names that PEFT gives them."""
        named = {}
        for i, layer in enumerate(self.layers):
            for group, modules in GROUPS.items():
                part = getattr(layer, group)
                for name, a, b in zip(modules, part.a.split(self.rank), part.b):
                    stem = f"base_model.model.model.layers.{i}.{name}"
                    named[f"{stem}.lora_A.weight"] = a.detach()
                    named[f"{stem}.lora_B.weight"] = b.detach()
        return named

    @torch.no_grad()
    def take(self, folder):
        """Sets the LoRA weights from an exported adapter of at most the same rank."""
        config = json.loads((Path(folder) / "adapter_config.json").read_text())
        named, rank = load_file(Path(folder) / "adapter_model.safetensors"), config["r"]
        if rank > self.rank:
            raise SystemExit(f"{folder} has rank {rank}, this run {self.rank}")
        for name, weight in self.adapter().items():  # these share their memory with the parameters
            given = named[name].float()
            if ".lora_A." in name:
                weight[:rank].copy_(given)
            else:
                weight.zero_()
                weight[:, :rank].copy_(given * (config["lora_alpha"] / rank / self.scale))


def check(path):
    """Compares logits with those of transformers, which loads the same file."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    folder, name = str(Path(path).parent), Path(path).name
    text = ("English: She was taken to the hospital, but later died.\n"
            "French: Elle a été transportée à l'hôpital, mais est décédée plus tard.\n")
    ids = torch.tensor([AutoTokenizer.from_pretrained(folder, gguf_file=name)(text).input_ids])
    theirs = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    ours = Gemma(path)
    with torch.no_grad():
        expected = theirs(ids, labels=ids)
        hidden = rms_norm(ours(ids), ours.output_norm)[0]
        logits = hidden @ ours.embedding.float().T
        perplexity = F.cross_entropy(logits[:-1], ids[0, 1:]).exp()
    same = (logits.argmax(-1) == expected.logits[0].argmax(-1)).float().mean()
    print(f"perplexity: ours {perplexity:.3f}, transformers {expected.loss.exp():.3f}; "
          f"same first choice at {same:.1%} of positions")


if __name__ == "__main__":
    check(sys.argv[1])
