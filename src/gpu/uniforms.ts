// Uniform structs of u32 fields: the field order is written once, and tests compare it with the WGSL's.

/** A WGSL struct whose fields are all u32, in order. */
export interface UniformStruct<Field extends string> {
  readonly fields: readonly Field[]
  readonly bytes: number
}

/** Describes a struct by its fields in the shader's order. */
export function uniformStruct<const Field extends string>(fields: readonly Field[]): UniformStruct<Field> {
  return { fields, bytes: 4 * fields.length }
}

/** The bytes of a struct with these values. */
export function uniformBytes<Field extends string>(
  struct: UniformStruct<Field>,
  values: Record<Field, number>,
): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(struct.fields, (field) => values[field])
}
