// Encode of a few tokens: reading the weights is all the work, so k is cut in SLICES that read at the same time, to
// keep enough reads under way; their sums meet in workgroup memory, always in the same order.
//
// Workgroup: LANES × SLICES invocations, LANES · COLUMNS adjacent columns of 4 features.
// Dispatch (ceil(features4 / (LANES · COLUMNS)), ceil(rows / TOKENS), 1).

var<workgroup> partial: array<vec4f, LANES * SLICES * TOKENS * COLUMNS>;

@compute @workgroup_size(LANES, SLICES)
fn encode(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let row = group.y * TOKENS;
  let column = group.x * LANES * COLUMNS + local.x;
  let length = (params.dIn4 + SLICES - 1u) / SLICES;
  let first = local.y * length;
  let end = min(first + length, params.dIn4);
  #repeat t TOKENS
  let start{t} = startOf(row + {t}u);
  #end
  #repeat c COLUMNS
  #repeat t TOKENS
  var sum{t}_{c} = vec4f();
  #end
  var at{c} = 4u * first * params.features4 + min(column + LANES * {c}u, params.features4 - 1u);
  #end

  for (var k = first; k < end; k++) {
    #repeat c COLUMNS
    #repeat i 4
    let w{i}_{c} = load4(weights[at{c} + {i}u * params.features4]);
    #end
    at{c} += 4u * params.features4;
    #end
    #repeat t TOKENS
    let x{t} = x[start{t} + k];
    #repeat c COLUMNS
    sum{t}_{c} += x{t}.x * w0_{c} + x{t}.y * w1_{c} + x{t}.z * w2_{c} + x{t}.w * w3_{c};
    #end
    #end
  }

  let place = (local.y * LANES + local.x) * TOKENS * COLUMNS;
  #repeat t TOKENS
  #repeat c COLUMNS
  partial[place + {t}u * COLUMNS + {c}u] = sum{t}_{c};
  #end
  #end
  workgroupBarrier();

  // The first slices finish one (row, column) each of their lane, so that no slice waits for all of them.
  for (var i = local.y; i < TOKENS * COLUMNS; i += SLICES) {
    var sum = vec4f();
    for (var slice = 0u; slice < SLICES; slice++) {
      sum += partial[(slice * LANES + local.x) * TOKENS * COLUMNS + i];
    }
    let own = column + LANES * (i % COLUMNS);
    let safe = min(own, params.features4 - 1u);
    finish(row + i / COLUMNS, own, sum, gate[safe], gate[params.features4 + safe]);
  }
}
