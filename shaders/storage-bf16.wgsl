// Weights stored as bfloat16, the upper halves of float32, four side by side in two words. Put before a kernel's own
// text; storage-f32.wgsl and storage-f16.wgsl are the other choices.
alias Stored4 = vec2u;

fn load4(stored: Stored4) -> vec4f {
  let low = bitcast<vec2f>(stored << vec2u(16u));
  let high = bitcast<vec2f>(stored & vec2u(0xffff0000u));
  return vec4f(low.x, high.x, low.y, high.y);
}
