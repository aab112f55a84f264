"""Write tests/fixtures/demo from the exported files in public/hub (bf16 weights, float32 arithmetic).

input_ids.json            one sequence of 100 tokens that starts with <bos> (longer than the window of 64)
activations.safetensors   every hook at every layer [100, width], scaled embeddings, logits of the last 4 positions
sae_expected.json         per SAE and position the active (index, value) pairs: float64 arithmetic on the
                          float32 activations; L0 and FVU without position 0; minMargin is the smallest
                          |pre - threshold| met, so a test knows how exact the active sets are
"""
import json
import os

import numpy as np
import sentencepiece as spm
import torch

from corpus import HERE, WORK
from export import HUB
from files import read_safetensors, write_safetensors
from model import forward, logits

OUT = os.environ.get("FIXTURES", os.path.join(HERE, "..", "..", "tests", "fixtures", "demo"))
# Moby-Dick, chapter 1 (public domain), with lines of other kinds to wake other features
TEXT = ("Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and "
        "nothing particular to interest me on shore, I thought I would sail about a little and see the watery part "
        "of the world. In 1863, the President of the United States said to the Congress that peace is near.\n\n"
        "def total(self, items):\n    return sum(x for x in items)\n\nLe serveur est installé dans la maison.\n"
        "Die Welt ist groß und weit.\n")


def main():
    os.makedirs(OUT, exist_ok=True)
    repo = HUB + "/featurescope/gemma-2-mini"
    config = json.load(open(repo + "/config.json"))
    w = {k: torch.from_numpy(v) for k, v in read_safetensors(repo + "/model.safetensors").items()}
    sp = spm.SentencePieceProcessor(model_file=WORK + "/tok/gemma-2-mini.model")
    ids = ([2] + sp.encode(TEXT))[:100]
    assert len(ids) == 100
    json.dump({"input_ids": ids}, open(OUT + "/input_ids.json", "w"))
    got = {}

    def keep(name, x):
        got[name] = x[0].clone()
        return x

    with torch.no_grad():
        got["logits_last4"] = logits(w, forward(w, torch.tensor([ids]), config, keep)[0, -4:], config)
    acts = {k: v.numpy() for k, v in got.items()}
    write_safetensors(OUT + "/activations.safetensors", acts)
    rows = []
    for entry in json.load(open(HUB + "/featurescope/catalogue.json")):
        p = {k: v.astype(np.float64) for k, v in np.load("%s/%s/%s" % (HUB, entry["repo"], entry["path"])).items()}
        x, y = acts[entry["hookIn"]].astype(np.float64), acts[entry["hookOut"]].astype(np.float64)
        pre = x @ p["W_enc"] + p["b_enc"]
        a = np.maximum(pre, 0) * (pre > p["threshold"])
        error = y - (a @ p["W_dec"] + p["b_dec"])
        fvu = (error[1:] ** 2).sum() / ((y[1:] - y[1:].mean(0)) ** 2).sum()
        active = [[[int(j), float("%.9g" % row[j])] for j in np.flatnonzero(row)] for row in a]
        rows.append({"source": entry["source"], "repo": entry["repo"], "path": entry["path"], "hookIn": entry["hookIn"],
                     "hookOut": entry["hookOut"], "l0": float((a[1:] > 0).sum(1).mean()), "fvu": float(fvu),
                     "minMargin": float(np.abs(pre - p["threshold"]).min()), "active": active})
        print(entry["source"], "l0 %.1f fvu %.3f margin %.1e" % (rows[-1]["l0"], fvu, rows[-1]["minMargin"]))
    with open(OUT + "/sae_expected.json", "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]\n")
    for name in sorted(os.listdir(OUT)):
        print(name, os.path.getsize(OUT + "/" + name))


if __name__ == "__main__":
    main()
