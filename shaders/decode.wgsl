// Sparse decode: y[row] += sum over the row's active features of value · W_dec[feature].
// Called once for every range of features; the first call starts from b_dec.
//
// One invocation: one row × 4 columns of y. Dispatch (ceil(dOut4 / 64), rows, 1).
//
// group 0
//  0 uniform  params
//  1 read     weights  [features, dOut4] Stored4  W_dec of this feature range, in file order, zero-padded
//  2 read     bDec     [dOut4] vec4f
//  3 read     spans    [rows] vec2u           first and end of the row's entries that lie in this range
//  4 read     indices  [entries] u32          features, of the whole SAE, ascending within a row
//  5 read     values   [entries] f32
//  6 update   y        [rows, dOut4] vec4f

struct Params {
  dOut4: u32,
  firstFeature: u32, // of this range
  start: u32,        // 1: y starts from b_dec, 0: from what it holds
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<Stored4>;
@group(0) @binding(2) var<storage, read> bDec: array<vec4f>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn decode(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.dOut4) {
    return;
  }
  let at = row * params.dOut4 + column;
  var sum: vec4f;
  if (params.start == 1u) {
    sum = bDec[column];
  } else {
    sum = y[at];
  }
  let span = spans[row];
  for (var i = span.x; i < span.y; i++) {
    sum += values[i] * load4(weights[(indices[i] - params.firstFeature) * params.dOut4 + column]);
  }
  y[at] = sum;
}
