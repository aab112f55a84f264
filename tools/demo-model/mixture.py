"""Share of each source among the training tokens (the token budget is the whole mixture)."""
SHARES = {
    "sotu": 0.18, "brown": 0.20, "moby": 0.07,
    "wordnet": 0.09, "devil": 0.015, "jargon": 0.035, "factbook": 0.05,
    "python_code": 0.12, "python_docs": 0.04, "handbook_en": 0.02,
    "handbook_fr": 0.055, "handbook_de": 0.035, "fortunes_de": 0.03,
    "handbook_es": 0.04, "fortunes_es": 0.02,
}
assert abs(sum(SHARES.values()) - 1) < 1e-9
