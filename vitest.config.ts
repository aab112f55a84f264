import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { CHROMIUM_FLAGS, findChromium } from './tests/support/chromium.ts'
import { fakeHub } from './tests/support/fake-hub.ts'
import { referenceData } from './tests/support/reference-route.ts'

export default defineConfig({
  plugins: [referenceData(), fakeHub()],
  // Named here, because a dependency found late reloads the page under a running test.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      '@huggingface/tokenizers',
      'comlink',
      'fflate',
      'hash-wasm',
      'idb-keyval',
      'onnx-proto',
      'valibot',
      'wgsl_reflect',
    ],
    entries: ['tests/gpu/*.test.ts'],
    noDiscovery: true,
  },
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  test: {
    // Root only: on a busy machine the browser takes longer than the 60 s default to connect.
    browser: { connectTimeout: 300_000 },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          setupFiles: ['tests/support/properties.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['tests/gpu/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: findChromium(), args: CHROMIUM_FLAGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
