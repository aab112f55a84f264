// What an embedded feature page shows, by Neuronpedia's query names: everything unless an address says "false".

export interface Embed {
  /** Histogram, density and logits. */
  plots: boolean
  /** The label. */
  explanation: boolean
  /** Activations on a text. */
  test: boolean
  /** The box that this text is typed into. */
  testField: boolean
  /** Examples from texts. */
  activations: boolean
  /** The way to the whole page. */
  link: boolean
}

export const WHOLE_EMBED: Embed = {
  ...{ plots: true, explanation: true, test: true, testField: true, activations: true, link: true },
}

/** Each part's query name and what a person calls it. */
export const EMBED_PARTS: readonly { part: keyof Embed; query: string; text: string }[] = [
  { part: 'explanation', query: 'embedexplanation', text: 'Label' },
  { part: 'plots', query: 'embedplots', text: 'Charts and logits' },
  { part: 'test', query: 'embedtest', text: 'Activations on a text' },
  { part: 'testField', query: 'embedtestfield', text: 'Text box' },
  { part: 'activations', query: 'embedactivations', text: 'Examples' },
  { part: 'link', query: 'embedlink', text: 'Link to the whole page' },
]

/** Names and values of an embed's query. */
export function embedParameters(embed: Embed): [string, string][] {
  const left = EMBED_PARTS.filter(({ part }) => !embed[part])
  return [['embed', 'true'], ...left.map(({ query }): [string, string] => [query, 'false'])]
}

/** Undefined where the address asks for the whole page. */
export function parseEmbed(query: ReadonlyMap<string, string>): Embed | undefined {
  if (query.get('embed') !== 'true') return undefined
  const embed = { ...WHOLE_EMBED }
  for (const { part, query: name } of EMBED_PARTS) embed[part] = query.get(name) !== 'false'
  return embed
}
