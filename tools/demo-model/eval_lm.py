"""Held-out cross-entropy of the model beside unigram, bigram and trigram baselines.

The n-gram models count the very tokens the model was trained on (repetitions included). Each order
is interpolated with the one below by weights that depend on how often the context was seen (12
buckets), fitted by EM on the "tune" documents. All models predict the same held-out tokens
(positions 1..255, never <bos>); a bigram sees <bos> before the first token as the model does.
Usage  eval_lm.py LM.pt     Output .work/lm_eval.json
"""
import json
import sys

import numpy as np
import torch

from corpus import WORK
from model import MINI, forward
from sites import cross_entropy, frozen, held_out
from train import schedule

V = MINI["vocab_size"]


class Counts:
    """Counts of n-grams as sorted int64 keys."""

    def __init__(self, keys):
        self.keys, self.n = np.unique(keys, return_counts=True)

    def __call__(self, keys):
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.n[at], 0)


def grams(table):
    """[n, 256] -> keys of 1-, 2-, 3-grams ending at positions 1..255; the trigram at 1 sees <bos> twice."""
    t = table.astype(np.int64)
    c, b = t[:, 1:], t[:, :-1]
    a = np.concatenate([t[:, :1], t[:, :-2]], 1)
    return [k.ravel() for k in (c, b * V + c, (a * V + b) * V + c)]


def bucket(n):
    return np.minimum(np.log2(n + 1).astype(int), 11)


def fit(p_high, p_low, buckets):
    """EM for one interpolation weight per bucket."""
    weight = np.full(12, 0.5)
    for _ in range(30):
        w = weight[buckets]
        share = w * p_high / np.maximum(w * p_high + (1 - w) * p_low, 1e-30)
        weight = np.array([share[buckets == i].mean() if (buckets == i).any() else 0.5 for i in range(12)])
    return np.clip(weight, 0, 0.995)


def main():
    torch.set_num_threads(1)
    state = torch.load(sys.argv[1])
    picks, tables = schedule(state["steps"], state["batch"])
    seen = np.concatenate([tables[s][np.sort(picks[picks[:, 0] == s, 1])] for s in range(len(tables))])
    keys = grams(seen)
    uni = np.bincount(keys[0], minlength=V) + 0.01
    uni = uni / uni.sum()
    pairs, triples = Counts(keys[1]), Counts(keys[2])
    before, before2 = Counts(keys[1] // V), Counts(keys[2] // V)
    weights = {}

    def predict(table, tune=False):
        k1, k2, k3 = grams(table)
        p1 = uni[k1]
        n2, n3 = before(k2 // V), before2(k3 // V)
        ml2, ml3 = pairs(k2) / np.maximum(n2, 1), triples(k3) / np.maximum(n3, 1)
        if tune:
            weights[2] = fit(ml2, p1, bucket(n2))
        w = weights[2][bucket(n2)]
        p2 = w * ml2 + (1 - w) * p1
        if tune:
            weights[3] = fit(ml3, p2, bucket(n3))
        w = weights[3][bucket(n3)]
        return p1, p2, w * ml3 + (1 - w) * p2

    predict(held_out(120000, "tune")[1], tune=True)
    w, rows, total = frozen(sys.argv[1]), {}, np.zeros(5)
    for source, table in held_out(300000)[0].items():
        ce = [-np.log(p).mean() for p in predict(table)]
        losses = []
        with torch.no_grad():
            for i in range(0, len(table), 8):
                ids = torch.from_numpy(table[i:i + 8])
                y = forward(w, ids, MINI)[:, :-1].reshape(-1, MINI["hidden_size"])
                losses.append(cross_entropy(w, y, ids[:, 1:].reshape(-1)))
        n = table.shape[0] * 255
        row = [float(torch.cat(losses).mean())] + ce
        rows[source] = dict(zip(("tokens", "model", "unigram", "bigram", "trigram"), [n] + [round(x, 4) for x in row]))
        total += n * np.array([1] + row)
        print(source, rows[source], flush=True)
    mean = total[1:] / total[0]
    result = {"tokens": int(total[0]), "model": mean[0], "unigram": mean[1], "bigram": mean[2], "trigram": mean[3],
              "sources": rows, "trained_tokens": state["step"] * state["batch"] * 256, "steps": state["step"],
              "batch": state["batch"], "seconds": state["seconds"], "history": state["history"]}
    json.dump(result, open(WORK + "/lm_eval.json", "w"), indent=1)
    print({k: result[k] for k in ("tokens", "model", "unigram", "bigram", "trigram", "trained_tokens", "seconds")})


if __name__ == "__main__":
    main()
