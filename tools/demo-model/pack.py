"""Encode the documents and cut them into sequences of 256 tokens.

Output .work/tokens/{train,tune,test}/{source}.npy, uint16 [sequences, 256]; column 0 is <bos>.
A long document gives windows of 255 tokens; what is left over, and short documents, are
joined with documents of the same source, an empty line (for glosses a newline) between them.
"""
import json
import os
import random

import numpy as np
import sentencepiece as spm

from corpus import WORK

LENGTH, BOS = 256, 2


def windows(docs, separator):
    """Token lists of one source -> uint16 [n, 256]."""
    rows, rest = [], []
    for ids in docs:
        cut = len(ids) - len(ids) % (LENGTH - 1)
        rows += [ids[i:i + LENGTH - 1] for i in range(0, cut, LENGTH - 1)]
        if len(ids) > cut:
            rest += ids[cut:] + separator
        while len(rest) >= LENGTH - 1:
            rows.append(rest[:LENGTH - 1])
            rest = rest[LENGTH - 1:]
    table = np.full((len(rows), LENGTH), BOS, dtype=np.uint16)
    for i, row in enumerate(rows):
        table[i, 1:] = row
    return table


def main():
    sp = spm.SentencePieceProcessor(model_file=WORK + "/tok/gemma-2-mini.model")
    docs = {}
    for line in open(WORK + "/docs.jsonl", encoding="utf-8"):
        doc = json.loads(line)
        docs.setdefault((doc["split"], doc["source"]), []).append(doc["text"])
    for (split, source), texts in docs.items():
        random.Random(2).shuffle(texts)
        separator = sp.encode("\n" if source == "wordnet" else "\n\n")
        table = windows(sp.encode(texts), separator)
        os.makedirs(WORK + "/tokens/" + split, exist_ok=True)
        np.save(WORK + "/tokens/%s/%s.npy" % (split, source), table)
        if split != "tune":
            print(split, source, table.size, "tokens", flush=True)


if __name__ == "__main__":
    main()
