"""Evidence for naming features: top contexts on held-out text, logit-lens tokens, density.

Usage  features.py LM.pt SITE [TOKENS]    Output .work/sae/SITE.features.json and SITE.features.txt
Logit lens: raw W_dec[f] . embedding (attention features go through W_O first); top and bottom 8.
"""
import collections
import json
import os
import sys

import numpy as np
import sentencepiece as spm
import torch

from corpus import WORK
from eval_sae import encode
from model import MINI, forward
from sites import frozen, held_out, hooks_of

KEEP = 16


def main():
    path, site = sys.argv[1], sys.argv[2]
    tokens = int(sys.argv[3]) if len(sys.argv) > 3 else 400000
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    folder = os.environ.get("SAES", WORK + "/sae")
    w, sp = frozen(path), spm.SentencePieceProcessor(model_file=WORK + "/tok/gemma-2-mini.model")
    p = {k: torch.from_numpy(v) for k, v in np.load("%s/%s.npz" % (folder, site)).items()}
    parts, hook = held_out(tokens)[0], hooks_of(site)[0]
    names, order = list(parts), np.random.default_rng(5).permutation(sum(len(t) for t in parts.values()))
    ids = np.concatenate(list(parts.values()))[order]
    origin = torch.from_numpy(np.repeat(np.arange(len(names)), [len(t) for t in parts.values()])[order])
    W = p["b_enc"].shape[0]
    best, where = torch.zeros(KEEP, W), torch.zeros(KEEP, W, dtype=torch.int64)
    fires, count = torch.zeros(len(names), W), 0
    with torch.no_grad():
        for i in range(0, len(ids), 8):
            got = {}

            def keep(name, x):
                if name == hook:
                    got["x"] = x
                return x

            forward(w, torch.from_numpy(ids[i:i + 8]), MINI, keep)
            a = encode(p, got["x"].reshape(-1, got["x"].shape[-1])).view(-1, 256, W)
            a[:, 0] = 0
            count += a.shape[0] * 255
            fires.index_add_(0, origin[i:i + 8], (a > 0).sum(1).float())
            # one hit a sequence, so that the contexts differ
            top, at = a.max(1)
            at = at + (i + torch.arange(len(a)))[:, None] * 256
            both, index = torch.cat([best, top]).topk(KEEP, dim=0)
            where = torch.cat([where, at]).gather(0, index)
            best = both
    share, fires = fires / fires.sum(0).clamp(min=1), fires.sum(0)
    direction = p["W_dec"]
    if site.startswith("att"):
        direction = direction @ w["model.layers.%s.self_attn.o_proj.weight" % site.split("_")[1]].t()
    lens = direction @ w["model.embed_tokens.weight"].t()
    high, low = lens.topk(8, dim=1).indices, lens.topk(8, dim=1, largest=False).indices
    piece = [sp.id_to_piece(i).replace("\u2581", " ") for i in range(MINI["vocab_size"])]

    def text(tokens):
        return sp.decode([int(t) for t in tokens if t > 3]) if len(tokens) else ""

    out, lines = {}, []
    for f in range(W):
        if fires[f] < 5:
            continue
        contexts = []
        for k in range(KEEP):
            if best[k, f] <= 0:
                continue
            row, at = divmod(int(where[k, f]), 256)
            s = ids[row]
            contexts.append([round(float(best[k, f]), 3), text(s[max(1, at - 14):at]), piece[s[at]], text(s[at + 1:at + 6])])
        words = collections.Counter(c[2] for c in contexts)
        out[f] = {"density": round(float(fires[f] / count), 6), "max": contexts[0][0], "tokens": words.most_common(4),
                  "sources": [[names[k], round(float(share[k, f]), 2)] for k in share[:, f].topk(2).indices],
                  "top": [piece[t] for t in high[f]], "bottom": [piece[t] for t in low[f]], "contexts": contexts}
        lines.append("%d d=%.4f max=%.1f %s [%s] -> [%s]" % (
            f, out[f]["density"], contexts[0][0], " ".join("%s:%.2f" % tuple(t) for t in out[f]["sources"]), " ".join("%r:%d" % t for t in words.most_common(4)),
            "|".join(out[f]["top"][:6])))
    json.dump(out, open("%s/%s.features.json" % (folder, site), "w"), ensure_ascii=False)
    open("%s/%s.features.txt" % (folder, site), "w").write("\n".join(lines) + "\n")
    print(site, len(out), "features on", count, "tokens")


if __name__ == "__main__":
    main()
