// How long a file may be that is read whole as text: above the largest tokenizer, below what would fill the memory.
import { UserError } from './errors.ts'

/** Bytes; Gemma 3's tokenizer.json has 33 MB. */
export const LARGEST_TEXT = 100e6

/** UserError for a file of `size` bytes that is too long to be read whole. */
export function requireShortText(name: string, size: number): void {
  if (size <= LARGEST_TEXT) return
  throw new UserError({
    title: `${name} is too large.`,
    detail: `It has ${size} bytes; up to ${LARGEST_TEXT} are read of such a file.`,
    remedy: 'Check that it is the file it is called: configurations and tokenizers are smaller.',
  })
}
