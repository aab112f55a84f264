"""L0, FVU, CE recovered, dead share, density and largest activation of every trained SAE.

L0, FVU, dead and density on TOKENS held-out tokens, CE recovered on CE_TOKENS of them, position 0
(<bos>) excluded and never patched. FVU = sum |x-xhat|^2 / sum |x-mean|^2; CE recovered =
(CE_zero - CE_sae) / (CE_zero - CE_clean), zero ablation at the hook that the SAE writes.
Usage  eval_sae.py LM.pt SITE...    Output .work/sae/SITE.eval.npz
"""
import os
import sys

import numpy as np
import torch

from corpus import WORK
from model import MINI, forward
from sites import cross_entropy, frozen, held_out, hooks_of

TOKENS, CE_TOKENS = int(os.environ.get("EVAL_TOKENS", 220000)), int(os.environ.get("EVAL_CE_TOKENS", 104000))


def encode(p, x):
    """x [n, d_in] -> acts [n, W]."""
    z = torch.addmm(p["b_enc"], x, p["W_enc"])
    return z.mul_(z > p["threshold"]).clamp_(min=0)


def rebuild(p, x):
    return torch.addmm(p["b_dec"], encode(p, x), p["W_dec"])


class Tally:
    """Running sums of one SAE's metrics."""

    def __init__(self, p):
        self.p, self.n, self.error = p, 0, 0.0
        self.fires, self.top = torch.zeros(p["b_enc"].shape), torch.zeros(p["b_enc"].shape)
        self.sum, self.square = 0, 0.0

    def add(self, x, y):
        for i in range(0, len(x), 512):
            a, t = encode(self.p, x[i:i + 512]), y[i:i + 512]
            self.fires += (a > 0).sum(0)
            self.top = torch.maximum(self.top, a.max(0).values)
            self.error += float((t - torch.addmm(self.p["b_dec"], a, self.p["W_dec"])).double().square().sum())
            self.sum = self.sum + t.double().sum(0)
            self.square += float(t.double().square().sum())
            self.n += len(t)

    def result(self):
        variance = self.square - float((self.sum ** 2).sum()) / self.n
        return dict(l0=float(self.fires.sum()) / self.n, fvu=self.error / variance, tokens=self.n,
                    dead=float((self.fires == 0).float().mean()), density=(self.fires / self.n).numpy(),
                    max_activation=self.top.numpy())


def ce(w, batch, change=None):
    """Mean cross-entropy with hooks changed by change(name, x)."""
    y = forward(w, batch, MINI, change)[:, :-1].reshape(-1, MINI["hidden_size"])
    return float(cross_entropy(w, y, batch[:, 1:].reshape(-1)).mean())


def splice(p, source, target):
    """A hook function that replaces positions 1.. of target by the SAE of source (or by 0)."""
    seen = {}

    def change(name, x):
        if name == source:
            seen["x"] = x
        if name != target:
            return x
        x = x.clone()
        if p is None:
            x[:, 1:] = 0
        else:
            flat = seen["x"][:, 1:]
            x[:, 1:] = rebuild(p, flat.reshape(-1, flat.shape[-1])).view(x[:, 1:].shape)
        return x

    return change


def main():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    w, sites, folder = frozen(sys.argv[1]), sys.argv[2:], os.environ.get("SAES", WORK + "/sae")
    saes = {s: {k: torch.from_numpy(v) for k, v in np.load("%s/%s.npz" % (folder, s)).items()} for s in sites}
    tallies = {s: Tally(saes[s]) for s in sites}
    ids = held_out(300000)[1]
    need = set(h for s in sites for h in hooks_of(s))
    sums = {s: np.zeros(3) for s in sites}
    used = 0
    with torch.no_grad():
        for i in range(0, min(len(ids), TOKENS // 255), 8):
            batch, got = torch.from_numpy(ids[i:i + 8]), {}

            def keep(name, x):
                if name in need:
                    got[name] = x[:, 1:].reshape(-1, x.shape[-1])
                return x

            y = forward(w, batch, MINI, keep)[:, :-1].reshape(-1, MINI["hidden_size"])
            for s in sites:
                a, b = hooks_of(s)
                tallies[s].add(got[a], got[b])
            if i < CE_TOKENS // 255:
                used += len(batch) * 255
                clean = float(cross_entropy(w, y, batch[:, 1:].reshape(-1)).mean())
                for s in sites:
                    a, b = hooks_of(s)
                    sums[s] += len(batch) * np.array([clean, ce(w, batch, splice(saes[s], a, b)), ce(w, batch, splice(None, a, b))])
    for s in sites:
        r = tallies[s].result()
        clean, sae, zero = sums[s] / (used / 255)
        r.update(ce_clean=clean, ce_sae=sae, ce_zero=zero, ce_recovered=(zero - sae) / (zero - clean), ce_tokens=used)
        np.savez("%s/%s.eval.npz" % (folder, s), **r)
        print("%-13s l0 %.1f fvu %.3f ce_recovered %.3f (clean %.3f sae %.3f zero %.3f) dead %.3f tokens %d/%d" % (
            s, r["l0"], r["fvu"], r["ce_recovered"], clean, sae, zero, r["dead"], r["tokens"], used), flush=True)


if __name__ == "__main__":
    main()
