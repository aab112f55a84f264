// Checkpoints of the Gemma family with the real models' shapes and made-up numbers: bfloat16 safetensors, in one file
// or in shards with an index, as on the hub. Nothing of them is stored; any element is known by its name and place.
import { type FakeFile, fixedFile, joined, repeated } from './generated.ts'
import { bfloat16Table, checkpointStart } from './weights.ts'

export interface CheckpointShape {
  family: 'gemma2' | 'gemma3'
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  headDim: number
  intermediate: number
  vocab: number
  queryPreAttnScalar: number
}

const GEMMA_2 = { family: 'gemma2', headDim: 256, vocab: 256_000, queryPreAttnScalar: 256 } as const
const GEMMA_3 = { ...GEMMA_2, family: 'gemma3', vocab: 262_144 } as const
const GEMMA_2_2B = { ...GEMMA_2, layers: 26, hidden: 2304, heads: 8, kvHeads: 4, intermediate: 9216 }

/** Repositories by name; `shard` is the most bytes of tensors in one file, as transformers divides them. */
export const CHECKPOINTS: Record<string, { shape: CheckpointShape; shard?: number }> = {
  'fake/gemma-2-2b-two-layers': { shape: { ...GEMMA_2_2B, layers: 2 }, shard: 200e6 },
  'unsloth/gemma-2-2b': { shape: GEMMA_2_2B },
  'unsloth/gemma-2-9b': {
    shape: { ...GEMMA_2, layers: 42, hidden: 3584, heads: 16, kvHeads: 8, intermediate: 14_336 },
    shard: 5e9,
  },
  'unsloth/gemma-3-270m': {
    shape: { ...GEMMA_3, layers: 18, hidden: 640, heads: 4, kvHeads: 1, intermediate: 2048 },
  },
  'unsloth/gemma-3-1b-pt': {
    shape: { ...GEMMA_3, layers: 26, hidden: 1152, heads: 4, kvHeads: 1, intermediate: 6912 },
  },
}

/** The files of a repository but for the tokenizer's, by path. */
export function checkpoint(repo: string, salt: number): Map<string, FakeFile> | undefined {
  const made = CHECKPOINTS[repo]
  if (!made) return undefined
  const { shape, shard = Number.POSITIVE_INFINITY } = made
  const shards = divide(tensorsOf(shape), shard)
  const name = (index: number): string => {
    const number = (n: number): string => String(n).padStart(5, '0')
    return shards.length === 1
      ? 'model.safetensors'
      : `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`
  }
  const files = new Map([['config.json', json(configOf(shape))]])
  for (const [index, tensors] of shards.entries()) files.set(name(index), safetensors(tensors, salt))
  if (shards.length > 1) files.set('model.safetensors.index.json', json(indexOf(shards, name)))
  return files
}

type Tensor = [name: string, shape: number[]]

/** In the order in which transformers saves them. */
function tensorsOf(shape: CheckpointShape): Tensor[] {
  const { family, layers, hidden, heads, kvHeads, headDim, intermediate, vocab } = shape
  const tensors: Tensor[] = [['model.embed_tokens.weight', [vocab, hidden]]]
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, dims: number[]) => tensors.push([`model.layers.${layer}.${name}.weight`, dims])
    add('input_layernorm', [hidden])
    add('mlp.down_proj', [hidden, intermediate])
    add('mlp.gate_proj', [intermediate, hidden])
    add('mlp.up_proj', [intermediate, hidden])
    add('post_attention_layernorm', [hidden])
    add('post_feedforward_layernorm', [hidden])
    add('pre_feedforward_layernorm', [hidden])
    if (family === 'gemma3') add('self_attn.k_norm', [headDim])
    add('self_attn.k_proj', [kvHeads * headDim, hidden])
    add('self_attn.o_proj', [hidden, heads * headDim])
    if (family === 'gemma3') add('self_attn.q_norm', [headDim])
    add('self_attn.q_proj', [heads * headDim, hidden])
    add('self_attn.v_proj', [kvHeads * headDim, hidden])
  }
  tensors.push(['model.norm.weight', [hidden]])
  return tensors
}

const count = ([, dims]: Tensor): number => dims.reduce((a, b) => a * b, 1)

/** One shard after another, none above `limit` unless a single tensor is. */
function divide(tensors: readonly Tensor[], limit: number): Tensor[][] {
  const shards: Tensor[][] = [[]]
  let size = 0
  for (const tensor of tensors) {
    const bytes = 2 * count(tensor)
    if (size > 0 && size + bytes > limit) {
      shards.push([])
      size = 0
    }
    shards.at(-1)?.push(tensor)
    size += bytes
  }
  return shards
}

function safetensors(tensors: readonly Tensor[], salt: number): FakeFile {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let at = 0
  for (const tensor of tensors) {
    const [name, shape] = tensor
    const end = at + 2 * count(tensor)
    header[name] = { dtype: 'BF16', shape, data_offsets: [at, end] }
    at = end
  }
  const text = JSON.stringify(header)
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  return joined([fixedFile(Buffer.concat([length, padded])), ...tensors.map((tensor) => data(tensor, salt))])
}

function data(tensor: Tensor, salt: number): FakeFile {
  const table = Buffer.from(bfloat16Table().buffer)
  const start = 2 * checkpointStart(tensor[0], salt)
  return { size: 2 * count(tensor), read: (offset, length) => repeated(table, start + offset, length) }
}

function indexOf(shards: readonly Tensor[][], name: (index: number) => string): object {
  const size = shards.flat().reduce((sum, tensor) => sum + 2 * count(tensor), 0)
  const places = shards.flatMap((tensors, index) => tensors.map(([tensor]) => [tensor, name(index)]))
  return { metadata: { total_size: size }, weight_map: Object.fromEntries(places.sort()) }
}

/** config.json with what the real one says of the architecture. */
function configOf(shape: CheckpointShape): object {
  const common = {
    attention_bias: false,
    attention_dropout: 0,
    bos_token_id: 2,
    eos_token_id: 1,
    pad_token_id: 0,
    head_dim: shape.headDim,
    hidden_activation: 'gelu_pytorch_tanh',
    hidden_size: shape.hidden,
    initializer_range: 0.02,
    intermediate_size: shape.intermediate,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    num_key_value_heads: shape.kvHeads,
    query_pre_attn_scalar: shape.queryPreAttnScalar,
    rms_norm_eps: 1e-6,
    torch_dtype: 'bfloat16',
    use_cache: true,
    vocab_size: shape.vocab,
  }
  if (shape.family === 'gemma2') {
    return {
      ...common,
      architectures: ['Gemma2ForCausalLM'],
      model_type: 'gemma2',
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
      cache_implementation: 'hybrid',
      hidden_act: 'gelu_pytorch_tanh',
      max_position_embeddings: 8192,
      rope_theta: 10_000,
      sliding_window: 4096,
    }
  }
  return {
    ...common,
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    max_position_embeddings: 32_768,
    rope_local_base_freq: 10_000,
    rope_scaling: null,
    rope_theta: 1_000_000,
    sliding_window: 512,
    sliding_window_pattern: 6,
  }
}

function json(value: object): FakeFile {
  return fixedFile(Buffer.from(`${JSON.stringify(value, null, 2)}\n`))
}
