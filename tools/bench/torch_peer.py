"""PyTorch on the CPU: the dense encode and decode of SAELens, on the numbers of data.ts. Prints JSON.

Usage: torch_peer.py dIn dSae repetitions tokens...
"""

import json
import math
import sys
import time

import numpy as np
import torch


def mixed(seed: int, i: np.ndarray) -> np.ndarray:
    z = i * np.uint32(0x9E3779B9) + np.uint32((seed * 0x85EBCA6B) & 0xFFFFFFFF)
    z = (z ^ (z >> np.uint32(16))) * np.uint32(0x7FEB352D)
    z = (z ^ (z >> np.uint32(15))) * np.uint32(0x846CA68B)
    return z ^ (z >> np.uint32(16))


def normals(seed: int, count: int, scale: float) -> np.ndarray:
    i = np.arange(count, dtype=np.uint32)
    a, b = mixed(seed, i * np.uint32(2)), mixed(seed, i * np.uint32(2) + np.uint32(1))
    half = np.uint32(0xFFFF)
    total = (a & half).astype(np.float64) + (a >> np.uint32(16)) + (b & half) + (b >> np.uint32(16))
    return (scale * ((total - 2 * 65535) / (65536 / math.sqrt(3)))).astype(np.float32)


def timed(work, repetitions: int):
    work()
    times = []
    for _ in range(repetitions):
        started = time.perf_counter()
        result = work()
        times.append(1000 * (time.perf_counter() - started))
    return times, result


def main() -> None:
    d_in, d_sae, repetitions, *sizes = (int(argument) for argument in sys.argv[1:])
    w_enc = torch.from_numpy(normals(1, d_in * d_sae, 1 / math.sqrt(d_in)).reshape(d_in, d_sae))
    w_dec = torch.from_numpy(normals(2, d_sae * d_in, 1 / math.sqrt(d_in)).reshape(d_sae, d_in))
    bias, b_dec, threshold = torch.zeros(d_sae), torch.zeros(d_in), torch.full((d_sae,), 2.63)
    out = []
    with torch.no_grad():
        for tokens in sizes:
            x = torch.from_numpy(normals(3, tokens * d_in, 1.0).reshape(tokens, d_in))

            def encode():
                pre = x @ w_enc + bias
                return torch.relu(pre) * (pre > threshold)

            times, acts = timed(encode, repetitions)
            decode_times, _ = timed(lambda: acts @ w_dec + b_dec, repetitions)
            rows, features = acts.nonzero(as_tuple=True)
            out.append(
                {
                    "tokens": tokens,
                    "times": times,
                    "decodeTimes": decode_times,
                    "indices": features.tolist(),
                    "values": acts[rows, features].tolist(),
                }
            )
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads(), "cases": out}))


if __name__ == "__main__":
    np.seterr(over="ignore")
    main()
