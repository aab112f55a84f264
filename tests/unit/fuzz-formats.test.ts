// Mutated npy, npz and safetensors files: none hangs, crashes, makes the readers read or allocate beyond a bound, or
// passes as good when it is not. What passes and differs from the original is read by Python, which must agree.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ArrayEntry, type ArrayFile, elementCount } from '../../src/formats/array.ts'
import { openNpy } from '../../src/formats/npy.ts'
import { readNpz } from '../../src/formats/npz.ts'
import { readSafetensors } from '../../src/formats/safetensors.ts'
import type { ByteSource } from '../../src/lib/byte-source.ts'
import { UserError } from '../../src/lib/errors.ts'
import { trackAllocations } from '../support/allocations.ts'
import { anyEdits, applyEdits, type Edit } from '../support/mutate.ts'
import { findPython, runPython } from '../support/python.ts'

const SEED = 20_240_805
const RUNS = { npz: 1200, npy: 600, safetensors: 1500 }

/** Small files by numpy and by the safetensors format's rules; `name` begins with the kind. */
const WRITE = `
import json, struct, sys, numpy as np
folder = sys.argv[1]
rng = np.random.default_rng(3)
f4 = rng.normal(size=(5, 7)).astype('f4')
tokens = np.array(['<bos>', '\\u2581the', 'x'])
some = dict(W_enc=f4, ids=np.arange(9).reshape(3, 3), tokens=tokens, half=np.asfortranarray(f4.astype('f2')))
np.savez(f'{folder}/stored.npz', **some)
np.savez_compressed(f'{folder}/deflated.npz', **some, zeros=np.zeros((40, 50), '>f8'))
np.savez(f'{folder}/three.npz', a=np.zeros(0, 'f4'), b=np.array(2.5), c=np.ones((2, 3, 4), 'u1', order='F'))
np.save(f'{folder}/f4.npy', f4)
np.save(f'{folder}/fortran.npy', np.asfortranarray(f4.astype('>f8')))
np.save(f'{folder}/ids.npy', np.arange(20, dtype='>i8').reshape(4, 5))
np.save(f'{folder}/tokens.npy', np.char.encode(tokens, 'utf-8'))
np.save(f'{folder}/wide.npy', tokens.reshape(3, 1))
with open(f'{folder}/version2.npy', 'wb') as f: np.lib.format.write_array(f, f4, version=(2, 0))
def safetensors(name, arrays, **meta):
    header, data = dict(meta), b''
    for key, (kind, array) in arrays.items():
        header[key] = dict(dtype=kind, shape=array.shape, data_offsets=[len(data), len(data) + array.nbytes])
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(f'{folder}/{name}.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + data)
safetensors('sae', dict(W_enc=('F32', f4), b=('BF16', f4[0].view('u2')[1::2].copy()), ids=('I64', np.arange(4))), __metadata__={'format': 'pt'})
safetensors('small', dict(x=('F16', f4.astype('f2')), m=('BOOL', np.array([True, False])), e=('U8', np.zeros((0, 3), 'u1'))))
`

/** Reads what is given as lengths and bytes; prints for each file its arrays by name with shape and digest, or why not. */
const READ = `
import hashlib, io, json, struct, sys, zipfile, numpy as np
check = zipfile.ZipExtFile._update_crc
# Stored members are read in any order, without their checksum.
zipfile.ZipExtFile._update_crc = lambda self, data: self._compress_type == zipfile.ZIP_STORED or check(self, data)
kind, folder = sys.argv[1:]
TYPES = dict(F32='<f4', F16='<f2', F64='<f8', I64='<i8', I32='<i4', I16='<i2', I8='i1', U64='<u8', U32='<u4', U16='<u2', U8='u1', BOOL='?')
def digest(a):
    if a.dtype.kind in 'US':
        text = [x.decode('utf-8', 'replace') if isinstance(x, bytes) else str(x) for x in a.ravel()]
        return hashlib.sha1('\\0'.join(text).encode()).hexdigest()
    with np.errstate(all='ignore'): numbers = np.ravel(a).astype('<f8')
    numbers[np.isnan(numbers)] = np.nan
    return hashlib.sha1(numbers.tobytes()).hexdigest()
def once(pairs):
    if len(dict(pairs)) < len(pairs): raise ValueError('a name twice')
    return dict(pairs)
def safetensors(raw):
    length = struct.unpack('<Q', raw[:8])[0]
    header, data, arrays = json.loads(raw[8:8 + length], object_pairs_hook=once), raw[8 + length:], {}
    spans = sorted(t['data_offsets'] for key, t in header.items() if key != '__metadata__')
    if [0] + [end for _, end in spans] != [begin for begin, _ in spans] + [len(data)]: raise ValueError('holes')
    for key, t in header.items():
        if key == '__metadata__': continue
        begin, end = t['data_offsets']
        if t['dtype'] == 'BF16': a = (np.frombuffer(data[begin:end], '<u2').astype('<u4') << 16).view('<f4')
        else: a = np.frombuffer(data[begin:end], TYPES[t['dtype']])
        arrays[key] = a.reshape(t['shape'])
    return arrays
answers = []
raw, sizes = open(f'{folder}/accepted', 'rb').read(), json.load(open(f'{folder}/sizes'))
at = 0
for size in sizes:
    one, at = raw[at:at + size], at + size
    try:
        if kind == 'npz': arrays = {k: x for k, x in np.load(io.BytesIO(one)).items() if not isinstance(x, bytes)}
        elif kind == 'npy': arrays = {'x': np.load(io.BytesIO(one))}
        else: arrays = safetensors(one)
        answers.append({k: [list(a.shape), digest(a)] for k, a in arrays.items()})
    except Exception as error: answers.append(str(error)[:200])
print(json.dumps(answers))
`

