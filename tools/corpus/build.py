"""Write the public-domain texts that indexes of the bundled sources are built from.

Input  the packages that make.sh unpacked (read by tools/demo-model/corpus.py)
Output public/corpus/public-domain.jsonl: {"kind": str, "title": str, "text": str}

Documents in the order of the SHA-1 of their text, as for training: those held out of training come first.
"""
import hashlib
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "demo-model"))
import corpus  # noqa: E402

# Characters of each kind: about 3.5 make a token of the bundled tokenizer.
SHARES = [
    ("speeches", "State of the Union", corpus.sotu, 400_000),
    ("novel", "Moby-Dick", corpus.moby, 260_000),
    ("factbook", "The World Factbook", corpus.factbook, 210_000),
    ("jargon", "The Jargon File", corpus.jargon, 160_000),
    ("dictionary", "The Devil's Dictionary", corpus.devil, 100_000),
]
# The longest stretch of one document, so that a kind is not one long speech.
LONGEST = 6000


def python_tools():
    """This project's own Python, so that features for code have something to fire on."""
    folder = os.path.join(ROOT, "tools", "demo-model")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py") and name != "texts.py":
            yield name, corpus.clean(corpus.read(os.path.join(folder, name)))


def cut(text):
    """The beginning, up to the end of a paragraph or sentence."""
    if len(text) <= LONGEST:
        return text
    end = max(text.rfind(mark, 0, LONGEST) + len(mark) for mark in ("\n\n", ". ", " "))
    return text[:end].rstrip()


def title(name, text):
    first = re.sub(r"\s+", " ", text).strip()[:60]
    return "%s: %s…" % (name, first.rsplit(" ", 1)[0])


def main():
    out = os.path.join(ROOT, "public", "corpus", "public-domain.jsonl")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w", encoding="utf-8") as file:
        for kind, name, make, budget in SHARES:
            texts = sorted(set(t for t in make() if t.strip()), key=lambda t: hashlib.sha1(t.encode()).hexdigest())
            used = count = 0
            for text in map(cut, texts):
                if used >= budget:
                    break
                file.write(json.dumps({"kind": kind, "title": title(name, text), "text": text}, ensure_ascii=False) + "\n")
                used += len(text)
                count += 1
            print("%-10s %4d documents %8d characters" % (kind, count, used))
        for name, text in python_tools():
            file.write(json.dumps({"kind": "python", "title": "tools/demo-model/" + name, "text": cut(text)}) + "\n")
    print(os.path.getsize(out), "bytes")


if __name__ == "__main__":
    main()
