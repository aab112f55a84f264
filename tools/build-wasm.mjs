// Compiles the SAE's wasm kernels (AssemblyScript with SIMD) to src/sae/wasm/build/: sae.wasm, and sae-threads.wasm for
// memory that threads share.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))
mkdirSync(`${root}src/sae/wasm/build`, { recursive: true })

// Memory is the host's, up to wasm's 4 GiB: it lays the weights out. No runtime: nothing is allocated in here.
const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory']
const builds = {
  'sae.wasm': [],
  'sae-threads.wasm': ['--enable', 'threads', '--sharedMemory'],
}
for (const [file, more] of Object.entries(builds)) {
  const { error } = await asc.main(
    [
      'src/sae/wasm/assembly/index.ts',
      ...['--outFile', `src/sae/wasm/build/${file}`],
      ...[...options, ...more, '--maximumMemory', '65536'],
    ],
    { stdout: process.stdout, stderr: process.stderr },
    { baseDir: root },
  )
  if (error) {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
