import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = fileURLToPath(new URL('.', import.meta.url))
const ort = join(here, '../../node_modules/onnxruntime-web/dist')
const ADDRESSES = join(here, 'addresses/')

/** The page's tests in Node: addresses of onnxruntime's files are those on the disk. */
export default defineConfig({
  root: join(here, '../..'),
  plugins: [
    {
      name: 'onnxruntime-on-the-disk',
      enforce: 'pre',
      resolveId: (id) =>
        /^onnxruntime-web\/.*\?url$/.test(id) ? `${ADDRESSES}${basename(id, '?url')}.js` : undefined,
      load: (id) =>
        id.startsWith(ADDRESSES)
          ? `export default ${JSON.stringify(`file://${join(ort, basename(id, '.js'))}`)}`
          : undefined,
    },
  ],
  resolve: { alias: { 'vitest/browser': join(here, 'browser.ts') } },
  test: {
    environment: 'node',
    include: ['tests/gpu/*.test.ts'],
    testTimeout: 600_000,
    fileParallelism: false,
    globalSetup: join(here, 'serve.ts'),
    setupFiles: join(here, 'setup.ts'),
    server: { deps: { external: [/onnxruntime-web/] } },
  },
})
