// A feature's page as one HTML file that opens from disk: figures, charts and examples, without scripts or requests.
import { exampleGroups, windowOf } from '../../dashboard/examples.ts'
import { activationHistogram, featureFigures } from '../../dashboard/figures.ts'
import type { Dashboard, IndexedFeature, IndexInfo, Label, TokenLogit } from '../../engine/protocol.ts'
import { chartSvg, escapeMarkup } from '../../lib/chart-drawing.ts'
import { decimalsFor, formatNumber, formatShare } from '../../lib/format.ts'
import { heat, STRONG } from '../../lib/heat.ts'
import { spanValues } from '../../lib/spans.ts'

export interface DashboardPage {
  model: string
  source: string
  /** The whole page's address. */
  address: string
  label: Label | undefined
  dashboard: Dashboard
  indexed: { info: IndexInfo; feature: IndexedFeature } | undefined
}

/** Pieces on either side of a firing. */
const AROUND = 24

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2125;--dim:#59616a;--back:#fff;--line:#dfe3e7;--act:16 150 105}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaec;--dim:#a4adb6;--back:#15181b;--line:#31373d;--act:52 211 153}}
body{max-width:960px;margin:0 auto;padding:24px 16px;background:var(--back);color:var(--ink);font:14px/1.5 system-ui,sans-serif}
h1{font-size:22px}h2{margin:28px 0 8px;font-size:16px}h3{margin:16px 0 4px;font-size:14px}
p,dt,small{color:var(--dim)}a{color:inherit}svg{max-width:100%;height:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}dd{margin:0}
ol{padding:0;list-style:none}li{display:grid;grid-template-columns:6ch 1fr;gap:10px;padding:5px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.tokens{display:flex;flex-wrap:wrap;gap:4px 14px}code{font-family:ui-monospace,monospace}
i{border-radius:3px;background:rgb(var(--act)/var(--level));font-style:normal;white-space:pre-wrap}i[data-strong]{color:#06110c}`

/** The file's whole text. Everything that came from elsewhere is escaped. */
export function dashboardHtml({ model, source, address, label, dashboard, indexed }: DashboardPage): string {
  const { index, logits } = dashboard
  const title = label ? `${index} ${label.description}` : `Feature ${index}`
  const parts = [
    `<h1>${e(title)}</h1>`,
    `<p>${e(model)} › ${e(source)}${label ? ` · label by ${e(label.author)}, ${e(label.method)}` : ''} · <a href="${e(address)}">open in Featurescope</a></p>`,
    factsOf(dashboard, indexed?.feature),
    indexed ? activationsOf(indexed.feature) : '',
    logits
      ? `<h2>Logits</h2>${tokensOf('Promotes', logits.top)}${tokensOf('Suppresses', logits.bottom)}${chartSvg(
          logits.histogram,
          'log',
          { title: `Effect of feature ${index} on the logit of every token`, x: 'logit', y: 'tokens' },
        )}`
      : '',
    indexed ? examplesOf(indexed.feature) : '',
    indexed
      ? `<p>Counted over ${e(indexed.info.manifest.corpus.name)}, ${formatNumber(indexed.info.manifest.countedTokens)} tokens. ${e(indexed.info.manifest.corpus.description ?? '')}</p>`
      : '',
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${e(title)} · ${e(source)}</title><style>${STYLE}</style></head>
<body><main>
${parts.filter((part) => part !== '').join('\n')}
</main></body></html>
`
}

function factsOf(dashboard: Dashboard, feature: IndexedFeature | undefined): string {
  const counted = feature && featureFigures(feature.statistics, feature.countedTokens)
  const density = counted?.density ?? dashboard.density
  const max = feature?.statistics.max ?? dashboard.maxActivation
  const facts: [string, string | undefined][] = [
    ['fires on', density === undefined ? undefined : `${formatShare(density)} of tokens`],
    ['highest activation', max === undefined ? undefined : formatNumber(max, decimalsFor(max))],
    ['threshold', formatNumber(dashboard.threshold, 4)],
    ['encoder bias', formatNumber(dashboard.encoderBias, 4)],
    ['decoder norm', formatNumber(dashboard.decoderNorm, 4)],
  ]
  const rows = facts.map(([name, value]) => (value ? `<dt>${e(name)}</dt><dd>${e(value)}</dd>` : ''))
  return `<dl>${rows.join('')}</dl>`
}

function activationsOf({ statistics }: IndexedFeature): string {
  const histogram = activationHistogram(statistics)
  if (!histogram) return ''
  const title = `Activations of feature ${statistics.feature} on ${formatNumber(statistics.count)} tokens`
  return `<h2>Activations</h2>${chartSvg(histogram, 'linear', { title, x: 'activation', y: 'tokens' })}`
}

function tokensOf(name: string, tokens: readonly TokenLogit[]): string {
  const all = tokens.map(
    ({ token, logit }) => `<span><code>${e(token)}</code> ${formatNumber(logit, 2)}</span>`,
  )
  return `<h3>${name}</h3><div class="tokens">${all.join('')}</div>`
}

function examplesOf(feature: IndexedFeature): string {
  const { max } = feature.statistics
  const decimals = decimalsFor(max)
  const groups = exampleGroups(feature).map((group) => {
    const heading =
      group.kind === 'top'
        ? 'Top activations'
        : group.kind === 'random'
          ? 'Any firings, drawn evenly'
          : `Interval ${formatNumber(group.from, decimals)} – ${formatNumber(group.to, decimals)}`
    const rows = group.examples.map(({ document, position, value }) => {
      const { spans } = document
      const { from, to } = windowOf(spans, position, AROUND)
      const values = spanValues(spans, document.values)
      const text = spans.slice(from, to).map((span, at) => tokenOf(span.text, heat(values[from + at], max)))
      return `<li><b>${formatNumber(value, decimals)}</b><span>${text.join('')} <small>${e(document.title)}</small></span></li>`
    })
    return `<h3>${heading}</h3><ol>${rows.join('')}</ol>`
  })
  return groups.length > 0 ? `<h2>Examples</h2>${groups.join('')}` : ''
}

function tokenOf(text: string, level: number): string {
  if (!(level > 0)) return e(text)
  return `<i style="--level:${level.toFixed(3)}"${level > STRONG ? ' data-strong' : ''}>${e(text)}</i>`
}

const e = escapeMarkup
