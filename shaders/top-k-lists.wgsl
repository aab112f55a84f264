// Rows of top-k.wgsl that are lists of encode.wgsl. Put before it.
//
// group 0
//  4 read     counts   [rows] u32               entries of the row; what exceeds `capacity` was never written
//  5 read     entries  [rows, capacity] vec2u   (bits of the value, feature), in no particular order

struct Params {
  k: u32,
  capacity: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(4) var<storage, read> counts: array<u32>;
@group(0) @binding(5) var<storage, read> entries: array<vec2u>;

fn lengthOf(row: u32) -> u32 {
  return min(counts[row], params.capacity);
}

fn entryOf(row: u32, i: u32) -> vec2u {
  return entries[row * params.capacity + i];
}
