"""Check the forward pass against the public-shape reference checkpoint.

REFERENCE_DATA (default ../shared/data beside the checkout) must hold gemma2-random-a/; without
it the check says so and passes. Fails when any hook differs by more than 1e-6 relative.
"""
import json
import os
import sys

import torch

from files import read_safetensors
from model import forward, logits

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    folder = os.path.join(os.environ.get("REFERENCE_DATA", os.path.join(ROOT, "..", "shared", "data")), "gemma2-random-a")
    if not os.path.isdir(folder):
        print("skipped: no", os.path.relpath(folder))
        return
    config = json.load(open(folder + "/config.json"))
    w = {k: torch.from_numpy(v) for k, v in read_safetensors(folder + "/model.safetensors").items()}
    want = read_safetensors(folder + "/activations.safetensors")
    ids = torch.tensor([json.load(open(folder + "/input_ids.json"))["input_ids"]])
    got = {}

    def keep(name, x):
        got[name] = x[0].clone()
        return x

    with torch.no_grad():
        got["logits"] = logits(w, forward(w, ids, config, keep)[0], config)
    worst = 0.0
    for name, value in want.items():
        value = torch.from_numpy(value).double()
        error = float((got[name].double() - value).norm() / value.norm())
        worst = max(worst, error)
        print("%-32s %.1e" % (name, error))
    print("worst relative error %.1e" % worst)
    sys.exit(0 if worst <= 1e-6 else 1)


if __name__ == "__main__":
    main()
