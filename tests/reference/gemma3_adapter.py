"""Writes gemma3_adapter/ and gemma3_adapter.json: an adapter, and what the model says that it is merged into.

    pip install -r models/training/requirements.txt
    python tests/reference/gemma3_adapter.py MODEL.gguf

The adapter is random, of rank 2 on all linear layers of two blocks, and written by PEFT itself, so that its format is
PEFT's own. It is large enough to change every answer. transformers reads the GGUF file, PEFT merges the adapter, and
float32 gives the logits of 128 fixed vocabulary ids, those of the text among them, at every 4th position of a text. Four significant digits are kept.
"""

import json
import random
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).resolve().parent
BLOCKS, RANK, PROBES, EVERY, SEED = [3, 11], 2, 128, 4, 270
TEXT = (
    "English: The ferry sailed for the last time on Monday, with 214 passengers and two dogs on board.\n"
    "French: Le ferry a pris la mer pour la dernière fois lundi, avec 214 passagers et deux chiens à bord.\n"
)


def main():
    path = Path(sys.argv[1])
    source = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    ids = AutoTokenizer.from_pretrained(**source)(TEXT).input_ids
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    torch.manual_seed(SEED)
    layers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=RANK, lora_alpha=3, target_modules=layers, layers_to_transform=BLOCKS, task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    for name, weight in model.named_parameters():
        if ".lora_" in name:
            # through half floats, which is how the file keeps them
            weight.data = (torch.randn_like(weight) * (0.15 if ".lora_B." in name else 0.05)).half().float()
    folder = HERE / "gemma3_adapter"
    model.half().save_pretrained(folder)
    (folder / "README.md").unlink()  # PEFT's empty card
    settings = folder / "adapter_config.json"
    named = json.loads(settings.read_text()) | {"base_model_name_or_path": "google/gemma-3-270m"}
    settings.write_text(json.dumps(named, indent=2) + "\n")
    (folder / "adapter_model.safetensors").chmod(0o644)
    merged = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    merged = PeftModel.from_pretrained(merged, folder, torch_dtype=torch.float32).merge_and_unload()
    with torch.no_grad():
        logits = merged(torch.tensor([ids])).logits[0]
    rng = random.Random(SEED)
    anywhere = rng.sample(range(logits.shape[1]), PROBES - len(set(ids)))
    probes = sorted({*anywhere, *ids})
    positions = [
        {"at": at, "logits": [float(f"{logits[at, probe]:.4g}") for probe in probes]}
        for at in range(0, len(ids), EVERY)
    ]
    out = {"probes": probes, "ids": ids, "positions": positions}
    (HERE / "gemma3_adapter.json").write_text(json.dumps(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
