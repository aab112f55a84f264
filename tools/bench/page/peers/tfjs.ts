// TensorFlow.js on WebGPU, as its documentation would have one write the encode.
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-webgpu'
import type { Product } from './ort.ts'

export async function tfjsWebgpu(
  inner: number,
  outer: number,
  w: Float32Array<ArrayBuffer>,
  threshold: Float32Array<ArrayBuffer>,
): Promise<Product> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU')
  await tf.ready()
  const weights = tf.tensor2d(w, [inner, outer])
  const bias = tf.zeros([outer])
  const gate = tf.tensor1d(threshold)
  return {
    run: async (x, tokens) => {
      const y = tf.tidy(() => {
        const pre = tf.add(tf.matMul(tf.tensor2d(x, [tokens, inner]), weights), bias)
        return tf.mul(pre, tf.cast(tf.greater(pre, gate), 'float32'))
      })
      const data = await y.data()
      y.dispose()
      return Float32Array.from(data)
    },
  }
}
