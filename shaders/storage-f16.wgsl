// Weights stored as float16, four side by side in two words; sums stay float32. Needs no feature of the adapter.
// Put before a kernel's own text; storage-f32.wgsl is the other choice.
alias Stored4 = vec2u;

fn load4(stored: Stored4) -> vec4f {
  return vec4f(unpack2x16float(stored.x), unpack2x16float(stored.y));
}
