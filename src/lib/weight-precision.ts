// How a model's matrices are held while it runs. Norms, activations and all arithmetic are float32 in every one.

/**
 * `f32` as float32; `f16` as IEEE binary16, cast to float32 before each product; `q8` and `q4` as 8- and 4-bit whole
 * numbers in blocks of 32 along the input dimension, each block with a float32 scale.
 */
export type WeightPrecision = 'f32' | 'f16' | 'q8' | 'q4'

export const WEIGHT_PRECISIONS: readonly WeightPrecision[] = ['f32', 'f16', 'q8', 'q4']

/** How the page calls them. */
export const PRECISION_NAMES: Record<WeightPrecision, string> = {
  f32: 'float32',
  f16: 'float16',
  q8: '8 bits',
  q4: '4 bits',
}
