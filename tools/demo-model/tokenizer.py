"""Train the SentencePiece BPE tokenizer and export it as a Gemma 2 shaped tokenizer.json.

Input  .work/docs.jsonl
Output .work/tok/gemma-2-mini.model (SentencePiece) and .work/tok/tokenizer.json, tokenizer_config.json

SentencePiece trains on single lines and so can learn no pieces for newlines, tabs or runs of
spaces. Those are inserted afterwards as ordinary pieces with the highest scores (they merge
first). Only runs of a power of two are used, so every such piece has exactly one split and
SentencePiece and a merge list agree on every text.
"""
import json
import os
import random
import struct

import sentencepiece as spm

from corpus import WORK
from mixture import SHARES

VOCAB = 6144
S = "\u2581"
RUNS = ["\n", "\n\n", "\n" * 4, "\t", "\t\t", S * 2, S * 4, S * 8, S * 16]
SAMPLE_BYTES = 14_000_000
ACCENTED = "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüßœŒÁÍÓÚÑáíóúñ¿¡«»“”‘’–—…€£§°"


def sample(path):
    """Write a training text of SAMPLE_BYTES with the mixture's shares, one line a paragraph."""
    texts = {}
    for line in open(WORK + "/docs.jsonl", encoding="utf-8"):
        doc = json.loads(line)
        if doc["split"] == "train":
            texts.setdefault(doc["source"], []).append(doc["text"])
    rng = random.Random(1)
    with open(path, "w", encoding="utf-8") as out:
        out.write((" ".join(ACCENTED) + "\n") * 200)
        for source, share in SHARES.items():
            rng.shuffle(texts[source])
            want, got = share * SAMPLE_BYTES, 0
            while got < want:
                for text in texts[source]:
                    for row in text.replace("\t", " ").split("\n"):
                        if row.strip():
                            out.write(row[:3000] + "\n")
                            got += len(row.encode())
                    if got >= want:
                        break


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(field number, wire type, value) of a protobuf message, in order."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        elif kind == 5:
            value, at = data[at:at + 4], at + 4
        else:
            raise ValueError("wire type %d" % kind)
        yield key >> 3, kind, value


def encode_varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def piece_message(text, score, kind):
    raw = text.encode()
    body = b"\x0a" + encode_varint(len(raw)) + raw + b"\x15" + struct.pack("<f", score) + b"\x18" + encode_varint(kind)
    return b"\x0a" + encode_varint(len(body)) + body


def insert_runs(source, target):
    """Copy a SentencePiece model with RUNS inserted behind the byte pieces, best scores first."""
    pieces, rest = [], b""
    data = open(source, "rb").read()
    for number, kind, value in fields(data):
        if number == 1:
            piece = {1: b"", 2: struct.pack("<f", 0), 3: 1}
            piece.update({n: v for n, _, v in fields(value)})
            pieces.append((piece[1].decode(), piece[3]))
        else:
            assert kind == 2
            rest += encode_varint(number << 3 | kind) + encode_varint(len(value)) + value
    fixed = [p for p in pieces if p[1] != 1]
    learned = [p[0] for p in pieces if p[1] == 1 and p[0] not in RUNS]
    out, rank = b"", 0
    for text, kind in fixed:
        out += piece_message(text, 0.0, kind)
    for text in RUNS + learned:
        out += piece_message(text, -float(rank), 1)
        rank += 1
    open(target, "wb").write(out + rest)


def merges(pieces):
    """Every split of every piece into two pieces, in order of the piece's id."""
    known = set(text for text, kind in pieces if kind == "normal")
    rows = []
    for text, kind in pieces:
        if kind == "normal":
            rows += [[text[:i], text[i:]] for i in range(1, len(text)) if text[:i] in known and text[i:] in known]
    return rows


def export(model, folder):
    """tokenizer.json in the shape of Gemma 2's own file."""
    sp = spm.SentencePieceProcessor(model_file=model)
    pieces = [(sp.id_to_piece(i), "byte" if sp.is_byte(i) else "control" if sp.is_control(i) or sp.is_unknown(i)
               else "normal") for i in range(sp.get_piece_size())]
    assert len(pieces) == VOCAB and len(set(p for p, _ in pieces)) == VOCAB
    special = [dict(id=i, content=pieces[i][0], single_word=False, lstrip=False, rstrip=False,
                    normalized=False, special=True) for i in range(4)]
    spec = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
            "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": S},
            "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
            "post_processor": {"type": "TemplateProcessing",
                               "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                               "pair": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                        {"SpecialToken": {"id": "<bos>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
                               "special_tokens": {"<bos>": {"id": "<bos>", "ids": [2], "tokens": ["<bos>"]}}},
            "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": S}, "content": " "},
                                                         {"type": "ByteFallback"}, {"type": "Fuse"}]},
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                      "vocab": {p: i for i, (p, _) in enumerate(pieces)}, "merges": merges(pieces)}}
    with open(folder + "/tokenizer.json", "w", encoding="utf-8") as out:
        json.dump(spec, out, ensure_ascii=False, separators=(",", ":"))
    config = {"add_bos_token": True, "add_eos_token": False, "bos_token": "<bos>", "eos_token": "<eos>",
              "pad_token": "<pad>", "unk_token": "<unk>", "clean_up_tokenization_spaces": False,
              "model_max_length": 256, "spaces_between_special_tokens": False, "tokenizer_class": "GemmaTokenizer",
              "added_tokens_decoder": {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in special}}
    with open(folder + "/tokenizer_config.json", "w") as out:
        json.dump(config, out, indent=2)
    print("merges", len(spec["model"]["merges"]), "bytes", os.path.getsize(folder + "/tokenizer.json"))


def main():
    folder = WORK + "/tok"
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(folder + "/raw.model"):
        sample(folder + "/sample.txt")
        spm.SentencePieceTrainer.train(
            input=folder + "/sample.txt", model_prefix=folder + "/raw", model_type="bpe",
            vocab_size=VOCAB - len(RUNS), byte_fallback=True, split_digits=True, character_coverage=0.9998,
            normalization_rule_name="identity", add_dummy_prefix=False,
            remove_extra_whitespaces=False, max_sentence_length=100000, num_threads=2, pad_id=0, eos_id=1,
            bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>", unk_piece="<unk>",
            max_sentencepiece_length=16, minloglevel=1)
    insert_runs(folder + "/raw.model", folder + "/gemma-2-mini.model")
    export(folder + "/gemma-2-mini.model", folder)


if __name__ == "__main__":
    main()
