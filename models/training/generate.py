"""Greedy translation of many sentences at once, for back-translation: keys and values are kept, rows leave together."""

import numpy as np
import torch
import torch.nn.functional as F

from gemma import GROUPS, LOW, gated, query_key_value, rms_norm

# Tokens of a batch's sources together, and the most rows of it: what fits an 80 GB card, and what a CPU ends in seconds.
MOST = {"cuda": (150_000, 3072), "cpu": (2_000, 64)}


def attend(q, keys, values, at):
    """A query a row and head over the rows' cache: q `[batch, heads, head_dim]`, keys and values `[batch, positions,
    head_dim]`, `at` `[batch, 1]` the query's position."""
    scores = (q[:, :, None].float() * keys[:, None].float()).sum(-1) * q.shape[-1] ** -0.5
    later = torch.arange(keys.shape[1], device=q.device)[None, None] > at[:, None]
    shares = scores.masked_fill(later, float("-inf")).softmax(-1)
    return (shares[..., None] * values[:, None].float()).sum(2).to(LOW)


class Generator:
    """The model as it is now: what is trained later does not change it."""

    @torch.no_grad()
    def __init__(self, model, newline, allowed):
        """`newline` ends an answer; `allowed` has the tokens that each language may write, as a mask of the vocabulary."""
        self.model, self.newline = model, newline
        self.weights = [{g: getattr(layer, g).merged(model.scale) for g in GROUPS} for layer in model.layers]
        device = model.embedding.device
        self.allowed = [torch.from_numpy(np.flatnonzero(mask)).to(device) for mask in allowed]
        self.heads = [model.embedding[tokens] for tokens in self.allowed]
        self.attend = torch.compile(attend, dynamic=True) if model.compiled else attend

    @torch.no_grad()
    def translate(self, prompts, language, longest):
        """The ids that follow each prompt, up to the line's end; None where it does not end within `longest` tokens."""
        model, device, rows = self.model, self.model.embedding.device, len(prompts)
        lengths = torch.tensor([len(p) for p in prompts], device=device)
        begin = int(lengths.max())
        ids = np.zeros((rows, begin), np.int64)
        for i, prompt in enumerate(prompts):
            ids[i, :len(prompt)] = prompt
        shape = (len(model.layers), rows, begin + longest, model.layers[0].attn_q_norm.shape[0])
        keys, values = (torch.zeros(shape, dtype=LOW, device=device) for _ in range(2))
        row = torch.arange(rows, device=device)

        def run(x, at, first):
            """Through all blocks: x `[rows, length, width]` at the positions `at` `[rows, length]`."""
            for i, (layer, w) in enumerate(zip(model.layers, self.weights)):
                cos, sin = (t[at][:, :, None] for t in model.rotary(i))
                qkv = F.linear(rms_norm(x, layer.attn_norm).to(LOW), w["qkv"])
                q, k, v = query_key_value(qkv, cos, sin, layer.attn_q_norm, layer.attn_k_norm)
                if first:
                    keys[i, :, :begin], values[i, :, :begin] = k[:, 0], v[:, 0]
                    mixed = F.scaled_dot_product_attention(q, k.expand_as(q), v.expand_as(q), is_causal=True)
                else:
                    keys[i][row, at[:, 0]], values[i][row, at[:, 0]] = k[:, 0, 0], v[:, 0, 0]
                    mixed = self.attend(q[:, :, 0], keys[i], values[i], at)[:, :, None]
                mixed = mixed.transpose(1, 2).reshape(*x.shape[:2], -1)
                x = x + rms_norm(F.linear(mixed, w["o"]).float(), layer.post_attention_norm)
                inner = gated(F.linear(rms_norm(x, layer.ffn_norm).to(LOW), w["gate_up"]))
                x = x + rms_norm(F.linear(inner, w["down"]).float(), layer.post_ffw_norm)
            return x

        at = torch.arange(begin, device=device)[None].expand(rows, begin)
        hidden = run(model.embed(torch.from_numpy(ids).to(device)), at, True)[row, lengths - 1]
        ended, written = torch.zeros(rows, dtype=torch.bool, device=device), []
        for step in range(longest):
            logits = F.linear(rms_norm(hidden, model.output_norm).to(LOW), self.heads[language])
            token = self.allowed[language][logits.argmax(-1)]
            ended |= token == self.newline
            written.append(token)
            # Now and then: asking the device stops it. The last stragglers are not worth a wait.
            if step % 8 == 7 and float(ended.float().mean()) > 0.99 or step == longest - 1:
                break
            hidden = run(model.embed(token)[:, None], (lengths + step)[:, None], False)[:, 0]
        answers = torch.stack(written, 1).cpu().numpy()
        ends = [np.flatnonzero(answer == self.newline) for answer in answers]
        return [answer[:end[0]].astype(np.int32) if len(end) else None for answer, end in zip(answers, ends)]


def batches(lengths, device):
    """Indexes of sentences, similar lengths together, as many as fit the device."""
    tokens, rows = MOST[device.type]
    order, batch = np.argsort(lengths, kind="stable"), []
    for i in order:  # ascending: the newest is the longest
        if batch and (len(batch) == rows or (len(batch) + 1) * lengths[i] > tokens):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
