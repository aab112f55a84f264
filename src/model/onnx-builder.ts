// A small writer of ONNX graphs: names, nodes and shapes in, ModelProto bytes out.
import { onnx } from 'onnx-proto'

const { FLOAT, FLOAT16, INT64, UINT8 } = onnx.TensorProto.DataType
const ELEMENTS = { float32: FLOAT, float16: FLOAT16, uint8: UINT8 } as const
/** Where onnxruntime's own operators live. */
const CONTRIB = 'com.microsoft'
const { INT, FLOAT: FLOAT_ATTRIBUTE, INTS, STRING } = onnx.AttributeProto.AttributeType

/** Name of a tensor inside the graph. */
export type Value = string

/** Element types of inputs and external constants, by onnxruntime's names. */
export type ElementName = keyof typeof ELEMENTS

/** Numbers become ints when `int(…)` wraps them and floats otherwise. */
type AttributeValue = number | { int: number } | readonly number[] | string

/** Marks an attribute as an integer, which JavaScript's numbers cannot. */
export function int(value: number): { int: number } {
  return { int: value }
}

/** A dimension: a length, or the name of one known only at run time. */
export type Dimension = number | string

export class OnnxBuilder {
  readonly #nodes: onnx.INodeProto[] = []
  readonly #initializers: onnx.ITensorProto[] = []
  readonly #inputs: onnx.IValueInfoProto[] = []
  readonly #outputs: onnx.IValueInfoProto[] = []

  input(name: string, shape: readonly Dimension[], type: ElementName = 'float32'): Value {
    this.#inputs.push(valueInfo(name, shape, type))
    return name
  }

  /** Makes `value` a float32 output under its own name. */
  output(value: Value, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(value, shape, 'float32'))
  }

  /** A float32 constant inside the graph. */
  constant(name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): Value {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.#initializers.push({ name, dims: [...shape], dataType: FLOAT, rawData })
    return name
  }

  /** A constant whose bytes are the whole of the external file `name`. */
  external(name: string, shape: readonly number[], type: ElementName = 'float32'): Value {
    this.#initializers.push({
      name,
      dims: [...shape],
      dataType: ELEMENTS[type],
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: [{ key: 'location', value: name }],
    })
    return name
  }

  /** An int64 constant, as Reshape and Split want them. */
  integers(name: string, values: readonly number[]): Value {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    this.#initializers.push({ name, dims: [values.length], dataType: INT64, rawData })
    return name
  }

  /** A node with one output, which is named after it. */
  node(
    name: string,
    opType: string,
    input: readonly Value[],
    attributes: Record<string, AttributeValue> = {},
  ): Value {
    this.nodes([name], opType, input, attributes)
    return name
  }

  /** `x` as float32. */
  toFloat32(name: string, x: Value): Value {
    return this.node(name, 'Cast', [x], { to: int(FLOAT) })
  }

  /** A node of onnxruntime's own operators with one output, which is named after it. */
  contrib(
    name: string,
    opType: string,
    input: readonly Value[],
    attributes: Record<string, AttributeValue>,
  ): Value {
    this.nodes([name], opType, input, attributes, CONTRIB)
    return name
  }

  /** A node with several outputs. */
  nodes(
    output: readonly string[],
    opType: string,
    input: readonly Value[],
    attributes: Record<string, AttributeValue> = {},
    domain = '',
  ): void {
    this.#nodes.push({
      name: output[0],
      opType,
      domain,
      input: [...input],
      output: [...output],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    })
  }

  /** The finished model as protobuf bytes. */
  finish(graphName: string, opset: number): Uint8Array {
    const model: onnx.IModelProto = {
      irVersion: onnx.Version.IR_VERSION,
      producerName: 'featurescope',
      opsetImport: [
        { domain: '', version: opset },
        { domain: CONTRIB, version: 1 },
      ],
      graph: {
        name: graphName,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    }
    return onnx.ModelProto.encode(model).finish()
  }
}

function attribute(name: string, value: AttributeValue): onnx.IAttributeProto {
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) }
  if (typeof value === 'number') return { name, type: FLOAT_ATTRIBUTE, f: value }
  if ('int' in value) return { name, type: INT, i: value.int }
  return { name, type: INTS, ints: [...value] }
}

function valueInfo(name: string, shape: readonly Dimension[], type: ElementName): onnx.IValueInfoProto {
  const dim = shape.map((length) =>
    typeof length === 'string' ? { dimParam: length } : { dimValue: length },
  )
  return { name, type: { tensorType: { elemType: ELEMENTS[type], shape: { dim } } } }
}
