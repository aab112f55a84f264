// Rows of top-k.wgsl that are segments of one array of scores, so that many workgroups share it. Put before it.
//
// group 0
//  4 read     scores   [length] f32   score of feature `first` and on

struct Params {
  k: u32,
  segment: u32, // scores in each, the last one may have fewer
  length: u32,
  first: u32,
  leftOut: u32, // a feature that comes after all others
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(4) var<storage, read> scores: array<f32>;

fn lengthOf(row: u32) -> u32 {
  return min(params.segment, params.length - row * params.segment);
}

fn entryOf(row: u32, i: u32) -> vec2u {
  let at = row * params.segment + i;
  let feature = params.first + at;
  // All bits set is a NaN, and the last of all in the order of top-k.wgsl.
  return vec2u(select(bitcast<u32>(scores[at]), 0xffffffffu, feature == params.leftOut), feature);
}
