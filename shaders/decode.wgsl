// Sparse decode: y[row] += sum over the row's active features of value · W_dec[feature].
// Called once for every range of features; the first call starts from b_dec.
//
// One workgroup: one row × 128 columns of y. Dispatch (ceil(dOut / 128), rows, 1).
//
// group 0
//  0 uniform  params
//  1 read     weights  [features, dOut] f32   W_dec of this feature range, in file order
//  2 read     bDec     [dOut] f32
//  3 read     spans    [rows] vec2u           first and end of the row's entries that lie in this range
//  4 read     indices  [entries] u32          features, of the whole SAE, ascending within a row
//  5 read     values   [entries] f32
//  6 update   y        [rows, dOut] f32

struct Params {
  dOut: u32,
  firstFeature: u32, // of this range
  start: u32,        // 1: y starts from b_dec, 0: from what it holds
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> bDec: array<f32>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(128)
fn decode(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.dOut) {
    return;
  }
  let at = row * params.dOut + column;
  var sum: f32;
  if (params.start == 1u) {
    sum = bDec[column];
  } else {
    sum = y[at];
  }
  let span = spans[row];
  for (var i = span.x; i < span.y; i++) {
    sum += values[i] * weights[(indices[i] - params.firstFeature) * params.dOut + column];
  }
  y[at] = sum;
}
