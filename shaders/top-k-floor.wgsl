// From encode.wgsl's histograms to what active features of a TopK SAE must exceed: the largest float below the bin
// that holds the row's k-th largest positive pre-activation. The few features above it that are not among the k are
// dropped by top-k.wgsl.
//
// One invocation: one row. Dispatch (ceil(rows / 64), 1, 1).
//
// group 0
//  0 uniform  params
//  1 read     histogram [rows, 2048] u32   by the upper 12 bits of the float32
//  2 update   rowOf     [rows] vec2u       gets the bits of the floor in y

struct Params {
  rows: u32,
  k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> histogram: array<u32>;
@group(0) @binding(2) var<storage, read_write> rowOf: array<vec2u>;

@compute @workgroup_size(64)
fn floors(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) {
    return;
  }
  var above = 0u;
  var bin = 2048u;
  while (bin > 0u && above < params.k) {
    bin--;
    above += histogram[2048u * row + bin];
  }
  // Bits of positive floats order as the floats do; below bin 0 there is only zero.
  rowOf[row].y = select(0u, (bin << 20u) - 1u, bin > 0u);
}
