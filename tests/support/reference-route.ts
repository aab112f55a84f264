// Serves REFERENCE_DATA at /reference/ to the tests that run in the browser; 404 where the folder is absent.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import type { Plugin } from 'vite'
import { referenceFolder } from './reference-data.ts'

export function referenceData(): Plugin {
  return {
    name: 'reference-data',
    configureServer(server) {
      server.middlewares.use('/reference', (request, response) => {
        const folder = referenceFolder()
        const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0]))
        const file = folder && !path.includes('..') ? join(folder, path) : undefined
        if (!file || !existsSync(file) || !statSync(file).isFile()) {
          response.statusCode = 404
          response.end('no such reference file')
          return
        }
        response.setHeader(
          'Content-Type',
          file.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        )
        response.setHeader('Content-Length', statSync(file).size)
        createReadStream(file).pipe(response)
      })
    },
  }
}
