// Encode in tiles of workgroup memory, for many tokens on a GPU: 16 k of x and of the weights are fetched once for all
// of a tile of 8 · TOKENS rows × 16 · COLUMNS columns of 4 features; one invocation sums TOKENS × COLUMNS of it.
//
// Workgroup: 16 × 8. Dispatch (ceil(features4 / (16 · COLUMNS)), ceil(rows / (8 · TOKENS)), 1).

const TILE_ROWS = 8u * TOKENS;
const TILE_COLUMNS = 16u * COLUMNS;

/** [row][4 vec4 of k] */
var<workgroup> xTile: array<vec4f, 4u * TILE_ROWS>;
/** [16 k][column] */
var<workgroup> weightTile: array<vec4f, 16u * TILE_COLUMNS>;

@compute @workgroup_size(16, 8)
fn encode(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let tileRow = group.y * TILE_ROWS;
  let tileColumn = group.x * TILE_COLUMNS;
  #repeat t TOKENS
  #repeat c COLUMNS
  var sum{t}_{c} = vec4f();
  #end
  #end

  for (var k = 0u; k < params.dIn4; k += 4u) {
    for (var i = index; i < 4u * TILE_ROWS; i += 128u) {
      let at = k + i % 4u;
      // Past the last k both tiles hold zeros, whatever lies in the buffers there.
      xTile[i] = select(vec4f(), x[startOf(tileRow + i / 4u) + at], at < params.dIn4);
    }
    for (var i = index; i < 16u * TILE_COLUMNS; i += 128u) {
      let at = 4u * k + i / TILE_COLUMNS;
      let column = min(tileColumn + i % TILE_COLUMNS, params.features4 - 1u);
      weightTile[i] = select(vec4f(), load4(weights[at * params.features4 + column]), at < 4u * params.dIn4);
    }
    workgroupBarrier();
    for (var k4 = 0u; k4 < 4u; k4++) {
      #repeat i 4
      #repeat c COLUMNS
      let w{i}_{c} = weightTile[(4u * k4 + {i}u) * TILE_COLUMNS + 16u * {c}u + local.x];
      #end
      #end
      #repeat t TOKENS
      let x{t} = xTile[4u * (8u * {t}u + local.y) + k4];
      #repeat c COLUMNS
      sum{t}_{c} += x{t}.x * w0_{c} + x{t}.y * w1_{c} + x{t}.z * w2_{c} + x{t}.w * w3_{c};
      #end
      #end
    }
    workgroupBarrier();
  }

  #repeat c COLUMNS
  let column{c} = tileColumn + 16u * {c}u + local.x;
  let bias{c} = gate[min(column{c}, params.features4 - 1u)];
  let threshold{c} = gate[params.features4 + min(column{c}, params.features4 - 1u)];
  #repeat t TOKENS
  finish(tileRow + 8u * {t}u + local.y, column{c}, sum{t}_{c}, bias{c}, threshold{c});
  #end
  #end
}
