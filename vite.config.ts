import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { licences } from './tools/build/licences.ts'
import { HEADERS, ISOLATION, policyTag } from './tools/build/policy.ts'
import { serviceWorker } from './tools/build/service-worker.ts'

export default defineConfig({
  base: './',
  plugins: [react(), policyTag(), licences(), serviceWorker(HEADERS)],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 1200,
    // What the first view needs is one file: shared with pages fetched later, it would be split into many small ones.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first-view', tags: ['$initial'] }] } } },
  },
  server: { headers: ISOLATION, host: 'localhost' },
  // Other origins may read the files, as on most static hosts: embeds in sandboxed frames have none of their own.
  preview: { headers: HEADERS, host: 'localhost', port: 4173, cors: true },
  // onnxruntime-web finds its wasm by URL; pre-bundling would move it away from them.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
})
