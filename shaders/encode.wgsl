// Fused encode: x · W_enc + b_enc, then > threshold (strict), then append to the token's list. Nothing of size
// tokens × features is ever written: only (value, index) pairs of active features. This part is common to the three
// shapes of the product, encode-direct, encode-shared and encode-gemv.wgsl, each of which follows it.
//
// With HISTOGRAM nothing is appended: the positive pre-activations of each row are counted by the upper bits of their
// float32, from which top-k-floor.wgsl finds what the k largest exceed.
//
// group 0
//  0 uniform  params
//  1 read     x        [*, dIn4] vec4f      activations in C order, zero-padded to a multiple of 4
//  2 read     rowOf    [rows] vec2u         which row of x; bits of a float that active features exceed besides
//  3 read     weights  [4 · dIn4, features4] Stored4   W_enc of this feature range, in file order, zero-padded
//  4 read     gate     [2, features4] vec4f            b_enc of the range, then its thresholds
//  5 atomic   counts   [rows] u32           active features; runs past `capacity`, so that the host sees overflow
//                      [rows, 2048] u32     with HISTOGRAM
//  6 write    entries  [rows, capacity] vec2u          (bits of the value, feature), in no particular order

override HISTOGRAM: bool = false;

struct Params {
  rows: u32,
  dIn4: u32,
  features4: u32,
  features: u32,     // in this range; padding after the last one is never active
  firstFeature: u32, // of this range
  capacity: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> rowOf: array<vec2u>;
@group(0) @binding(3) var<storage, read> weights: array<Stored4>;
@group(0) @binding(4) var<storage, read> gate: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> entries: array<vec2u>;

/** Where a row of the batch starts in x. Rows past the end repeat the last one: they are never appended. */
fn startOf(row: u32) -> u32 {
  return rowOf[min(row, params.rows - 1u)].x * params.dIn4;
}

/** What becomes of the sums of one row and four features. */
fn finish(row: u32, column: u32, sum: vec4f, bias: vec4f, threshold: vec4f) {
  let pre = sum + bias;
  if (row >= params.rows || column >= params.features4 || !any(pre > threshold)) {
    return;
  }
  let floor = bitcast<f32>(rowOf[row].y);
  for (var lane = 0u; lane < 4u; lane++) {
    let feature = 4u * column + lane;
    if (pre[lane] > threshold[lane] && pre[lane] > floor && feature < params.features) {
      let bits = bitcast<u32>(pre[lane]);
      if (HISTOGRAM) {
        atomicAdd(&counts[2048u * row + (bits >> 20u)], 1u);
      } else {
        let slot = atomicAdd(&counts[row], 1u);
        if (slot < params.capacity) {
          entries[row * params.capacity + slot] = vec2u(bits, params.firstFeature + feature);
        }
      }
    }
  }
}
