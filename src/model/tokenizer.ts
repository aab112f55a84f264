// Gemma's tokenizer from its tokenizer.json: text to ids, ids to pieces, ids to what a person reads.
import { Tokenizer } from '@huggingface/tokenizers'
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'
import type { TokenSpan } from '../lib/token-span.ts'
import { spanTokens } from './token-spans.ts'

export interface GemmaTokenizer {
  /**
   * Ids of a text with <bos> exactly once in front. As in transformers, special tokens written out in the text
   * ("<eos>") become those tokens; a text that itself begins with "<bos>" gets no second one. Halves of surrogate
   * pairs, which no UTF-8 text can hold, are read as U+FFFD.
   */
  encode(text: string): number[]
  /** The vocabulary's own piece, "▁the"; undefined for ids it does not have. */
  piece(id: number): string | undefined
  /** What a person reads as tokens: positions in order, none left out. */
  spans(ids: readonly number[]): TokenSpan[]
}

/** An object whose entries are taken as they are: Gemma has 256,000 pieces, one of them "constructor". */
const table = v.custom<object>((value) => typeof value === 'object' && value !== null)

const TokenizerJson = v.looseObject({
  model: v.looseObject({
    type: v.literal('BPE'),
    vocab: table,
    merges: v.pipe(table, v.check(Array.isArray)),
  }),
  added_tokens: v.array(v.looseObject({ id: v.number(), content: v.string(), special: v.boolean() })),
})
const TokenizerConfigJson = v.looseObject({
  bos_token: v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })])),
})

/**
 * Builds the tokenizer from the parsed tokenizer.json and, where there is one, tokenizer_config.json. Takes seconds
 * for Gemma's own 256,000 pieces. Throws UserError when they are of another kind.
 */
export function openTokenizer(tokenizerJson: unknown, tokenizerConfigJson?: unknown): GemmaTokenizer {
  const json = v.safeParse(TokenizerJson, tokenizerJson)
  if (!json.success) throw unusable('tokenizer.json does not describe a BPE tokenizer.')
  const config = v.safeParse(TokenizerConfigJson, tokenizerConfigJson ?? {})
  if (!config.success) throw unusable('tokenizer_config.json is not an object of settings.')
  const tokenizer = build(json.output, config.output)

  const { bos_token: bosToken } = config.output
  const bos = (typeof bosToken === 'object' ? bosToken?.content : bosToken) ?? '<bos>'
  const bosId = tokenizer.token_to_id(bos)
  if (bosId === undefined)
    throw unusable(`Its vocabulary has no "${bos}", which Gemma expects before every text.`)
  const special = new Set(json.output.added_tokens.filter((token) => token.special).map(({ id }) => id))

  return {
    encode(text) {
      const { ids } = tokenizer.encode(wellFormed(text), { add_special_tokens: false })
      return ids[0] === bosId ? ids : [bosId, ...ids]
    },
    piece: (id) => tokenizer.id_to_token(id),
    spans: (ids) =>
      spanTokens(
        ids.map((id) => ({ piece: tokenizer.id_to_token(id) ?? `<${id}>`, special: special.has(id) })),
      ),
  }
}

function build(json: object, config: object): Tokenizer {
  try {
    return new Tokenizer(json, config)
  } catch (error) {
    throw unusable(error instanceof Error ? `${error.message}.` : String(error))
  }
}

/** Encoding to UTF-8 and back turns lone surrogates into U+FFFD and leaves everything else alone. */
function wellFormed(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text))
}

function unusable(detail: string): UserError {
  return new UserError({
    title: 'The tokenizer cannot be used.',
    detail,
    remedy: "Take tokenizer.json as it is published beside the model's weights.",
  })
}
