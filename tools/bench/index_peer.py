"""PyTorch on the CPU: what SAEDashboard does for one SAE on the bundled model, as a plain loop. Prints JSON.

Batches of sequences go through the model up to the SAE's hook, are encoded densely, and for every feature the
statistics and the strongest token of each sequence are kept, of which the top 20 remain.

Usage: index_peer.py MODEL_FOLDER PARAMS_NPZ LAYER < {"batch": 8, "documents": [[ids], ...]}
"""

import json
import pathlib
import struct
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "demo-model"))
from model import forward  # noqa: E402


def safetensors(path: pathlib.Path) -> dict:
    """All tensors as float32."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    out = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        kind = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}[entry["dtype"]]
        tensor = torch.frombuffer(bytearray(data[start:end]), dtype=kind)
        out[name] = tensor.reshape(entry["shape"]).float()
    return out


def in_batches(documents: list, batch: int) -> list:
    """Neighbours of one length together."""
    out = []
    for document in documents:
        if out and len(out[-1]) < batch and len(out[-1][0]) == len(document):
            out[-1].append(document)
        else:
            out.append([document])
    return [torch.tensor(documents) for documents in out]


class Stop(Exception):
    pass


def main() -> None:
    folder, params, layer = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    asked = json.load(sys.stdin)
    config = json.loads((folder / "config.json").read_text())
    weights = safetensors(folder / "model.safetensors")
    sae = {name: torch.from_numpy(array.astype(np.float32)) for name, array in np.load(params).items()}
    batches = in_batches(asked["documents"], asked["batch"])
    d_sae = sae["W_enc"].shape[1]
    count = torch.zeros(d_sae, dtype=torch.int64)
    total, squares = torch.zeros(d_sae, dtype=torch.float64), torch.zeros(d_sae, dtype=torch.float64)
    top = torch.zeros(20, d_sae)
    started = time.perf_counter()
    with torch.no_grad():
        for documents in batches:
            taken = {}

            def see(name, x):
                if name == f"blocks.{layer}.hook_resid_post":
                    taken["x"] = x
                    raise Stop
                return x

            try:
                forward(weights, documents, config, see)
            except Stop:
                pass
            pre = taken["x"][:, 1:] @ sae["W_enc"] + sae["b_enc"]
            acts = torch.relu(pre) * (pre > sae["threshold"])
            flat = acts.reshape(-1, d_sae)
            count += (flat > 0).sum(0)
            total += flat.sum(0)
            squares += flat.square().sum(0)
            top = torch.topk(torch.cat([top, acts.amax(1)]), 20, dim=0).values
    seconds = time.perf_counter() - started
    tokens = sum(len(documents) * (documents.shape[1] - 1) for documents in batches)
    print(json.dumps({
        "version": torch.__version__, "threads": torch.get_num_threads(), "seconds": seconds, "tokens": tokens,
        "counts": count.tolist(), "max": top[0].tolist(),
    }))


if __name__ == "__main__":
    main()