type Summary = Record<string, [number[], string]>
const Answers = v.array(
  v.union([v.string(), v.record(v.string(), v.tuple([v.array(v.number()), v.string()]))]),
)

interface Base {
  name: string
  bytes: Uint8Array<ArrayBuffer>
  original: Summary
  /** Which bytes are elements, unless they are compressed. */
  data: boolean[]
  structural: number[]
}

let folder = ''
const bases: Base[] = []

beforeAll(async () => {
  findPython()
  folder = mkdtempSync(join(tmpdir(), 'featurescope-fuzz-'))
  runPython(WRITE, [folder])
  for (const name of [
    ...['stored.npz', 'deflated.npz', 'three.npz'],
    ...['f4.npy', 'fortran.npy', 'ids.npy', 'tokens.npy', 'wide.npy', 'version2.npy'],
    ...['sae.safetensors', 'small.safetensors'],
  ]) {
    const bytes = Uint8Array.from(readFileSync(join(folder, name)))
    const data: boolean[] = new Array(bytes.length).fill(false)
    const source = watched(name, bytes)
    const file = await open(source)
    source.onRead = (offset, length) => data.fill(name !== 'deflated.npz', offset, offset + length)
    const original = await summary(file)
    bases.push({ name, bytes, original, data, structural: [...data.keys()].filter((at) => !data[at]) })
  }
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true }))

test.for(['npz', 'npy', 'safetensors'] as const)(
  'mutated %s files are refused or read for what they are',
  { timeout: 120_000 },
  async (kind) => {
    const counts = { inputs: 0, refused: 0, same: 0, otherData: 0, otherHeader: 0, largest: 0, reads: 0 }
    const accepted: { bytes: Uint8Array; found: Summary; edits: string }[] = []
    for (const base of bases.filter(({ name }) => name.endsWith(`.${kind}`))) {
      await fc.assert(
        fc.asyncProperty(anyEdits(base.bytes.length, base.structural), async (edits) => {
          const bytes = applyEdits(base.bytes, edits)
          const source = watched(base.name, bytes)
          counts.inputs++
          const { result, largest } = await trackAllocations(() => outcome(source))
          // Headers are read twice, tails of zips three times; the data once, but for the pieces they are asked in.
          expect(source.bytesRead, 'bytes read').toBeLessThanOrEqual(8 * bytes.length + 4096)
          expect(source.readCount, 'reads').toBeLessThanOrEqual(200)
          // A number of one byte becomes one of eight; deflate makes at most 1,032 bytes of one.
          const ratio = 8 * (base.name === 'deflated.npz' ? 1032 : 2)
          expect(largest, 'bytes of the largest allocation').toBeLessThanOrEqual(ratio * bytes.length + 4096)
          counts.largest = Math.max(counts.largest, largest)
          counts.reads = Math.max(counts.reads, source.bytesRead / Math.max(1, bytes.length))
          if (result instanceof UserError) counts.refused++
          else if (JSON.stringify(result) === JSON.stringify(base.original)) counts.same++
          else if (onlyData(edits, base)) counts.otherData++
          else {
            counts.otherHeader++
            accepted.push({ bytes, found: result, edits: `${base.name}: ${JSON.stringify(edits)}` })
          }
        }),
        { numRuns: RUNS[kind], seed: SEED },
      )
    }
    writeFileSync(join(folder, 'accepted'), Buffer.concat(accepted.map(({ bytes }) => bytes)))
    writeFileSync(join(folder, 'sizes'), JSON.stringify(accepted.map(({ bytes }) => bytes.length)))
    const answers = v.parse(Answers, JSON.parse(runPython(READ, [kind, folder])))
    const disagreements = accepted.flatMap(({ found, edits }, i) =>
      sameSummary(answers[i], found) ? [] : [{ edits, found, python: answers[i] }],
    )
    process.stdout.write(`${kind}: ${JSON.stringify({ ...counts, disagreements: disagreements.length })}\n`)
    expect(disagreements).toEqual([])
    expect(counts.refused).toBeGreaterThan(counts.inputs / 4)
    expect(counts.same + counts.otherData).toBeGreaterThan(counts.inputs / 50)
  },
)

