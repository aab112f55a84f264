// Computes the map of a source's features beside the engine's thread: a minute of a core for 16k of them.
import { expose } from 'comlink'
import type { OnProgress } from '../lib/progress.ts'
import { DirectionTable } from '../sae/feature-map/directions.ts'
import { layoutOf } from '../sae/feature-map/layout.ts'
import { nearestNeighbours } from '../sae/feature-map/neighbours.ts'
import { TRUST, type Trust, trustOf } from '../sae/feature-map/trust.ts'

export interface MapSettings {
  seed: number
  neighbours: number
  minDist: number
  epochs: number
}

/** What the worker offers: rows first, as they are read, then all the rest. */
export interface MapComputing {
  /** At most `room` decoder rows of `width` numbers will follow. */
  begin(room: number, width: number, seed: number): void
  /** Some rows of the decoder, [n, width], none of them zero. */
  add(rows: Float32Array): void
  compute(
    settings: MapSettings,
    onProgress: OnProgress,
  ): { places: Float32Array<ArrayBuffer>; searchWidth: number; trust: Trust }
}

/** Messages to the engine's thread come no closer than this, in milliseconds. */
const PAUSE = 100

let table: DirectionTable | undefined

const computing: MapComputing = {
  begin: (room, width, seed) => {
    table = new DirectionTable(room, width, seed)
  },
  add: (rows) => table?.add(rows),
  compute: ({ seed, neighbours, minDist, epochs }, onProgress) => {
    if (!table) throw new Error('a map was asked for before its rows were given')
    const directions = table
    const { count } = directions
    const step = (label: string, total: number, unit: 'features' | 'steps') => {
      let last = 0
      return (done: number): void => {
        const now = performance.now()
        if (done < total && now - last < PAUSE) return
        last = now
        onProgress({ label, done, total, unit })
      }
    }
    const nearest = nearestNeighbours(
      directions,
      Math.min(neighbours, count - 1),
      step('Comparing decoder directions', count, 'features'),
    )
    const onDone = step('Placing features on the map', epochs, 'steps')
    const places = layoutOf(nearest, { seed, minDist, epochs, onDone })
    const asked = step('Checking the map', Math.min(TRUST.sample, count), 'features')
    return {
      places,
      searchWidth: directions.searchWidth,
      trust: trustOf(directions, nearest, places, seed, asked),
    }
  },
}

expose(computing)
