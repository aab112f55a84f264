// Encode as encode-direct.wgsl, but the four invocations of a quad read x for one another: each reads another four of
// k, and hands them round. Needs the feature "subgroups".
//
// Workgroup: 64 · COLUMNS adjacent columns of 4 features.
// Dispatch (ceil(features4 / (64 · COLUMNS)), ceil(rows / TOKENS), 1).

@compute @workgroup_size(64)
fn encode(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let row = group.y * TOKENS;
  let column = group.x * 64u * COLUMNS + local.x;
  let lane = invocation & 3u;
  #repeat t TOKENS
  let start{t} = startOf(row + {t}u);
  #end
  #repeat c COLUMNS
  #repeat t TOKENS
  var sum{t}_{c} = vec4f();
  #end
  // Columns past the end repeat the last one; finish() drops them.
  var at{c} = min(column + 64u * {c}u, params.features4 - 1u);
  #end

  for (var k = 0u; k < params.dIn4; k += 4u) {
    // Past the last k x counts as zero, and what is read for weights there does not matter.
    let mine = min(k + lane, params.dIn4 - 1u);
    let inside = f32(k + lane < params.dIn4);
    #repeat t TOKENS
    let mine{t} = inside * x[start{t} + mine];
    #end
    #repeat q 4
    {
      #repeat c COLUMNS
      #repeat i 4
      let w{i}_{c} = load4(weights[at{c} + {i}u * params.features4]);
      #end
      at{c} += 4u * params.features4;
      #end
      #repeat t TOKENS
      let x{t} = quadBroadcast(mine{t}, {q}u);
      #repeat c COLUMNS
      sum{t}_{c} += x{t}.x * w0_{c} + x{t}.y * w1_{c} + x{t}.z * w2_{c} + x{t}.w * w3_{c};
      #end
      #end
    }
    #end
  }

  #repeat c COLUMNS
  let column{c} = column + 64u * {c}u;
  let bias{c} = gate[min(column{c}, params.features4 - 1u)];
  let threshold{c} = gate[params.features4 + min(column{c}, params.features4 - 1u)];
  #repeat t TOKENS
  finish(row + {t}u, column{c}, sum{t}_{c}, bias{c}, threshold{c});
  #end
  #end
}
