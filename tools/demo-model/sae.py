"""Train one JumpReLU SAE (or transcoder) on stored activations; manual gradients, one thread.

Usage  sae.py SITE STEPS LAMBDA RATE    Output .work/sae/SITE.npz (folded: raw activations go in)
Recipe: JumpReLU SAEs (arXiv 2407.14435) as in Gemma Scope (2408.05147): loss |x-xhat|^2 + lambda L0,
straight-through rectangle kernel of width EPS for the thresholds, Adam (0, 0.999), unit decoder rows.
Here inputs are scaled to a centred variance of 1 (they have a mean), lambda warms up over 30 % of
the steps, the rate decays to 0 over the last 30 %, and features that stopped firing are started
again from badly reconstructed inputs (in a transcoder their bias is raised until they fire).
x [B, d_in], z pre-activations [B, W], W_enc [d_in, W], W_dec [W, d_out].
"""
import os
import sys
import time

import numpy as np
import torch

from corpus import WORK
from sites import hooks_of

BATCH, ROWS, EPS, THETA = 2048, 256, 0.05, 0.03


class Data:
    """Shuffled batches of (input, target), scaled."""

    def __init__(self, site, seed):
        folder = os.environ.get("ACTS", WORK + "/acts")
        self.files = [np.load(folder + "/%s.npy" % h, mmap_mode="r") for h in hooks_of(site)]
        self.same = hooks_of(site)[0] == hooks_of(site)[1]
        self.rng = np.random.default_rng(seed)
        self.queue = np.zeros(0, dtype=np.int64)
        self.scale, self.mean = [], []
        some = np.sort(self.rng.choice(len(self.files[0]), 40000, replace=False))
        for f in self.files:
            x = f[some].astype(np.float32)
            self.mean.append(x.mean(0))
            self.scale.append(float(np.sqrt(((x - x.mean(0)) ** 2).sum(1).mean())))

    def batch(self):
        if len(self.queue) < BATCH:
            self.queue = self.rng.permutation(len(self.files[0]))
        rows, self.queue = np.sort(self.queue[:BATCH]), self.queue[BATCH:]
        out = [torch.from_numpy(f[rows].astype(np.float32) / s) for f, s in zip(self.files[:1 if self.same else 2], self.scale)]
        return out[0], out[-1]


def fold(p, data):
    """Parameters that take raw activations, in Gemma Scope's names."""
    ci, co = data.scale
    enc = p["enc"] * (co / ci)
    bias = co * p["b_enc"] - (co * (p["b_dec"] @ p["enc"]) if data.same else 0)
    dec = p["dec"].double()
    dec = (dec / dec.norm(dim=1, keepdim=True)).float()
    return {"W_enc": enc, "W_dec": dec, "b_enc": bias, "b_dec": co * p["b_dec"], "threshold": co * p["theta"]}


def gradients(p, x, y, lam, same, buf):
    """Loss parts and gradients of one batch. Returns (g, error, l0, fired [W], row errors [B])."""
    g = {k: torch.zeros_like(v) for k, v in p.items()}
    B, theta, fired = len(x), p["theta"], torch.zeros(p["theta"].shape[0])
    if same:
        x = x - p["b_dec"]
    errors = []
    for i in range(0, B, ROWS):
        xi, z, f, d = x[i:i + ROWS], buf[0], buf[1], buf[2]
        torch.addmm(p["b_enc"], xi, p["enc"], out=z)
        on = (z > theta).float()
        torch.mul(z, on, out=f)
        fired += on.sum(0)
        e = torch.addmm(p["b_dec"], f, p["dec"]).sub_(y[i:i + ROWS])
        errors.append(e.square().sum(1))
        g["dec"].addmm_(f.t(), e, alpha=2 / B)
        g["b_dec"] += e.sum(0) * (2 / B)
        torch.mm(e, p["dec"].t(), out=d).mul_(2 / B)
        near = (z.sub_(theta).abs_() < EPS / 2).float()
        torch.mul(d, theta, out=z).add_(lam / B).mul_(near)
        g["theta"] -= z.sum(0) / EPS
        d.mul_(on)
        g["enc"].addmm_(xi.t(), d)
        g["b_enc"] += d.sum(0)
    if same:
        g["b_dec"] -= p["enc"] @ g["b_enc"]
    errors = torch.cat(errors)
    return g, float(errors.mean()), float(fired.sum()) / B, fired > 0, errors


