"""The weighted sum of adapters of one base model, cut to a rank.

    python add.py FOLDER 0.6 FOLDER 0.6 [FOLDER WEIGHT ...] --rank 64 --out FOLDER

Adapters that were trained apart, from nothing and with other seeds, change the weights in nearly orthogonal ways; their sum
is better than any of them (Wortsman et al. 2022, "Model soups"; Ilharco et al. 2023, "Editing models with task
arithmetic"). What is added are products B A, so factors need not fit each other; singular values decide what stays. Which
weights are best is found by measuring: benches/quality/adapters.py takes several folders. The configuration and the
manifest are those of the first folder.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def read(folder):
    """The weights in float32, what the scale of B A is, and the metadata."""
    config = json.loads((folder / "adapter_config.json").read_text())
    with safe_open(folder / "adapter_model.safetensors", "np") as file:
        return ({name: file.get_tensor(name).astype(np.float32) for name in file.keys()},
                config["lora_alpha"] / config["r"], file.metadata())


def cut(a, b, rank):
    """Factors of this rank whose product is nearest to b @ a, and the energy that is lost and that there was."""
    qb, rb = np.linalg.qr(b)
    qa, ra = np.linalg.qr(a.T)
    u, s, v = np.linalg.svd(rb @ ra.T)
    root = np.sqrt(s[:rank])
    return (qa @ v[:rank].T * root).T, qb @ u[:, :rank] * root, (s[rank:] ** 2).sum(), (s ** 2).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("terms", nargs="+", metavar="FOLDER WEIGHT")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    folders, weights = [Path(f) for f in args.terms[::2]], [float(w) for w in args.terms[1::2]]
    if len(folders) != len(weights):
        parser.error("each folder needs its weight")
    adapters = [read(folder) for folder in folders]
    bases = {metadata["base_model_sha256"] for _, _, metadata in adapters}
    if len(bases) != 1 or len({frozenset(tensors) for tensors, _, _ in adapters}) != 1:
        parser.error("these adapters are not of one base model")

    out, lost, total = {}, 0.0, 0.0
    for name in adapters[0][0]:
        if ".lora_A." not in name:
            continue
        other = name.replace("lora_A", "lora_B")
        a = np.concatenate([tensors[name] for tensors, _, _ in adapters])
        b = np.concatenate([w * scale * tensors[other] for w, (tensors, scale, _) in zip(weights, adapters)], axis=1)
        a, b, less, all_of_it = cut(a, b, args.rank)
        lost, total = lost + less, total + all_of_it
        out[name], out[other] = (np.ascontiguousarray(x.astype(np.float16)) for x in (a, b))

    args.out.mkdir(parents=True, exist_ok=True)
    save_file(out, args.out / "adapter_model.safetensors", metadata=adapters[0][2])
    (args.out / "adapter_model.safetensors").chmod(0o644)
    config = json.loads((folders[0] / "adapter_config.json").read_text())
    config.update(r=args.rank, lora_alpha=args.rank)
    (args.out / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    if (folders[0] / "manifest.toml").exists():
        shutil.copy(folders[0] / "manifest.toml", args.out)
    print(f"rank {args.rank}, {lost / total:.1%} of the energy lost")


if __name__ == "__main__":
    main()
