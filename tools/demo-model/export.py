"""Write the bundled model and SAEs into public/hub in the hub's own layout. Can be run again.

Usage  export.py LM.pt [SITE...]
Reads  .work/tok, .work/sae/SITE.npz and SITE.eval.npz, labels.json (feature descriptions, kept by
       the SHA-256 of the SAE they were read from)
"""
import hashlib
import json
import os
import shutil
import sys

import numpy as np
import torch

from corpus import HERE, WORK
from files import write_safetensors
from model import MINI
from sites import MID, SITES, hooks_of

HUB = os.environ.get("HUB", os.path.join(HERE, "..", "..", "public", "hub"))
REPO = {"res": "mini-scope-res", "att": "mini-scope-att", "mlp": "mini-scope-mlp", "transcoder": "mini-scope-transcoders"}


def write_model(path):
    folder = HUB + "/featurescope/gemma-2-mini"
    os.makedirs(folder, exist_ok=True)
    w = {k: v.numpy() for k, v in torch.load(path)["w"].items()}
    write_safetensors(folder + "/model.safetensors", w, bf16=True)
    json.dump(MINI, open(folder + "/config.json", "w"), indent=2)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(WORK + "/tok/" + name, folder + "/" + name)


def source_id(site):
    kind, layer = site.split("_")
    return "%s-miniscope-%s-4k" % (layer, kind)


def write_sae(site, saes):
    """One SAE with its density and largest activations; returns its catalogue entry."""
    kind, layer = site.split("_")
    p, r = dict(np.load("%s/%s.npz" % (saes, site))), np.load("%s/%s.eval.npz" % (saes, site))
    part = "layer_%s/width_4k/average_l0_%d" % (layer, round(float(r["l0"])))
    repo = "featurescope/" + REPO[kind]
    folder = "%s/%s/%s" % (HUB, repo, part)
    os.makedirs(folder, exist_ok=True)
    p = {k: np.ascontiguousarray(p[k], dtype=np.float32) for k in ("W_enc", "W_dec", "b_enc", "b_dec", "threshold")}
    assert (p["threshold"] > 0).all() and np.abs(np.linalg.norm(p["W_dec"].astype(np.float64), axis=1) - 1).max() < 1e-5
    np.savez(folder + "/params.npz", **p)
    np.save(folder + "/density.npy", r["density"].astype(np.float32))
    np.save(folder + "/max_activation.npy", r["max_activation"].astype(np.float32))
    digest = hashlib.sha256(p["W_enc"].tobytes() + p["W_dec"].tobytes()).hexdigest()
    labels = os.path.join(HERE, "labels.json")
    known = json.load(open(labels)).get(site, {}) if os.path.exists(labels) else {}
    if known.get("sha256") == digest:
        with open(folder + "/explanations.jsonl", "w", encoding="utf-8") as out:
            for index, text in sorted(known["features"].items(), key=lambda item: int(item[0])):
                out.write(json.dumps({"modelId": "gemma-2-mini", "layer": source_id(site), "index": index,
                                      "description": text, "typeName": "read from top activations",
                                      "explanationModelName": "featurescope developers"}, ensure_ascii=False) + "\n")
    a, b = hooks_of(site)
    numbers = {k: round(float(r[f]), 5) for k, f in (
        ("l0", "l0"), ("fvu", "fvu"), ("ceRecovered", "ce_recovered"), ("deadShare", "dead"),
        ("ceClean", "ce_clean"), ("ceSae", "ce_sae"), ("ceZero", "ce_zero"))}
    trained = np.load("%s/%s.train.npy" % (saes, site))
    numbers.update(tokens=int(r["tokens"]), ceTokens=int(r["ce_tokens"]), steps=int(trained[0]), batch=2048,
                   l0Weight=float(trained[1]), rate=float(trained[3]), trainSeconds=round(float(trained[2])))
    entry = {"repo": repo, "path": part + "/params.npz", "model": "gemma-2-mini", "modelRepo": "featurescope/gemma-2-mini",
             "source": source_id(site), "site": kind, "layer": int(layer), "width": int(p["W_enc"].shape[1]),
             "dIn": int(p["W_enc"].shape[0]), "dOut": int(p["W_dec"].shape[1]), "hookIn": a, "hookOut": b,
             "l0": round(float(r["l0"]), 2), "fvu": round(float(r["fvu"]), 4),
             "ceRecovered": round(float(r["ce_recovered"]), 4), "deadShare": round(float(r["dead"]), 4),
             "density": part + "/density.npy", "maxActivation": part + "/max_activation.npy",
             "bytes": os.path.getsize(folder + "/params.npz"), "default": site == "res_%d" % MID}
    if entry["default"]:
        entry["index"] = part + "/index/"
    if os.path.exists(folder + "/explanations.jsonl"):
        entry["explanations"] = part + "/explanations.jsonl"
    return entry, numbers


def main():
    path, saes = sys.argv[1], os.environ.get("SAES", WORK + "/sae")
    sites = sys.argv[2:] or [s for s in SITES if os.path.exists("%s/%s.eval.npz" % (saes, s))]
    write_model(path)
    for name in REPO.values():
        shutil.rmtree("%s/featurescope/%s" % (HUB, name), ignore_errors=True)
    entries, metrics = [], {}
    for site in sites:
        entry, numbers = write_sae(site, saes)
        entries.append(entry)
        metrics.setdefault(entry["repo"], {})[entry["path"]] = numbers
    for repo, rows in metrics.items():
        json.dump(rows, open("%s/%s/metrics.json" % (HUB, repo), "w"), indent=1)
    if os.path.exists(WORK + "/lm_eval.json"):
        shutil.copy(WORK + "/lm_eval.json", HUB + "/featurescope/gemma-2-mini/metrics.json")
    json.dump(entries, open(HUB + "/featurescope/catalogue.json", "w"), indent=1)
    print(len(entries), "SAEs exported")


if __name__ == "__main__":
    main()
