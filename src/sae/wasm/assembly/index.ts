// JumpReLU encode and decode in WebAssembly SIMD (AssemblyScript). The host lays memory out and passes
// addresses; nothing is allocated here. Layouts:
//   wEnc   [panels][dIn][8] float32: 8 features side by side, so that a panel streams through the cache once
//   bEnc, threshold  [panels * 8] float32; features past the last one have threshold +infinity
//   wDec   [dSae][dOutStride] float32, bDec [dOutStride], dOutStride a multiple of 4
//   x      [rows][dIn] float32

/** Features in a panel: two vectors. */
const PANEL: u32 = 8
/** Terms summed in registers before they join the total: keeps the rounding error of long sums small. */
const CHUNK: u32 = 64

/**
 * Appends to each row's list the features of panels first .. first + count - 1 with pre > threshold (strict), in
 * ascending order. Lists are [rows][listStride] and hold room for every feature; `counts` [rows] goes on from
 * what it holds. `tile` is 128 bytes of scratch.
 */
export function encode(
  x: usize,
  rows: u32,
  dIn: u32,
  wEnc: usize,
  bEnc: usize,
  threshold: usize,
  first: u32,
  count: u32,
  indices: usize,
  values: usize,
  listStride: u32,
  counts: usize,
  tile: usize,
): void {
  const rowBytes: usize = <usize>dIn * 4
  let panel = first
  // With few rows reading the weights is all the work: four panels at once keep more reads under way.
  while (rows < 4 && panel + 4 <= first + count) {
    const weights = wEnc + <usize>panel * rowBytes * PANEL
    for (let row: u32 = 0; row < rows; row++) {
      clear(tile)
      for (let k: u32 = 0; k < dIn; k += CHUNK) {
        const from = x + <usize>row * rowBytes + <usize>k * 4
        fourPanels(from, weights + <usize>k * PANEL * 4, rowBytes * PANEL, min(CHUNK, dIn - k), tile)
      }
      const at: usize = <usize>row * listStride * 4
      for (let i: u32 = 0; i < 4; i++) {
        const feature = (panel + i) * PANEL
        append(
          tile + i * PANEL * 4,
          bEnc + <usize>feature * 4,
          threshold + <usize>feature * 4,
          feature,
          indices + at,
          values + at,
          counts + row * 4,
        )
      }
    }
    panel += 4
  }
  for (; panel < first + count; panel++) {
    const weights = wEnc + <usize>panel * rowBytes * PANEL
    const bias = bEnc + <usize>panel * PANEL * 4
    const gate = threshold + <usize>panel * PANEL * 4
    let row: u32 = 0
    while (row < rows) {
      const group: u32 = rows - row >= 4 ? 4 : 1
      const input = x + <usize>row * rowBytes
      clear(tile)
      for (let k: u32 = 0; k < dIn; k += CHUNK) {
        const terms = min(CHUNK, dIn - k)
        const from = input + <usize>k * 4
        const block = weights + <usize>k * PANEL * 4
        if (group === 4) fourRows(from, rowBytes, block, terms, tile)
        else oneRow(from, block, terms, tile)
      }
      for (let i: u32 = 0; i < group; i++) {
        const at: usize = <usize>(row + i) * listStride * 4
        append(
          tile + i * PANEL * 4,
          bias,
          gate,
          panel * PANEL,
          indices + at,
          values + at,
          counts + (row + i) * 4,
        )
      }
      row += group
    }
  }
}

/** y = bDec + sum over entries of value * wDec[index]; y is [dOutStride]. */
export function decode(
  indices: usize,
  values: usize,
  count: u32,
  wDec: usize,
  bDec: usize,
  dOutStride: u32,
  y: usize,
): void {
  const bytes: usize = <usize>dOutStride * 4
  memory.copy(y, bDec, bytes)
  for (let i: u32 = 0; i < count; i++) {
    const value = v128.load32_splat(values + <usize>i * 4)
    const row = wDec + <usize>load<u32>(indices + <usize>i * 4) * bytes
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(value, v128.load(row + at))))
    }
  }
}

