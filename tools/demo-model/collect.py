"""Run the frozen model over training sequences and store the activations of every site.

Output .work/acts/{hook}.npy float16 [tokens, width], position 0 (<bos>) left out.
Usage  collect.py LM.pt TOKENS PART PARTS   (parts write disjoint ranges of the same files)
"""
import os
import sys
import time

import numpy as np
import torch

from corpus import WORK
from model import MINI, forward
from sites import SITES, frozen, hooks_of
from train import schedule


def main():
    path, tokens, part, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    w, batch = frozen(path), 8
    picks, tables = schedule(tokens // 255 // batch, batch)
    names = sorted(set(h for s in SITES for h in hooks_of(s)))
    folder = os.environ.get("ACTS", WORK + "/acts")
    os.makedirs(folder, exist_ok=True)
    files = {}
    for name in names:
        width = MINI["num_attention_heads"] * MINI["head_dim"] if name.endswith("hook_z") else MINI["hidden_size"]
        target = folder + "/" + name + ".npy"
        shape = (len(picks) * 255, width)
        if part == 0:
            np.lib.format.open_memmap(target + ".tmp", mode="w+", dtype=np.float16, shape=shape).flush()
            os.replace(target + ".tmp", target)
        while not os.path.exists(target):
            time.sleep(0.2)
        files[name] = np.load(target, mmap_mode="r+")

    for i in range(part * batch, len(picks), parts * batch):
        ids = torch.from_numpy(np.stack([tables[s][r] for s, r in picks[i:i + batch]]).astype(np.int64))

        def keep(name, x):
            if name in files:
                files[name][i * 255:(i + len(ids)) * 255] = x[:, 1:].reshape(-1, x.shape[-1]).numpy()
            return x

        with torch.no_grad():
            forward(w, ids, MINI, keep)


if __name__ == "__main__":
    main()
