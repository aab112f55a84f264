// SAEs of any width whose weights are next to nothing, for what is not about weights, opened as local files.
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { npyFloat32, npzFile } from '../../tests/support/array-files.ts'

const D_IN = 2

/** A Gemma Scope file of so many features of two numbers each, in a folder of its own in `folder`. */
export async function madeSae(folder: string, dSae: number): Promise<string> {
  const own = await mkdtemp(join(folder, 'sae-'))
  const path = join(own, 'params.npz')
  const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, at) => Math.sin(at))
  const members = {
    W_enc: npyFloat32([D_IN, dSae], wave(D_IN * dSae)),
    W_dec: npyFloat32([dSae, D_IN], wave(D_IN * dSae)),
    ...{ b_enc: npyFloat32([dSae], wave(dSae)), b_dec: npyFloat32([D_IN], wave(D_IN)) },
    threshold: npyFloat32([dSae], new Float32Array(dSae).fill(1)),
  }
  await writeFile(path, npzFile(members))
  return path
}

/** Opens it as a person would; gives where the page then shows it. */
export async function openMadeSae(page: Page, address: string, path: string): Promise<string> {
  await page.goto(`${address}#/sources`)
  await page.getByLabel('Files to open').setInputFiles(path)
  await expect(page).toHaveURL(/params\.npz/, { timeout: 60_000 })
  return new URL(page.url()).hash.split('?')[0]
}

/** What such an SAE is called. */
export const MADE_SAE = 'params.npz'
