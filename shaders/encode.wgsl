// Fused JumpReLU encode: x · W_enc + b_enc, then > threshold (strict), then append to the token's list.
// Nothing of size tokens × features is ever written: only (value, index) pairs of active features.
//
// One invocation: 4 adjacent features × up to TOKENS tokens, 4 steps of k at a time; adjacent invocations read
// adjacent weights. Dispatch (ceil(features4 / 64), ceil(rows / TOKENS), 1).
//
// group 0
//  0 uniform  params
//  1 read     x        [*, dIn4] vec4f      activations in C order, zero-padded to a multiple of 4
//  2 read     rowOf    [rows] u32           which rows of x to encode
//  3 read     weights  [4 · dIn4, features4] vec4f   W_enc of this feature range, in file order, zero-padded
//  4 read     gate     [2, features4] vec4f          b_enc of the range, then its thresholds
//  5 atomic   counts   [rows] u32           active features; runs past `capacity`, so that the host sees overflow
//  6 write    entries  [rows, capacity] vec2u        (bits of the value, feature), in no particular order

override TOKENS: u32 = 16; // at most 16

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
@group(0) @binding(2) var<storage, read> rowOf: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read> gate: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> entries: array<vec2u>;

@compute @workgroup_size(64)
fn encode(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let firstRow = id.y * TOKENS;
  if (column >= params.features4) {
    return;
  }

  // Rows past the end repeat the last one: cheaper than a branch in the loop, and never appended.
  var start: array<u32, 16>;
  var sum: array<vec4f, 16>;
  for (var t = 0u; t < TOKENS; t++) {
    start[t] = rowOf[min(firstRow + t, params.rows - 1u)] * params.dIn4;
  }

  var w = column;
  for (var k = 0u; k < params.dIn4; k++) {
    let w0 = weights[w];
    let w1 = weights[w + params.features4];
    let w2 = weights[w + 2u * params.features4];
    let w3 = weights[w + 3u * params.features4];
    w += 4u * params.features4;
    for (var t = 0u; t < TOKENS; t++) {
      let v = x[start[t] + k];
      sum[t] += v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
    }
  }

  let bias = gate[column];
  let threshold = gate[params.features4 + column];
  for (var t = 0u; t < TOKENS; t++) {
    let row = firstRow + t;
    if (row < params.rows) {
      let pre = sum[t] + bias;
      for (var lane = 0u; lane < 4u; lane++) {
        let feature = 4u * column + lane;
        if (pre[lane] > threshold[lane] && feature < params.features) {
          let slot = atomicAdd(&counts[row], 1u);
          if (slot < params.capacity) {
            entries[row * params.capacity + slot] =
              vec2u(bitcast<u32>(pre[lane]), params.firstFeature + feature);
          }
        }
      }
    }
  }
}
