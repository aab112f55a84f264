// Products of every row of a matrix with VECTORS vectors at a time; with NORMALISE each is divided by the row's norm,
// and is 0 for a row of zeros. Put after a storage-*.wgsl.
//
// One workgroup: 16 rows × VECTORS vectors. 16 adjacent invocations read along one row; each sums every 16th four of
// 4 rows, and the 16 partial sums are added in order. Dispatch (x, y, ceil(vectors / VECTORS)), x · y ≥ ceil(rows / 16).
//
// group 0
//  0 uniform  params
//  1 read     matrix   [rows, width4] Stored4   zero-padded to a multiple of 4
//  2 read     vectors  [ceil(vectors / VECTORS) · VECTORS, width4] vec4f   zero-padded both ways
//  3 write    products [vectors, stride] f32    from `first` on in each of them

override NORMALISE: bool = false;

struct Params {
  rows: u32,
  width4: u32,
  vectors: u32,
  stride: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<Stored4>;
@group(0) @binding(2) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> products: array<f32>;

const LANES = 16u;
const ROWS = 16u;

/** [lane][row][vector] */
var<workgroup> partial: array<f32, LANES * ROWS * VECTORS>;
/** [lane][row] */
var<workgroup> squares: array<f32, LANES * ROWS>;

@compute @workgroup_size(LANES, 4)
fn rowProducts(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let tileRow = (group.y * groups.x + group.x) * ROWS;
  let tileVector = group.z * VECTORS;
  #repeat r 4
  // Rows past the end repeat the last one, and are not written.
  let start{r} = min(tileRow + 4u * local.y + {r}u, params.rows - 1u) * params.width4;
  var square{r} = 0f;
  #repeat v VECTORS
  var sum{r}_{v} = 0f;
  #end
  #end
  for (var k = local.x; k < params.width4; k += LANES) {
    #repeat r 4
    let w{r} = load4(matrix[start{r} + k]);
    if (NORMALISE) {
      square{r} += dot(w{r}, w{r});
    }
    #end
    #repeat v VECTORS
    let x{v} = vectors[(tileVector + {v}u) * params.width4 + k];
    #repeat r 4
    sum{r}_{v} += dot(w{r}, x{v});
    #end
    #end
  }
  #repeat r 4
  squares[local.x * ROWS + 4u * local.y + {r}u] = square{r};
  #repeat v VECTORS
  partial[(local.x * ROWS + 4u * local.y + {r}u) * VECTORS + {v}u] = sum{r}_{v};
  #end
  #end
  workgroupBarrier();

  for (var i = index; i < ROWS * VECTORS; i += 4u * LANES) {
    let row = i / VECTORS;
    let vector = tileVector + i % VECTORS;
    if (tileRow + row >= params.rows || vector >= params.vectors) {
      continue;
    }
    var sum = 0f;
    var square = 0f;
    for (var lane = 0u; lane < LANES; lane++) {
      sum += partial[lane * ROWS * VECTORS + i];
      square += squares[lane * ROWS + row];
    }
    if (NORMALISE) {
      sum = select(0f, sum / sqrt(square), square > 0f);
    }
    products[vector * params.stride + params.first + tileRow + row] = sum;
  }
}
