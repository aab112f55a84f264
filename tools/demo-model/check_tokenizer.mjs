// Compare tokenizer.json, read by @huggingface/tokenizers, with SentencePiece's ids.
// usage: node check_tokenizer.mjs NODE_MODULES_DIR TOKENIZER_DIR token_ids.json
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const [modules, folder, fixture] = process.argv.slice(2)
const entry = createRequire(`${resolve(modules)}/`).resolve('@huggingface/tokenizers')
const { Tokenizer } = createRequire(import.meta.url)(entry)
const print = (line) => process.stdout.write(`${line}\n`)
const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const tokenizer = new Tokenizer(read(`${folder}/tokenizer.json`), read(`${folder}/tokenizer_config.json`))
const cases = read(fixture)
let wrong = 0
for (const { text, ids } of cases) {
  const got = Array.from(tokenizer.encode(text).ids)
  const want = [2, ...ids]
  if (got.length !== want.length || got.some((id, i) => id !== want[i])) {
    wrong += 1
    if (wrong < 12) print(`differs: ${JSON.stringify(text)} ${got.join(' ')} | ${want.join(' ')}`)
  }
}
print(`${cases.length} texts, ${wrong} differ`)
process.exit(wrong ? 1 : 0)
