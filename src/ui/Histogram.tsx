// Counts over bins of a value: both axes named, a line at a value of note, each bin read by pointer or arrow keys and
// listed in a table.
import { useId, useState } from 'react'
import { chartPng, chartSvg } from '../lib/chart-drawing.ts'
import { formatNumber, plural } from '../lib/format.ts'
import { type CountScale, type HistogramData, histogramShape } from '../lib/histogram-shape.ts'
import { saveFile } from '../lib/save-file.ts'
import { Button } from './Button.tsx'
import css from './Histogram.module.css'
import { Segmented } from './Segmented.tsx'

interface HistogramProps {
  /** What the chart is of, for those who do not see it: "Thresholds of 16,384 features". */
  name: string
  data: HistogramData
  /** Title of the x axis. */
  xTitle: string
  /** One of what is counted, "feature"; with an s it is the title of the y axis. */
  counted: string
  /** A dashed line, where it lies within the axis. */
  marker?: { value: number; text: string }
  /** Decimals of an edge in readings and the table. */
  decimals: number
  /** Axis of the counts. */
  scale: CountScale
  onScale(next: CountScale): void
}

const HEIGHT = 100
const SCALES = [
  { value: 'linear', text: 'Linear' },
  { value: 'log', text: 'Log' },
] as const

export function Histogram(props: HistogramProps) {
  const { name, data, xTitle, counted, marker, decimals, scale, onScale } = props
  const [bin, setBin] = useState(0)
  const [reads, setReads] = useState(false)
  const captionId = useId()
  const { edges, counts } = data
  const { bars, xTicks, yTicks, place } = histogramShape(data, scale)
  const markerAt = marker && place(marker.value)
  const range = (at: number): string =>
    `${formatNumber(edges[at], decimals)} to ${formatNumber(edges[at + 1], decimals)}`
  const reading = (at: number): string => `${range(at)}: ${plural(counts[at], counted)}`
  const words = { title: name, x: xTitle, y: `${counted}s` }
  const savePng = async (): Promise<void> =>
    saveFile(`${fileName(name)}.png`, await chartPng(data, scale, words))
  // Bars that would be thinner than their gap touch.
  const gap = counts.length > 80 ? 0 : 0.15
  const path = bars
    .filter(({ height }) => height > 0)
    .map(({ left, width, height }) => {
      const [x, w] = [1000 * (left + (gap / 2) * width), 1000 * width * (1 - gap)]
      return `M${round(x)} ${HEIGHT}v${round(-HEIGHT * height)}h${round(w)}V${HEIGHT}z`
    })
    .join('')

  return (
    <figure className={css.chart} aria-labelledby={captionId}>
      <div className={css.top}>
        <span className={css.yTitle}>{counted}s</span>
        <Segmented<CountScale>
          label={`Scale of ${counted}s`}
          value={scale}
          choices={SCALES}
          onChange={onScale}
        />
        <span className={css.reading}>
          {reads ? reading(bin) : markerAt !== undefined && `dashed: ${marker?.text}`}
        </span>
      </div>
      <div className={css.plot}>
        <div className={css.yAxis} aria-hidden="true">
          <span className={css.widest}>{yTicks.at(-1)?.text}</span>
          {yTicks.map(({ value, text, at }) => (
            <span key={value} style={{ bottom: `${100 * at}%` }}>
              {text}
            </span>
          ))}
        </div>
        <div className={css.area}>
          <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <path
              className={css.grid}
              d={yTicks.map(({ at }) => `M0 ${round(HEIGHT * (1 - at))}H1000`).join('')}
            />
            {reads && (
              <rect
                className={css.cursor}
                x={round(1000 * bars[bin].left)}
                y={0}
                width={round(1000 * bars[bin].width)}
                height={HEIGHT}
              />
            )}
            <path className={css.bars} d={path} />
            {markerAt !== undefined && (
              <path className={css.marker} d={`M${round(1000 * markerAt)} 0V${HEIGHT}`} />
            )}
          </svg>
          <input
            type="range"
            className={css.reader}
            aria-label={`Bins of ${name}`}
            aria-valuetext={reading(bin)}
            min={0}
            max={counts.length - 1}
            step={1}
            value={bin}
            onChange={(event) => setBin(event.currentTarget.valueAsNumber)}
            onFocus={() => setReads(true)}
            onBlur={() => setReads(false)}
            onPointerMove={(event) => {
              const box = event.currentTarget.getBoundingClientRect()
              setBin(binAt(bars, (event.clientX - box.left) / box.width))
              setReads(true)
            }}
            onPointerLeave={(event) => setReads(event.currentTarget === document.activeElement)}
          />
        </div>
        <div className={css.xAxis} aria-hidden="true">
          {xTicks.map(({ value, text, at }) => (
            <span key={value} style={{ left: `${100 * at}%` }}>
              {text}
            </span>
          ))}
        </div>
        <span className={css.xTitle}>{xTitle}</span>
      </div>
      <figcaption id={captionId} className="visually-hidden">
        {name}
      </figcaption>
      <details className={css.table}>
        <summary>Table and picture</summary>
        <p className={css.save}>
          <Button look="pill" onClick={() => saveFile(`${fileName(name)}.svg`, chartSvg(data, scale, words))}>
            Save as SVG
          </Button>
          <Button look="pill" onClick={() => void savePng()}>
            Save as PNG
          </Button>
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <section className={css.scroll} aria-label={`Table of ${name}`} tabIndex={0}>
          <table>
            <caption className="visually-hidden">{name}</caption>
            <thead>
              <tr>
                <th scope="col">{xTitle}</th>
                <th scope="col">{counted}s</th>
              </tr>
            </thead>
            <tbody>
              {counts.map((count, at) => (
                <tr key={edges[at]}>
                  <th scope="row">{range(at)}</th>
                  <td>{formatNumber(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  )
}

/** "activations-of-feature-12" */
function fileName(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9.]+/g) ?? ['chart']
  return words.join('-').slice(0, 80)
}

/** The bin under a share of the plot's width. */
function binAt(bars: readonly { left: number; width: number }[], share: number): number {
  const after = bars.findIndex(({ left, width }) => share < left + width)
  return after < 0 ? bars.length - 1 : after
}

/** Enough digits for a path. */
function round(value: number): number {
  return Math.round(value * 100) / 100
}
