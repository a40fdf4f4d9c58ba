"""The mean of adapters of one line, of which each began with the one before: often better than any of them.

    python merge.py OLDER NEWER --out FOLDER

The folders are as PEFT writes them; FOLDER gets the weights and the newer one's configuration. Factors
are averaged, not their products: they are close to each other where one run went on from another
(Wortsman et al. 2022, "Model soups").
"""

import argparse
import shutil
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    sums = {}
    for folder in args.folders:
        with safe_open(folder / "adapter_model.safetensors", "pt") as weights:
            metadata = weights.metadata()
            for name in weights.keys():
                sums[name] = sums.get(name, 0) + weights.get_tensor(name).float()
    mean = {name: (total / len(args.folders)).half().contiguous() for name, total in sums.items()}
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(mean, args.out / "adapter_model.safetensors", metadata=metadata)
    (args.out / "adapter_model.safetensors").chmod(0o644)
    shutil.copy(args.folders[-1] / "adapter_config.json", args.out)


if __name__ == "__main__":
    main()