test('together they are more than ten thousand', () => {
  const runs = bases.map(
    ({ name }) => RUNS[name.endsWith('npz') ? 'npz' : name.endsWith('npy') ? 'npy' : 'safetensors'],
  )
  expect(runs.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10_000)
})

interface Watched extends ByteSource {
  bytesRead: number
  readCount: number
  onRead?: (offset: number, length: number) => void
}

/** A source that throws what no reader expects when it is asked for bytes that are not there. */
function watched(name: string, bytes: Uint8Array<ArrayBuffer>): Watched {
  const source: Watched = {
    ...{ name, size: bytes.length, bytesRead: 0, readCount: 0 },
    async read(offset, length) {
      if (!(Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0))
        throw new TypeError(`read of ${length} bytes at ${offset}`)
      if (offset + length > bytes.length)
        throw new RangeError(`${offset} + ${length} is beyond ${bytes.length}`)
      source.bytesRead += length
      source.readCount++
      source.onRead?.(offset, length)
      return bytes.slice(offset, offset + length)
    },
  }
  return source
}

async function open(source: ByteSource): Promise<ArrayFile> {
  if (source.name.endsWith('.npz')) return readNpz(source)
  if (source.name.endsWith('.safetensors')) return readSafetensors(source)
  return new Map([['x', await openNpy(source, 'x', 0, source.size)]])
}

/** The arrays of a file, or the UserError that refuses it; anything else that is thrown is a failure. */
async function outcome(source: ByteSource): Promise<Summary | UserError> {
  try {
    return await summary(await open(source))
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

async function summary(file: ArrayFile): Promise<Summary> {
  const entries: Summary = {}
  for (const [name, entry] of [...file].sort(([a], [b]) => (a < b ? -1 : 1))) {
    entries[name] = [[...entry.shape], await digestOf(entry)]
  }
  return entries
}

/** Of all elements, read in three parts. */
async function digestOf(entry: ArrayEntry): Promise<string> {
  const count = elementCount(entry.shape)
  const step = Math.max(1, Math.ceil(count / 3))
  const hash = createHash('sha1')
  const texts: string[] = []
  for (let first = 0; first < count; first += step) {
    const part = Math.min(step, count - first)
    if (entry.readStrings) {
      const read = await entry.readStrings(first, part)
      expect(read.length).toBe(part)
      texts.push(...read)
    } else {
      const read = await entry.readFloat64(first, part)
      expect(read.length).toBe(part)
      hash.update(new Uint8Array(read.map((value) => (Number.isNaN(value) ? Number.NaN : value)).buffer))
    }
  }
  return (entry.readStrings ? hash.update(texts.join('\0')) : hash).digest('hex')
}

function onlyData(edits: readonly Edit[], { data }: Base): boolean {
  return edits.every((edit) => {
    if (edit.kind === 'flip') return data[edit.at]
    if (edit.kind === 'bytes') return edit.bytes.every((_, i) => data[edit.at + i] ?? true)
    if (edit.kind === 'copy') return data.slice(edit.at, edit.at + edit.count).every((isData) => isData)
    return false
  })
}

function sameSummary(python: v.InferOutput<typeof Answers>[number], found: Summary): boolean {
  if (typeof python === 'string') return false
  const names = Object.keys(found)
  return (
    names.length === Object.keys(python).length &&
    names.every((name) => JSON.stringify(python[name]) === JSON.stringify(found[name]))
  )
}
