// What the sites SAEs read are called in the page.
import type { Site } from '../engine/protocol.ts'

/** In a row, and in a heading; in the order they are listed. */
export const SITE_NAMES: Record<Site, { short: string; long: string }> = {
  res: { short: 'residual', long: 'Residual stream' },
  mlp: { short: 'MLP', long: 'MLP output' },
  att: { short: 'attention', long: 'Attention output' },
  transcoder: { short: 'transcoder', long: 'MLP transcoder' },
  embedding: { short: 'embedding', long: 'Token embedding' },
}
