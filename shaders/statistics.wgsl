// Adds lists of active features to per-feature totals: tokens active, largest value, sum of values. Integers only, so
// that the totals do not depend on the order in which invocations come by.
//
// The sum is fixed point of 64 bits in steps of 2^-24: a value from 0.5 to 2^40 is added exactly, one below 0.5 is
// rounded to the nearest step (error at most 2^-25). Totals are right while a feature's sum is below 2^40, about 1e12.
//
// One workgroup: one row; a row with more entries than the capacity is not whole, and adds nothing.
// Dispatch (rows, 1, 1).
//
// group 0
//  0 uniform  params
//  1 read     counts   [rows] u32               entries of the row
//  2 read     entries  [rows, capacity] vec2u   (bits of the value, feature); values are > 0
//  3 atomic   totals   [features, 4] u32        count; bits of the largest value; low, high word of the sum

struct Params {
  capacity: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> totals: array<atomic<u32>>;

const LANES = 64u;

/** A positive float in steps of 2^-24, as (low, high). It is mantissa · 2^(exponent - 126) of them. */
fn inSteps(bits: u32) -> vec2u {
  let exponent = bits >> 23u;
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  if (exponent > 157u) {
    return vec2u(0u, mantissa << (exponent - 158u));
  }
  if (exponent > 126u) {
    let shift = exponent - 126u;
    return vec2u(mantissa << shift, mantissa >> (32u - shift));
  }
  // The last bit that is shifted out says whether to round up. Subnormal numbers are far below half a step.
  let shift = min(126u - exponent, 26u);
  return vec2u(((mantissa << 1u) >> shift) + 1u, 0u) >> vec2u(1u);
}

@compute @workgroup_size(LANES)
fn addLists(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let count = counts[group.x];
  if (count > params.capacity) {
    return;
  }
  for (var i = lane; i < count; i += LANES) {
    let entry = entries[group.x * params.capacity + i];
    let at = 4u * entry.y;
    atomicAdd(&totals[at], 1u);
    // Bits of positive floats order as the floats do.
    atomicMax(&totals[at + 1u], entry.x);
    let steps = inSteps(entry.x);
    let before = atomicAdd(&totals[at + 2u], steps.x);
    let carry = select(0u, 1u, before + steps.x < before);
    if (steps.y + carry > 0u) {
      atomicAdd(&totals[at + 3u], steps.y + carry);
    }
  }
}
