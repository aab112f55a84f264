// What tests ask of the browser's runner, in Node.
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

const FOLDER = 'test-results/f16'

export const commands = {
  /** Written apart from what the browser's tests write. */
  async writeFile(path: string, text: string): Promise<void> {
    await mkdir(FOLDER, { recursive: true })
    await writeFile(join(FOLDER, basename(path)), text)
  },
}
