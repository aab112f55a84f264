// Weights in fewer bits, and tiles of the kernels that read them.
import type { Browser } from '@playwright/test'
import { D_IN, inPage, print, quick, results } from './drive.ts'
import { milliseconds, table } from './report.ts'

/** What float16 and int8 weights change, on the bundled SAEs and a synthetic one. */
export async function fidelity(browser: Browser): Promise<void> {
  const bundled = await inPage(browser, 'fidelityBundled')
  const shape = { tokens: quick ? 16 : 64, dIn: D_IN, dSae: quick ? 4096 : 16_384 }
  const synthetic = await inPage(browser, 'fidelitySynthetic', shape)
  results.fidelity = [...bundled, ...synthetic]
  print('\n## Fidelity of weights stored in fewer bits, against float32\n')
  print(
    table(
      [
        'source',
        'storage',
        'tokens',
        'L0',
        'mean error',
        'worst error',
        'Jaccard',
        'changed',
        'FVU',
        'FVU stored',
      ],
      [...bundled, ...synthetic].map((row) => [
        row.source,
        row.storage,
        String(row.tokens),
        row.l0.toFixed(1),
        row.meanError.toExponential(1),
        row.worstError.toExponential(1),
        row.jaccard.toFixed(4),
        `${(100 * row.changed).toFixed(2)}%`,
        row.fvu.toFixed(4),
        row.fvuStored.toFixed(4),
      ]),
    ),
  )
}

/** Every tile of the encode kernel on this adapter, and the ones chosen. */
export async function tuning(browser: Browser): Promise<void> {
  const rows = await inPage(browser, 'tuning')
  results.tuning = rows
  print('\n## Tiles of the encode kernel on this adapter\n')
  print(
    table(
      ['tile', 'best', ''],
      rows.map(({ tile, milliseconds: time, chosen }) => [tile, milliseconds(time), chosen ? 'chosen' : '']),
    ),
  )
}
