"""The places SAEs read and write, the frozen model, and held-out data, shared by the SAE scripts."""
import math

import numpy as np
import torch

from corpus import WORK
from files import from_bf16, to_bf16
from mixture import SHARES
from model import MINI

MID = 3
RES = ["res_%d" % i for i in range(6)]
SITES = RES + ["att_%d" % MID, "mlp_%d" % MID, "transcoder_%d" % MID]


def hooks_of(site):
    """(hook read, hook written) of a site name such as res_3."""
    kind, layer = site.split("_")
    b = "blocks.%s." % layer
    return {"res": (b + "hook_resid_post",) * 2, "att": (b + "attn.hook_z",) * 2, "mlp": (b + "hook_mlp_out",) * 2,
            "transcoder": (b + "ln2.hook_normalized", b + "hook_mlp_out")}[kind]


def frozen(path):
    """Trained weights, rounded to bf16 and expanded to float32 again."""
    w = torch.load(path)["w"]
    return {k: torch.from_numpy(from_bf16(to_bf16(v.numpy())).reshape(v.shape)) for k, v in w.items()}


def held_out(tokens, split="test"):
    """Held-out sequences in the mixture's shares: {source: int64 [n, 256]} and all of them shuffled."""
    parts = {}
    for source in sorted(SHARES):
        table = np.load(WORK + "/tokens/%s/%s.npy" % (split, source)).astype(np.int64)
        parts[source] = table[:max(1, math.ceil(SHARES[source] * tokens / 256))]
    together = np.concatenate(list(parts.values()))
    return parts, np.random.default_rng(5).permutation(together)


def cross_entropy(w, y, target, rows=256):
    """Cross-entropy of every prediction, in nats: y [n, d], target [n] -> float32 [n]."""
    cap, out = MINI["final_logit_softcapping"], torch.empty(len(target))
    e = w["model.embed_tokens.weight"].t()
    for i in range(0, len(target), rows):
        z = (y[i:i + rows] @ e).mul_(1 / cap).tanh_().mul_(cap)
        hit = z.gather(1, target[i:i + rows, None])[:, 0]
        out[i:i + rows] = z.exp_().sum(1).log_() - hit
    return out
