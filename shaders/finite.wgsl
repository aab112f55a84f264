// Finds the first number of x that is NaN or infinite. Works on bits, because WGSL lets an implementation assume
// that floats are finite.
//
// One invocation looks at every `stride`-th number. Dispatch (stride / 64, 1, 1).
//
// group 0
//  0 uniform  params
//  1 read     x      [length] u32   bits of float32
//  2 atomic   first  [1] u32        position of the first such number; starts as 0xffffffff

struct Params {
  length: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> first: atomic<u32>;

const EXPONENT = 0x7f800000u;

@compute @workgroup_size(64)
fn finite(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < params.length; i += params.stride) {
    if ((x[i] & EXPONENT) == EXPONENT) {
      atomicMin(&first, i);
      return;
    }
  }
}
