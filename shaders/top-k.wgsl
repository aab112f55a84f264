// The k largest of each row, in order: value descending, of equal ones the feature ascending. Exact, and the same
// whatever order the row is in: pairs (value, feature) differ, so the k largest are one set.
//
// Radix selection (256 bins by 8 bits of the pair at a time, from the top) finds the prefix that exactly k pairs reach
// or exceed; those are gathered, and each takes the place given by how many of them are before it.
//
// What a row is comes from top-k-lists.wgsl or top-k-scores.wgsl, put before this: params with k,
// lengthOf(row), and entryOf(row, i) = (bits of the value, feature).
//
// One workgroup: one row. Dispatch (rows, 1, 1).
//
// group 0
//  0 uniform  params
//  1 scratch  chosen     [rows, k] vec2u
//  2 write    best       [rows, k] vec2u   (bits of the value, feature)
//  3 write    bestCounts [rows] u32        how many there are: min(length of the row, k)

@group(0) @binding(1) var<storage, read_write> chosen: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> best: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> bestCounts: array<u32>;

const LANES = 64u;
const BINS = 256u;

var<workgroup> bins: array<atomic<u32>, BINS>;
var<workgroup> gathered: atomic<u32>;
/** Digits of the prefix found so far: their bits in x and y, and which bits they are in z and w. */
var<workgroup> prefix: vec4u;
/** Pairs above the prefix. */
var<workgroup> above: u32;
/** Whether those and the ones with the prefix are exactly k. */
var<workgroup> settled: u32;

/** Words whose order, descending, is the one wanted. Floats order as their bits once negative ones are turned round. */
fn orderOf(entry: vec2u) -> vec2u {
  let bits = select(entry.x, 0u, entry.x == 0x80000000u);
  return vec2u(select(bits ^ 0x80000000u, ~bits, (bits >> 31u) == 1u), ~entry.y);
}

fn isBefore(a: vec2u, b: vec2u) -> bool {
  return a.x > b.x || (a.x == b.x && a.y > b.y);
}

@compute @workgroup_size(LANES)
fn topK(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let row = group.x;
  let length = lengthOf(row);
  let count = min(length, params.k);
  if (lane == 0u) {
    prefix = vec4u();
    above = 0u;
    settled = select(0u, 1u, length <= params.k);
    bestCounts[row] = count;
  }
  for (var digit = 0u; digit < 8u; digit++) {
    if (workgroupUniformLoad(&settled) == 1u) {
      break;
    }
    let shift = 24u - 8u * (digit % 4u);
    for (var bin = lane; bin < BINS; bin += LANES) {
      atomicStore(&bins[bin], 0u);
    }
    let found = workgroupUniformLoad(&prefix);
    for (var i = lane; i < length; i += LANES) {
      let order = orderOf(entryOf(row, i));
      if (all((order & found.zw) == found.xy)) {
        atomicAdd(&bins[(select(order.y, order.x, digit < 4u) >> shift) & 255u], 1u);
      }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var bin = BINS - 1u;
      var sum = above + atomicLoad(&bins[bin]);
      while (bin > 0u && sum < params.k) {
        above = sum;
        bin--;
        sum += atomicLoad(&bins[bin]);
      }
      settled = select(0u, 1u, sum == params.k);
      let bits = bin << shift;
      let mask = 255u << shift;
      prefix |= select(vec4u(0u, bits, 0u, mask), vec4u(bits, 0u, mask, 0u), digit < 4u);
    }
  }

  let last = workgroupUniformLoad(&prefix);
  let start = row * params.k;
  for (var i = lane; i < length; i += LANES) {
    let entry = entryOf(row, i);
    if (!isBefore(last.xy, orderOf(entry) & last.zw)) {
      let slot = atomicAdd(&gathered, 1u);
      if (slot < count) {
        chosen[start + slot] = entry;
      }
    }
  }
  storageBarrier();
  workgroupBarrier();
  for (var i = lane; i < count; i += LANES) {
    let entry = chosen[start + i];
    let order = orderOf(entry);
    var place = 0u;
    for (var other = 0u; other < count; other++) {
      place += select(0u, 1u, isBefore(orderOf(chosen[start + other]), order));
    }
    best[start + place] = entry;
  }
}
