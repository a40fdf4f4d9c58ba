"""Gemma 3 with LoRA, written for training on a few CPU cores.

The model is small enough that a general implementation spends much of its time outside matrix
products. What differs here from the one in transformers, which it is checked against
(`python gemma.py model.gguf`):

* frozen weights are bfloat16, so that the products run on AVX-512's bf16 instructions, some four
  times as fast as in float32; the residual stream, norms, the loss and the LoRA weights
  themselves stay float32;
* q, k and v are one product, gate and up another, and so are the A sides of their adapters;
* rows are padded on the right, so causal attention needs no mask at all;
* the loss is over the tokens that occur in training targets, a fifth of the vocabulary, at target
  positions only, and computes its own gradient piece by piece.

Rows must be shorter than the sliding window (512): then local layers see everything too and
differ from global ones in their rotary base alone.
"""

import math
import sys

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

LOW = torch.bfloat16

# PEFT's module names, by the group that computes them in one product
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


def rms_norm(x, weight, eps=1e-6):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def rotate(x, cos, sin):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class LoraGroup(nn.Module):
    """Frozen linear layers that read the same input, and their adapters."""

    def __init__(self, weights, rank, scale):
        super().__init__()
        self.rank, self.scale = rank, scale
        self.register_buffer("weight", torch.cat(weights).to(LOW))
        columns = weights[0].shape[1]
        bound = 1 / math.sqrt(columns)  # what PEFT draws A from; B starts at zero
        self.a = nn.Parameter(torch.empty(rank * len(weights), columns).uniform_(-bound, bound))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(w.shape[0], rank)) for w in weights)

    def forward(self, x):
        inner = (F.linear(x, self.a.to(LOW)) * self.scale).split(self.rank, dim=-1)
        delta = [F.linear(u, b.to(LOW)) for u, b in zip(inner, self.b)]
        return F.linear(x, self.weight) + (torch.cat(delta, -1) if len(delta) > 1 else delta[0])


class Layer(nn.Module):
    def __init__(self, tensors, prefix, heads, head_dim, rank, scale):
        super().__init__()
        self.heads, self.head_dim = heads, head_dim
        for group, names in GGUF_NAMES.items():
            weights = [tensors(f"{prefix}.{name}.weight") for name in names]
            setattr(self, group, LoraGroup(weights, rank, scale))
        for norm in ("attn_norm", "attn_q_norm", "attn_k_norm", "post_attention_norm",
                     "ffn_norm", "post_ffw_norm"):
            # GGUF stores 1 + weight, so these multiply as they are
            self.register_buffer(norm, tensors(f"{prefix}.{norm}.weight"))

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        qkv = self.qkv(rms_norm(x, self.attn_norm).to(LOW))
        qkv = qkv.view(batch, length, self.heads + 2, self.head_dim)
        q, k, v = qkv.split((self.heads, 1, 1), dim=2)
        q = rotate(rms_norm(q.float(), self.attn_q_norm), cos, sin).to(LOW).transpose(1, 2)
        k = rotate(rms_norm(k.float(), self.attn_k_norm), cos, sin).to(LOW).transpose(1, 2)
        v = v.transpose(1, 2)
        k, v = k.expand_as(q), v.expand_as(q)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        mixed = self.o(mixed.transpose(1, 2).reshape(batch, length, -1))
        x = x + rms_norm(mixed.float(), self.post_attention_norm)

        gate, up = self.gate_up(rms_norm(x, self.ffn_norm).to(LOW)).chunk(2, dim=-1)
        inner = (F.gelu(gate.float(), approximate="tanh") * up.float()).to(LOW)
        return x + rms_norm(self.down(inner).float(), self.post_ffw_norm)


class RestrictedLoss(torch.autograd.Function):
    """Summed cross-entropy over a restricted vocabulary, its gradient made along the way.

    Autograd would keep logits and their softmax for every position (100 MB each); here one piece
    of positions lives at a time, and what is kept is the gradient of the hidden states.
    """

    @staticmethod
    def forward(ctx, hidden, head, targets, piece=192):
        total, grads = 0.0, []
        for h, t in zip(hidden.to(LOW).split(piece), targets.split(piece)):
            logits = F.linear(h, head).float()
            logits -= torch.logsumexp(logits, -1, keepdim=True)
            total = total - logits.gather(1, t[:, None]).sum()
            if hidden.requires_grad or ctx.needs_input_grad[0]:
                probs = logits.exp_()
                probs[torch.arange(len(t)), t] -= 1
                grads.append(probs.to(LOW) @ head)
        if grads:
            ctx.save_for_backward(torch.cat(grads))
        return total

    @staticmethod
    def backward(ctx, upstream):
        (grad,) = ctx.saved_tensors
        return grad.float() * upstream, None, None, None


class Gemma(nn.Module):
    def __init__(self, path, rank=32, alpha=64):
        super().__init__()
        reader = gguf.GGUFReader(path)
        found = {t.name: t for t in reader.tensors}

        def tensors(name):
            t = found[name]
            return torch.from_numpy(np.array(gguf.quants.dequantize(t.data, t.tensor_type)))

        def field(name):
            return reader.fields[f"gemma3.{name}"].contents()

        self.rank, self.alpha = rank, alpha
        self.head_dim = field("attention.key_length")
        self.register_buffer("embedding", tensors("token_embd.weight"))
        self.register_buffer("output_norm", tensors("output_norm.weight"))
        self.layers = nn.ModuleList(
            Layer(tensors, f"blk.{i}", field("attention.head_count"), self.head_dim,
                  rank, alpha / rank)
            for i in range(field("block_count")))
        self.register_buffer("head", torch.empty(0))
        # every sixth layer is global, with its own rotary base
        self.bases = [field("rope.freq_base") if i % 6 == 5 else 10000.0
                      for i in range(len(self.layers))]

    def restrict(self, tokens):
        """Sets the tokens that the loss is over; targets are then indexes into them."""
        self.head = self.embedding[tokens].to(LOW)

    def rotary(self, length, base):
        steps = torch.arange(0, self.head_dim, 2, dtype=torch.float32) / self.head_dim
        angles = torch.arange(length, dtype=torch.float32)[:, None] / base ** steps
        return angles.cos()[None, :, None], angles.sin()[None, :, None]

    def forward(self, ids):
        x = self.embedding[ids] * math.sqrt(self.embedding.shape[1])
        tables = {base: self.rotary(ids.shape[1], base) for base in set(self.bases)}
        for layer, base in zip(self.layers, self.bases):
            x = layer(x, *tables[base])
        return x

    def loss(self, ids, where, targets):
        """Summed loss of `targets` at the flat positions `where` that predict them."""
        hidden = self.forward(ids).flatten(0, 1)[where]
        return RestrictedLoss.apply(rms_norm(hidden, self.output_norm), self.head, targets)

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

    def take(self, named):
        """Sets the LoRA weights from those of an exported adapter of the same rank."""
        for name, weight in self.adapter().items():
            weight.copy_(named[name])  # shares its memory with the parameter


def check(path):
    """Compares logits with those of transformers, which loads the same file."""
    from pathlib import Path

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
        logits = hidden @ ours.embedding.T
        perplexity = F.cross_entropy(logits[:-1], ids[0, 1:]).exp()
    same = (logits.argmax(-1) == expected.logits[0].argmax(-1)).float().mean()
    print(f"perplexity: ours {perplexity:.3f}, transformers {expected.loss.exp():.3f}; "
          f"same first choice at {same:.1%} of positions")


if __name__ == "__main__":
    check(sys.argv[1])
