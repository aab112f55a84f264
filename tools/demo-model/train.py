"""Train the language model: Muon for the matrices, Adam for embedding and norms.

Input  .work/tokens/train/*.npy   Output .work/lm.pt (weights, step, history), resumable
Usage  train.py STEPS [SEQUENCES PER STEP]
Muon: momentum, then five Newton-Schulz steps that make the update orthogonal (Jordan et al. 2024).
"""
import glob
import json
import math
import os
import sys
import time

import numpy as np
import torch

from corpus import WORK
from mixture import SHARES
from model import MINI, Loss, forward, init_weights

SEED, WARM, EMBED_LR, NORM_LR, MUON_LR = 1, 0.03, 4e-3, 2e-3, 0.02


def schedule(steps, batch):
    """Which sequences come in which order: (source number, row) [steps*batch, 2], and the tables."""
    names = sorted(SHARES)
    tables = [np.load(WORK + "/tokens/train/%s.npy" % n) for n in names]
    rng = np.random.default_rng(SEED)
    picks = []
    for s, name in enumerate(names):
        want, order = int(math.ceil(SHARES[name] * steps * batch)), []
        while len(order) < want:
            order.extend(rng.permutation(len(tables[s])))
        picks.append(np.stack([np.full(want, s), order[:want]], 1))
    picks = rng.permutation(np.concatenate(picks))[:steps * batch]
    return picks, tables


def orthogonal(g):
    """Newton-Schulz iteration towards the nearest orthogonal matrix, quintic."""
    x = g.t() if g.shape[0] > g.shape[1] else g
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.t()
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x.t() if g.shape[0] > g.shape[1] else x


class Optimiser:
    """Muon on 2-D block weights, Adam (0.9, 0.95) on the rest."""

    def __init__(self, w):
        self.w, self.t = w, 0
        self.m = {k: torch.zeros_like(v) for k, v in w.items()}
        self.v = {k: torch.zeros_like(v) for k, v in w.items() if not self.muon(k)}

    @staticmethod
    def muon(name):
        return "_proj" in name

    @torch.no_grad()
    def step(self, scale):
        self.t += 1
        norm = math.sqrt(sum(float(p.grad.square().sum()) for p in self.w.values()))
        clip = min(1.0, 1.0 / (norm + 1e-6))
        for name, p in self.w.items():
            g, m = p.grad.mul_(clip), self.m[name]
            if self.muon(name):
                m.mul_(0.95).add_(g)
                update = orthogonal(g.add(m, alpha=0.95))
                p.sub_(update, alpha=MUON_LR * scale * max(1.0, p.shape[0] / p.shape[1]) ** 0.5)
            else:
                v = self.v[name]
                m.mul_(0.9).add_(g, alpha=0.1)
                v.mul_(0.95).addcmul_(g, g, value=0.05)
                lr = (EMBED_LR if "embed" in name else NORM_LR) * scale
                bias = math.sqrt(1 - 0.95 ** self.t) / (1 - 0.9 ** self.t)
                p.addcdiv_(m, v.sqrt().add_(1e-10), value=-lr * bias)
            p.grad = None
        return norm


def rate(step, steps):
    """Linear warm-up, then cosine to 2 %."""
    warm = max(1, int(WARM * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.49 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def save(path, **state):
    torch.save(state, path + ".tmp")
    os.replace(path + ".tmp", path)


def main():
    steps, batch = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8
    path = os.environ.get("LM", WORK + "/lm.pt")
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    picks, tables = schedule(steps, batch)
    w, start, spent, history = init_weights(MINI, SEED), 0, 0.0, []
    opt = Optimiser(w)
    if os.path.exists(path):
        old = torch.load(path)
        if old["steps"] == steps and old["batch"] == batch:
            w, start, spent, history = old["w"], old["step"], old["seconds"], old["history"]
            opt.w, opt.m, opt.v, opt.t = w, old["m"], old["v"], old["step"]
    if start == steps:
        return
    for p in w.values():
        p.requires_grad_(True)
    begin, mean = time.time() - spent, None
    for step in range(start, steps):
        rows = picks[step * batch:(step + 1) * batch]
        ids = torch.from_numpy(np.stack([tables[s][r] for s, r in rows]).astype(np.int64))
        y = forward(w, ids, MINI)[:, :-1].reshape(-1, MINI["hidden_size"])
        loss = Loss.apply(y, w["model.embed_tokens.weight"], ids[:, 1:].reshape(-1), MINI["final_logit_softcapping"])
        loss.backward()
        norm = opt.step(rate(step, steps))
        mean = float(loss) if mean is None else 0.98 * mean + 0.02 * float(loss)
        if step % 50 == 49 or step < 5:
            seconds = time.time() - begin
            print("step %d loss %.3f mean %.3f norm %.2f %d tok/s %d s" % (
                step + 1, float(loss), mean, norm, (step + 1) * batch * 256 / seconds, seconds), flush=True)
            history.append([step + 1, round(mean, 4), round(seconds)])
        if (step + 1) % 500 == 0 or step + 1 == steps:
            save(path, w={k: v.detach() for k, v in w.items()}, m=opt.m, v=opt.v, step=step + 1, steps=steps,
                 batch=batch, seconds=time.time() - begin, history=history)


if __name__ == "__main__":
    main()
