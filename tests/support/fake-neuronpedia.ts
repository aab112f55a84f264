// Neuronpedia's feature API on localhost: the answers it gives, those it should not give, and what it was asked.
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'

/** What goes wrong with an answer. `none`: a feature without explanations. */
type NeuronpediaFault =
  | 'none'
  | 'missing'
  | 'limit'
  | 'limit for an hour'
  | 'server error'
  | 'web page'
  | 'huge'
  | 'other feature'
  | 'no JSON'
  | 'cut'

export interface FakeNeuronpedia {
  origin: string
  /** By feature; that of "all" is every feature's that has none of its own. */
  faults: Map<number | 'all', NeuronpediaFault>
  /** Whether other sites' pages may read the answers, and their Retry-After. */
  cors: boolean
  /** Paths asked for, in order, with the headers that could tell more than they should. */
  log: { path: string; cookie: string | undefined; authorization: string | undefined }[]
  /** Answers under way at once, at most. */
  most: number
  close(): void
}

/** Starts it on a free port; it does not keep the process alive. */
export async function startFakeNeuronpedia(): Promise<FakeNeuronpedia> {
  let underWay = 0
  const fake: FakeNeuronpedia = {
    ...{ origin: '', faults: new Map(), cors: true, log: [], most: 0 },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  const server = createServer((request, response) => {
    underWay += 1
    fake.most = Math.max(fake.most, underWay)
    response.on('close', () => {
      underWay -= 1
    })
    answer(fake, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  server.unref()
  const address = server.address()
  fake.origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`
  return fake
}

function answer(fake: FakeNeuronpedia, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? ''
  const { cookie, authorization } = request.headers
  fake.log.push({ path, cookie, authorization })
  if (fake.cors) {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After')
  }
  const [, api, kind, modelId, layer, index] = path.split('/').map(decodeURIComponent)
  const fault = fake.faults.get(Number(index)) ?? fake.faults.get('all')
  const [status, headers] = api === 'api' && kind === 'feature' ? headOf(fault) : [404, {}]
  response.writeHead(status, headers)
  if (fault === 'cut') {
    response.write('{"index": ')
    setTimeout(() => response.destroy(), 20)
  } else response.end(status === 200 ? bodyOf(fault, modelId, layer, index) : '')
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

function headOf(fault: NeuronpediaFault | undefined): [status: number, headers: OutgoingHttpHeaders] {
  switch (fault) {
    case 'missing':
      return [404, JSON_TYPE]
    case 'limit':
      return [429, { 'Retry-After': '1' }]
    case 'limit for an hour':
      return [429, { 'Retry-After': '3600' }]
    case 'server error':
      return [500, {}]
    case 'web page':
      return [200, { 'Content-Type': 'text/html' }]
    case 'cut':
      return [200, { ...JSON_TYPE, 'Content-Length': '5000' }]
    default:
      return [200, JSON_TYPE]
  }
}

function bodyOf(fault: NeuronpediaFault | undefined, modelId: string, layer: string, index: string): string {
  const feature = featureOf(modelId, layer, fault === 'other feature' ? String(Number(index) + 1) : index)
  if (fault === 'web page') return '<!doctype html>Just a moment…'
  if (fault === 'no JSON') return '{"index": '
  if (fault === 'none') return JSON.stringify({ ...feature, explanations: [] })
  return JSON.stringify(fault === 'huge' ? { ...feature, vector: 'x'.repeat(9e6) } : feature)
}

function featureOf(modelId: string, layer: string, index: string): Record<string, unknown> {
  return {
    ...{ modelId, layer, index, frac_nonzero: 0.01, maxActApprox: 4, pos_str: ['▁a'], pos_values: [1] },
    explanations: [
      {
        ...{ modelId, layer, index, description: `label of ${index} from afar` },
        ...{ typeName: 'oai_token-act-pair', explanationModelName: 'gpt-4o-mini', scores: [] },
      },
    ],
    activations: [],
  }
}
