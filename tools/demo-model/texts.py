"""Varied texts on which the exported tokenizer must agree with SentencePiece.

The sentences are the project's own, or short quotations of works in the public domain.
"""
import random

ENGLISH = [
    "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse",
    "Four score and seven years ago our fathers brought forth on this continent a new nation",
    "The quick brown fox jumps over the lazy dog.", "Hello, world!", "In 1863, the Congress of the United States met.",
    "It's 3:45 p.m.; don't be late (or early) -- please?", "He said, \"No, I won't!\"", "UPPER CASE AND lower case MiXeD",
    "internationalisation, antidisestablishmentarianism", "a", "A", "the the the the", "e.g. i.e. etc. U.S.A.",
    "$1,234.56 + 7% = £9", "1st 2nd 3rd 100th 1000000007", "www.example.org/path?query=1&b=2#top", "name@example.org",
]
OTHERS = [
    "Être ou ne pas être, telle est la question. L'été, le cœur s'élève à Noël.", "Vous êtes très aimable, n'est-ce pas ?",
    "« Guillemets » et œuvre, où ça ?", "Die Größe der Übung überrascht; straße und STRASSE.", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.",
    "„Anführungszeichen“ sind schön.", "¿Dónde está la biblioteca? ¡Qué señor tan amable!", "El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy", "Zażółć gęślą jaźń", "Hyvää päivää, älä pelkää", "İstanbul'da ılık bir gün",
    "Съешь ещё этих мягких французских булок", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก",
    "生活的真谛是", "いろはにほへと ちりぬるを", "다람쥐 헌 쳇바퀴에 타고파", "汉字和kana混じりの文", "Tiếng Việt có dấu",
]
CODE = [
    "def add(a, b):\n    return a + b\n", "class Foo(Bar):\n    def __init__(self, x=None):\n        self.x = x\n        super().__init__()\n",
    "for (let i = 0; i < 10; i++) {\n\tconsole.log(i);\n}\n", "if x:\n\tif y:\n\t\tpass\n", "SELECT * FROM t WHERE id = 42;",
    "<html>\n  <body class=\"a b\">&amp;</body>\n</html>", "{\"key\": [1, 2.5, -3e10, null, true]}", "#include <stdio.h>\nint main(void) { return 0; }",
    "x = [i ** 2 for i in range(10) if i % 2 == 0]  # squares", "raise ValueError('bad value: %r' % (value,))", "import os, sys\nfrom typing import List\n",
    "    \"\"\"Docstring.\"\"\"\n", ">>> print('a')\na\n", "a->b; c::d; e=>f; g|=h; ~i; !j; k&&l||m", "\\begin{align}\\frac{1}{2}\\end{align}", "$HOME/.bashrc && sudo rm -i *.txt",
]
ODD = [
    "", " ", "  ", "   ", "    ", "     ", "      ", "       ", " " * 8, " " * 9, " " * 15, " " * 16, " " * 17, " " * 31, " " * 33, "\n", "\n\n", "\n\n\n", "\n" * 4,
    "\n" * 5, "\n" * 7, "\n" * 9, "\t", "\t\t", "\t\t\t", "\t" * 5, " \n ", "\n \n", " \t ", "\t \t", "\r\n", "a\r\nb\rc", " leading", "trailing ", "  two leading", "two trailing  ",
    "a b  c   d    e     f      g", "a\nb\n\nc\n\n\nd\n\n\n\ne", "\n    indented\n        twice\n            thrice\n", "x\u0000y", "\u0001\u0002\u0003", "bell\u0007 and escape\u001b[0m", "\u007f",
    "zero\u200bwidth\u200djoiner\ufeff", "nbsp\u00a0here\u202fand\u2009there", "soft\u00adhyphen", "e\u0301 combining", "ﬁ ligature ½ ² №", "ＦＵＬＬ　ｗｉｄｔｈ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒎𝒂𝒕𝒉",
    "🙂", "🙂🙃 👍🏽 👨‍👩‍👧‍👦 🇫🇷", "emoji🙂inside", "\u2581", "a\u2581b", "\u2581\u2581\u2581", "<0x41>", "<0x0A>", "<unk", "< bos >", "[UNK] </s> <s>", "0", "00", "007", "12345678901234567890", "3.14159", "1,000,000", "2024-01-31T23:59:59Z",
    "...", "....", "?!?!", "----", "====", "____", "****", "####", "((()))", "'''", "\"\"\"", "``''", "a" * 50, "ha" * 30, "  \n\n  \n", "\n\t\n\t", "self.self.self", "theThe THE tHe", "\ud7ff\ue000\uffff", "\U0010ffff", "ÀÉÎÕÜàéîõü", "ŠŽšžŸÿ", "–—‘’“”…•™©®",
]


def texts():
    """All texts, and random joins of them (seed fixed)."""
    base = ENGLISH + OTHERS + CODE + ODD
    rng = random.Random(7)
    joins = []
    for _ in range(120):
        parts = [rng.choice(base) for _ in range(rng.randint(2, 5))]
        joins.append(rng.choice(["", " ", "  ", "\n", "\n\n", "\t"]).join(parts)[:400])
    return list(dict.fromkeys(base + joins))
