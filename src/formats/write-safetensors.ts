// Writes a safetensors file of float32 tensors. Format: https://huggingface.co/docs/safetensors

interface WrittenTensor {
  name: string
  shape: readonly number[]
  /** In C order. */
  data: Float32Array
}

/** The whole file; tensors lie in the order given, without holes. */
export function writeSafetensors(
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let end = 0
  const described = tensors.map(({ name, shape, data }) => {
    const begin = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(described) })
  const text = new TextEncoder().encode(json)
  // Spaces behind the JSON align the data, as the format's own writers do.
  const headerLength = Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(8 + headerLength + end)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true)
  file.fill(0x20, 8, 8 + headerLength)
  file.set(text, 8)
  let at = 8 + headerLength
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}
