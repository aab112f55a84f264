// Weights stored as float32, four side by side. Put before a kernel's own text; storage-f16.wgsl is the other choice.
alias Stored4 = vec4f;

fn load4(stored: Stored4) -> vec4f {
  return stored;
}