def train(site, steps, lam, lr, width=4096, seed=3):
    torch.manual_seed(seed)
    data = Data(site, seed)
    d_in, d_out = data.files[0].shape[1], data.files[1].shape[1]
    dec = torch.nn.functional.normalize(torch.randn(width, d_out), dim=1)
    enc = dec.t().clone() if data.same else 0.3 * torch.nn.functional.normalize(torch.randn(d_in, width), dim=0)
    p = {"enc": enc.contiguous(), "dec": dec, "b_enc": torch.zeros(width),
         "b_dec": torch.from_numpy(data.mean[1] / data.scale[1]), "theta": torch.full((width,), THETA)}
    if not data.same:
        p["b_enc"] = -(torch.from_numpy(data.mean[0] / data.scale[0]) @ p["enc"])
    second = {k: torch.zeros_like(v) for k, v in p.items()}
    buf = [torch.empty(ROWS, width) for _ in range(3)]
    last, begin = torch.zeros(width), time.time()
    for step in range(steps):
        x, y = data.batch()
        now = lam * min(1.0, (step + 1) / (0.3 * steps))
        g, error, l0, fired, errors = gradients(p, x, y, now, data.same, buf)
        rate = lr * min(1.0, (step + 1) / 100, (steps - step) / (0.3 * steps))
        g["dec"] -= p["dec"] * (g["dec"] * p["dec"]).sum(1, keepdim=True)
        bias = (1 - 0.999 ** (step + 1)) ** 0.5
        for k in p:
            second[k].mul_(0.999).addcmul_(g[k], g[k], value=0.001)
            p[k].addcdiv_(g[k], second[k].sqrt().add_(1e-8), value=-rate * bias)
        p["dec"].div_(p["dec"].norm(dim=1, keepdim=True))
        p["theta"].clamp_(min=1e-3)
        last[fired] = step
        if not data.same:
            p["b_enc"][last < step - 100] += 0.001
        elif step % 200 == 199 and step < 0.7 * steps:
            dead = (last < step - 150).nonzero()[:, 0]
            if len(dead):
                pick = torch.multinomial(errors, len(dead), replacement=True)
                recon = torch.nn.functional.normalize(y[pick] - p["b_dec"], dim=1)
                into = torch.nn.functional.normalize(x[pick] - p["b_dec"], dim=1)
                p["enc"][:, dead] = into.t() * p["enc"].norm(dim=0).median()
                p["b_enc"][dead] = 0
                p["theta"][dead] = p["theta"].median()
                last[dead] = step
        if step % 100 == 99 or step + 1 == steps:
            print("%s step %d fvu %.3f l0 %.1f idle %d theta %.3f  %.3f s/step" % (
                site, step + 1, error, l0, int((last < step - 150).sum()), float(p["theta"].median()),
                (time.time() - begin) / (step + 1)), flush=True)
    return {k: v.contiguous().numpy().astype(np.float32) for k, v in fold(p, data).items()}, time.time() - begin


def main():
    site, steps, lam, lr = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    folder = os.environ.get("SAES", WORK + "/sae")
    os.makedirs(folder, exist_ok=True)
    out, seconds = train(site, steps, lam, lr)
    np.savez(folder + "/" + site + ".tmp.npz", **out)
    np.save(folder + "/" + site + ".train.npy", np.array([steps, lam, seconds, lr]))
    os.replace(folder + "/" + site + ".tmp.npz", folder + "/" + site + ".npz")


if __name__ == "__main__":
    main()
