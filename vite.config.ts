import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Cross-origin isolation lets the wasm builds use threads; WebGPU works without it. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1200 },
  server: { headers: isolation, host: 'localhost' },
  preview: { headers: isolation, host: 'localhost', port: 4173 },
  // onnxruntime-web finds its wasm by URL; pre-bundling would move it away from them.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
})
