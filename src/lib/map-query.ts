// What is looked at on the map of a source's features, and how it is written in an address.

/** What the points are coloured by. */
export const MAP_COLOURS = ['density', 'search', 'label'] as const
export type MapColour = (typeof MAP_COLOURS)[number]

export interface MapQuery {
  colour: MapColour
  /** Words that the features lit in a search all have; empty for none. */
  text: string
}

export const PLAIN_MAP: MapQuery = { colour: 'density', text: '' }

/** Names and values of what differs from `PLAIN_MAP`; values are not yet percent-encoded. */
export function mapParameters({ colour, text }: MapQuery): [name: string, value: string][] {
  const found: [string, string][] = []
  if (colour !== PLAIN_MAP.colour) found.push(['colour', colour])
  if (text !== '') found.push(['q', text])
  return found
}

/** What `mapParameters` wrote; a colour that is none counts as not there. */
export function parseMapQuery(parameters: ReadonlyMap<string, string>): MapQuery {
  const colour = MAP_COLOURS.find((one) => one === parameters.get('colour'))
  return { colour: colour ?? PLAIN_MAP.colour, text: parameters.get('q') ?? '' }
}
