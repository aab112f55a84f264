import { defineConfig } from 'vite'

/** Serves the bench page with the page's real modules, isolated as the page is. */
export default defineConfig({
  root: 'tools/bench/page',
  publicDir: '../../../public',
  server: {
    host: 'localhost',
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
    fs: { allow: ['../../..'] },
    hmr: false,
    watch: null,
  },
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      '@huggingface/tokenizers',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-webgpu',
      'comlink',
      'fflate',
      'hash-wasm',
      'idb-keyval',
      'onnx-proto',
      'valibot',
    ],
  },
})