/** tile [4][8] += x [4][terms] · w [terms][8] */
function fourRows(x: usize, rowBytes: usize, w: usize, terms: u32, tile: usize): void {
  let a0 = f32x4.splat(0)
  let a1 = f32x4.splat(0)
  let b0 = f32x4.splat(0)
  let b1 = f32x4.splat(0)
  let c0 = f32x4.splat(0)
  let c1 = f32x4.splat(0)
  let d0 = f32x4.splat(0)
  let d1 = f32x4.splat(0)
  let xa = x
  let xb = x + rowBytes
  let xc = xb + rowBytes
  let xd = xc + rowBytes
  const end = x + <usize>terms * 4
  while (xa < end) {
    const w0 = v128.load(w)
    const w1 = v128.load(w, 16)
    const a = v128.load32_splat(xa)
    a0 = f32x4.add(a0, f32x4.mul(a, w0))
    a1 = f32x4.add(a1, f32x4.mul(a, w1))
    const b = v128.load32_splat(xb)
    b0 = f32x4.add(b0, f32x4.mul(b, w0))
    b1 = f32x4.add(b1, f32x4.mul(b, w1))
    const c = v128.load32_splat(xc)
    c0 = f32x4.add(c0, f32x4.mul(c, w0))
    c1 = f32x4.add(c1, f32x4.mul(c, w1))
    const d = v128.load32_splat(xd)
    d0 = f32x4.add(d0, f32x4.mul(d, w0))
    d1 = f32x4.add(d1, f32x4.mul(d, w1))
    w += 32
    xa += 4
    xb += 4
    xc += 4
    xd += 4
  }
  accumulate(tile, a0, a1)
  accumulate(tile + 32, b0, b1)
  accumulate(tile + 64, c0, c1)
  accumulate(tile + 96, d0, d1)
}

/** tile [4][8] += x [1][terms] · four panels w [terms][8], in the same order as fourRows. */
function fourPanels(x: usize, w: usize, panelBytes: usize, terms: u32, tile: usize): void {
  let a0 = f32x4.splat(0)
  let a1 = f32x4.splat(0)
  let b0 = f32x4.splat(0)
  let b1 = f32x4.splat(0)
  let c0 = f32x4.splat(0)
  let c1 = f32x4.splat(0)
  let d0 = f32x4.splat(0)
  let d1 = f32x4.splat(0)
  let wa = w
  let wb = wa + panelBytes
  let wc = wb + panelBytes
  let wd = wc + panelBytes
  const end = x + <usize>terms * 4
  while (x < end) {
    const v = v128.load32_splat(x)
    a0 = f32x4.add(a0, f32x4.mul(v, v128.load(wa)))
    a1 = f32x4.add(a1, f32x4.mul(v, v128.load(wa, 16)))
    b0 = f32x4.add(b0, f32x4.mul(v, v128.load(wb)))
    b1 = f32x4.add(b1, f32x4.mul(v, v128.load(wb, 16)))
    c0 = f32x4.add(c0, f32x4.mul(v, v128.load(wc)))
    c1 = f32x4.add(c1, f32x4.mul(v, v128.load(wc, 16)))
    d0 = f32x4.add(d0, f32x4.mul(v, v128.load(wd)))
    d1 = f32x4.add(d1, f32x4.mul(v, v128.load(wd, 16)))
    wa += 32
    wb += 32
    wc += 32
    wd += 32
    x += 4
  }
  accumulate(tile, a0, a1)
  accumulate(tile + 32, b0, b1)
  accumulate(tile + 64, c0, c1)
  accumulate(tile + 96, d0, d1)
}

/** tile [1][8] += x [1][terms] · w [terms][8], in the same order as fourRows: the same bits for the same row. */
function oneRow(x: usize, w: usize, terms: u32, tile: usize): void {
  let a0 = f32x4.splat(0)
  let a1 = f32x4.splat(0)
  const end = x + <usize>terms * 4
  while (x < end) {
    const a = v128.load32_splat(x)
    a0 = f32x4.add(a0, f32x4.mul(a, v128.load(w)))
    a1 = f32x4.add(a1, f32x4.mul(a, v128.load(w, 16)))
    w += 32
    x += 4
  }
  accumulate(tile, a0, a1)
}

function accumulate(tile: usize, low: v128, high: v128): void {
  v128.store(tile, f32x4.add(v128.load(tile), low))
  v128.store(tile, f32x4.add(v128.load(tile, 16), high), 16)
}

function clear(tile: usize): void {
  for (let at: usize = 0; at < 128; at += 16) v128.store(tile + at, f32x4.splat(0))
}

/** Adds the active ones of 8 sums to one row's list. */
function append(
  sums: usize,
  bias: usize,
  gate: usize,
  feature: u32,
  indices: usize,
  values: usize,
  count: usize,
): void {
  const low = f32x4.add(v128.load(sums), v128.load(bias))
  const high = f32x4.add(v128.load(sums, 16), v128.load(bias, 16))
  let active =
    i32x4.bitmask(f32x4.gt(low, v128.load(gate))) | (i32x4.bitmask(f32x4.gt(high, v128.load(gate, 16))) << 4)
  if (active === 0) return
  v128.store(sums, low)
  v128.store(sums, high, 16)
  let n = load<u32>(count)
  while (active !== 0) {
    const lane = ctz(active)
    store<u32>(indices + <usize>n * 4, feature + lane)
    store<f32>(values + <usize>n * 4, load<f32>(sums + <usize>lane * 4))
    n++
    active &= active - 1
  }
  store<u32>(count, n)
}
