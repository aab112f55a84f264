// The affine skip of a transcoder: y[row] = b_dec + x[row] · A, called once for every range of A's rows.
// decode.wgsl then adds the features.
//
// One invocation: 4 rows × 4 columns of y, 4 steps of k at a time. Dispatch (ceil(dOut4 / 64), ceil(rows / 4), 1).
//
// group 0
//  0 uniform  params
//  1 read     x        [rows, dIn4] vec4f           zero-padded
//  2 read     skip     [4 · rows4, dOut4] vec4f     this range of affine_skip_connection, zero-padded
//  3 read     bDec     [dOut4] vec4f
//  4 update   y        [rows, dOut4] vec4f

struct Params {
  rows: u32,
  dIn4: u32,
  dOut4: u32,
  first4: u32, // of this range, in fours of rows of A; from 0 on y starts from b_dec
  rows4: u32,  // in this range
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> skip: array<vec4f>;
@group(0) @binding(3) var<storage, read> bDec: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn affine(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = 4u * id.y;
  if (column >= params.dOut4) {
    return;
  }
  #repeat t 4
  let start{t} = min(row + {t}u, params.rows - 1u) * params.dIn4 + params.first4;
  var sum{t} = vec4f();
  #end
  var at = column;
  for (var k = 0u; k < params.rows4; k++) {
    #repeat i 4
    let w{i} = skip[at + {i}u * params.dOut4];
    #end
    at += 4u * params.dOut4;
    #repeat t 4
    let x{t} = x[start{t} + k];
    sum{t} += x{t}.x * w0 + x{t}.y * w1 + x{t}.z * w2 + x{t}.w * w3;
    #end
  }
  #repeat t 4
  if (row + {t}u < params.rows) {
    let at{t} = (row + {t}u) * params.dOut4 + column;
    if (params.first4 == 0u) {
      y[at{t}] = bDec[column] + sum{t};
    } else {
      y[at{t}] += sum{t};
    }
  }
  #end
}
