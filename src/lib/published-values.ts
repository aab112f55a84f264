// Values that others have published for real weights, as data: what a run of the same text has to come to.
import type { Hook } from './hook.ts'

/** What one number, or one short list of them, should be. Positions count from 0, `<bos>`; negative ones from the end. */
export type Check =
  /** The text's pieces as the vocabulary has them, "▁the". */
  | { kind: 'tokens'; expected: string[] }
  /** Token ids of another text, `<bos>` first. */
  | { kind: 'ids'; text: string; expected: number[] }
  /** Count of active features. */
  | { kind: 'active'; position: number; expected: number }
  /** One feature's activation. */
  | { kind: 'feature'; index: number; position: number; expected: number }
  /** A feature's highest activation; `within` is how far the publisher lets it be off. `<bos>` is not looked at. */
  | { kind: 'highest'; index: number; expected: number; within: number }
  /** The piece on which a feature is highest. */
  | { kind: 'highestOn'; index: number; expected: string }
  /** One feature that is active nowhere but at these positions; `<bos>` is not looked at. */
  | { kind: 'silent'; index: number; except: number[] }
  /** L2 norm. */
  | { kind: 'norm'; of: Vector; position: number; expected: number }
  /** The first numbers of a vector. */
  | { kind: 'start'; of: 'input' | 'reconstruction'; position: number; expected: number[] }
  /** Mean count of active features, all positions counted; `within` is what rounding leaves open. */
  | { kind: 'l0'; expected: number; within: number }
  /** Σ‖y − ŷ‖² / Σ‖y − mean(y)‖², all positions counted; `within` is what rounding leaves open. */
  | { kind: 'fvu'; expected: number; within: number }

/** What the SAE reads, its activations, or what it writes. */
type Vector = 'input' | 'features' | 'reconstruction'

export interface PublishedCase {
  id: string
  title: string
  /** Repositories that hold the model, the usual one first. */
  models: string[]
  /** What runs on the model; undefined where only its tokenizer is looked at. */
  run: { sae: string; hookIn: Hook; hookOut: Hook; text: string } | undefined
  /** What the published values were computed in. */
  dtype: 'float32' | 'bfloat16'
  /** Who published them, and where. */
  source: string
  checks: Check[]
}

const MODELS = ['unsloth/gemma-2-2b', 'google/gemma-2-2b']
const DOG = 'My dog is sleeping on the couch.'
const DOG_TOKENS = ['<bos>', 'My', '▁dog', '▁is', '▁sleeping', '▁on', '▁the', '▁couch', '.']

/** `scripts/sae_reference.json` of candle-mi, the last position of its text, strongest feature first. */
const LAYER_0: readonly (readonly [index: number, value: number])[] = [
  [10492, 44.07236099243164],
  [8920, 16.872859954833984],
  [6887, 8.597606658935547],
  [5542, 6.81044864654541],
  [6085, 6.258038520812988],
  [6735, 5.713671684265137],
  [14856, 3.5655159950256348],
  [11517, 3.366048812866211],
  [10034, 3.119041681289673],
  [688, 2.0419840812683105],
]

/** The top text of this feature's dashboard on Neuronpedia, blank and line end included. */
const LITHOGRAPHY =
  ' For such a reason, throughput has conventionally been low, about several pieces per hour (in 8-inch wafer), ' +
  'proving the method to be unsuitable as a mass-production technology.\nAs one of the measures to improve ' +
  'throughput of the electron beam lithography, for example as described in pp. 6897 to 6901, Japan Journal ' +
  'Applied Physics, vol., 39 (2000), electron projection lithography has been presented, which forms all patterns ' +
  'on a mask original plate (referred to as a reticle, hereinafter), and then projects/transfers the patterns by ' +
  'using electron beams.'

