// What the engine was last told successfully, so that one started anew can be told the same.
import type { Remote } from 'comlink'
import { UserError } from '../lib/errors.ts'
import type {
  BackendChoice,
  EngineApi,
  HubSettings,
  Label,
  OpenedAny,
  OpenOptions,
  Reply,
} from './protocol.ts'

type Asked = string | File[]

export class OpenState {
  hub: HubSettings | undefined
  choice: BackendChoice | undefined
  ownLabels: { source: string; labels: [number, Label][] } | undefined
  activations: Asked | undefined
  /** Opened for the open SAE, in place of the one that lies beside it or was built here. */
  index: Asked | undefined
  #model: Asked | undefined
  #sae: Asked | undefined

  opened({ model, sae }: OpenOptions): void {
    this.#model = model ?? this.#model
    if (sae === undefined) return
    this.#sae = sae
    this.index = undefined
  }

  closedSae(): void {
    this.#sae = undefined
    this.index = undefined
  }

  openedAny(asked: Asked, found: OpenedAny): void {
    if (found.kind === 'activations') this.activations = asked
    if (found.kind !== 'weights') return
    const { model, sae } = found.opened
    this.opened({ model: model && asked, sae: sae && asked })
  }

  /** Tells `api` all of it, each call with a task id of `nextTask`. UserError when something cannot be opened again. */
  async restore(api: Remote<EngineApi>, nextTask: () => number): Promise<void> {
    if (this.hub) need(await api.setHub(this.hub))
    if (this.choice) await chooseAgain(api, this.choice, nextTask)
    const [model, sae] = [this.#model, this.#sae]
    if (model !== undefined || sae !== undefined) need(await api.open(nextTask(), { model, sae }))
    if (this.ownLabels) need(await api.setOwnLabels(this.ownLabels.source, this.ownLabels.labels))
    if (this.activations !== undefined) need(await api.openActivations(nextTask(), this.activations))
    if (this.index !== undefined) need(await api.openIndex(nextTask(), this.index))
  }
}

/** A GPU that does not come back is done without. */
async function chooseAgain(
  api: Remote<EngineApi>,
  choice: BackendChoice,
  nextTask: () => number,
): Promise<void> {
  const reply = await api.setBackends(nextTask(), choice)
  if (!reply.ok) need(await api.setBackends(nextTask(), { ...choice, sae: 'auto', model: 'auto' }))
}

function need(reply: Reply<unknown>): void {
  if (reply.ok) return
  const { title, detail } = reply.error
  throw new UserError({
    title: 'The engine was started again, but not all could be opened again.',
    detail: `${title} ${detail}`,
    remedy: 'Try again, or reload the page; what is stored in this browser is kept.',
  })
}
