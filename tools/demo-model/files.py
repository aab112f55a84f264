"""safetensors files with numpy only: an 8-byte length, a JSON header, the raw tensors.

Format: https://github.com/huggingface/safetensors (little-endian, C order, offsets after the header).
"""
import json
import struct

import numpy as np


def to_bf16(x):
    """float32 array -> uint16 array of bfloat16 bits, rounded to nearest even."""
    bits = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    """uint16 bfloat16 bits -> float32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def write_safetensors(path, tensors, bf16=False):
    """Write float32 arrays, as F32 or rounded to BF16; the header is padded to 8 bytes."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        x = np.ascontiguousarray(tensors[name], dtype=np.float32)
        data = (to_bf16(x) if bf16 else x).tobytes()
        header[name] = {"dtype": "BF16" if bf16 else "F32", "shape": list(x.shape), "data_offsets": [at, at + len(data)]}
        blobs.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for data in blobs:
            out.write(data)


def read_safetensors(path):
    """name -> float32 array, of an F32 or BF16 file."""
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, item in json.loads(data[8:8 + size]).items():
        if name == "__metadata__":
            continue
        a, b = (8 + size + n for n in item["data_offsets"])
        raw = np.frombuffer(data[a:b], dtype=np.uint16 if item["dtype"] == "BF16" else np.float32)
        out[name] = (from_bf16(raw) if item["dtype"] == "BF16" else raw.copy()).reshape(item["shape"])
    return out