/** Every case that is known; the cheap ones first. */
export const PUBLISHED_CASES: readonly PublishedCase[] = [
  {
    id: 'tokenizer',
    title: 'Token ids',
    models: MODELS,
    run: undefined,
    dtype: 'float32',
    source: 'huggingface/transformers tests/models/gemma/test_tokenization_gemma.py (Apache-2.0)',
    checks: [
      { kind: 'ids', text: 'This is a test', expected: [2, 1596, 603, 476, 2121] },
      { kind: 'ids', text: '生活的真谛是', expected: [2, 122182, 235710, 245467, 235427] },
      { kind: 'ids', text: 'Hi  Hello', expected: [2, 2151, 139, 4521] },
      { kind: 'ids', text: 'Hi   Hello', expected: [2, 2151, 140, 4521] },
      { kind: 'ids', text: '', expected: [2] },
      { kind: 'ids', text: ' ', expected: [2, 235248] },
      { kind: 'ids', text: '  ', expected: [2, 139] },
    ],
  },
  {
    id: 'res-0',
    title: 'Residual stream, layer 0',
    models: MODELS,
    run: {
      sae: 'google/gemma-scope-2b-pt-res/layer_0/width_16k/average_l0_105/params.npz',
      hookIn: 'blocks.0.hook_resid_post',
      hookOut: 'blocks.0.hook_resid_post',
      text: 'The capital of France is',
    },
    dtype: 'float32',
    source: 'PCfVW/candle-mi scripts/sae_reference.json (MIT OR Apache-2.0)',
    checks: [
      { kind: 'tokens', expected: ['<bos>', 'The', '▁capital', '▁of', '▁France', '▁is'] },
      { kind: 'active', position: -1, expected: 14 },
      ...LAYER_0.map(([index, expected]): Check => ({ kind: 'feature', index, position: -1, expected })),
      { kind: 'norm', of: 'input', position: -1, expected: 61.81248474121094 },
      { kind: 'norm', of: 'features', position: -1, expected: 49.715003967285156 },
      { kind: 'norm', of: 'reconstruction', position: -1, expected: 59.745872497558594 },
      {
        kind: 'start',
        of: 'input',
        position: -1,
        expected: [
          -0.46773838996887207, 0.018950626254081726, -0.4665502905845642, -0.07082527875900269,
          -0.1438910961151123, 0.10148066282272339, -0.32458484172821045, -2.141545057296753,
          -1.4411273002624512, 0.14355504512786865,
        ],
      },
      {
        kind: 'start',
        of: 'reconstruction',
        position: -1,
        expected: [
          -0.6751449108123779, -0.20853310823440552, -0.24843807518482208, -0.0810665637254715,
          -0.19063863158226013, 0.3584142029285431, -0.3056459426879883, -2.5966145992279053,
          -1.1539592742919922, 0.2002873420715332,
        ],
      },
    ],
  },
  {
    id: 'mlp-4',
    title: 'MLP output, layer 4',
    models: MODELS,
    run: {
      sae: 'google/gemma-scope-2b-pt-mlp/layer_4/width_16k/average_l0_85/params.npz',
      hookIn: 'blocks.4.hook_mlp_out',
      hookOut: 'blocks.4.hook_mlp_out',
      text: LITHOGRAPHY,
    },
    dtype: 'float32',
    source:
      'Neuronpedia’s inference server, test_gemma_mlp_sae_hook.py: FVU and feature 0 on this text; L0 81 is reported ' +
      'beside them',
    checks: [
      { kind: 'fvu', expected: 0.26, within: 0.005 },
      { kind: 'l0', expected: 81, within: 0.5 },
      { kind: 'highest', index: 0, expected: 23.5, within: 1 },
      { kind: 'highestOn', index: 0, expected: 'production' },
    ],
  },
  {
    id: 'transcoder-19',
    title: 'Transcoder, layer 19',
    models: MODELS,
    run: {
      sae: 'google/gemma-scope-2b-pt-transcoders/layer_19/width_16k/average_l0_12/params.npz',
      hookIn: 'blocks.19.ln2.hook_normalized',
      hookOut: 'blocks.19.hook_mlp_out',
      text: DOG,
    },
    dtype: 'bfloat16',
    source:
      'Reported for the original weights run in bfloat16, as are the values of layer 20; no dashboard (docs/verify.md)',
    checks: [
      { kind: 'tokens', expected: DOG_TOKENS },
      { kind: 'feature', index: 4607, position: 2, expected: 32 },
      { kind: 'silent', index: 4607, except: [2] },
    ],
  },
  {
    id: 'res-20',
    title: 'Residual stream, layer 20',
    models: MODELS,
    run: {
      sae: 'google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/params.npz',
      hookIn: 'blocks.20.hook_resid_post',
      hookOut: 'blocks.20.hook_resid_post',
      text: DOG,
    },
    dtype: 'bfloat16',
    source: 'Reported for the original weights run in bfloat16',
    checks: [
      { kind: 'tokens', expected: DOG_TOKENS },
      { kind: 'feature', index: 12082, position: 2, expected: 87 },
      { kind: 'feature', index: 12082, position: 3, expected: 69.5 },
      { kind: 'feature', index: 12082, position: 6, expected: 49 },
    ],
  },
]
