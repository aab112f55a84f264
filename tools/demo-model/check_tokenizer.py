"""Write SentencePiece's ids for the varied texts (without <bos>) as the tokenizer fixture."""
import json
import os
import sys

import sentencepiece as spm

from corpus import WORK
from texts import texts


def main():
    path = sys.argv[1]
    sp = spm.SentencePieceProcessor(model_file=WORK + "/tok/gemma-2-mini.model")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    rows = [{"text": t, "ids": sp.encode(t)} for t in texts()]
    with open(path, "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=True) for r in rows) + "\n]\n")
    print(len(rows), "texts")


if __name__ == "__main__":
    main()
