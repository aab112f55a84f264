// How much of the GPU's memory weights may take: browsers do not tell how much there is, so the user decides.

const GIGABYTE = 1e9

/** Offered in the page, in gigabytes. */
export const GPU_BUDGETS: readonly number[] = [1, 2, 4, 8, 16, 32]

/** Bytes of a budget in gigabytes. */
export function gigabytes(budget: number): number {
  return budget * GIGABYTE
}

/** Enough for every Gemma Scope SAE up to 65k features beside Gemma 2 2B's unembedding. */
export const DEFAULT_GPU_BUDGET = gigabytes(4)

/** The unembedding's part of a budget: Gemma 2 2B's takes 1.18 GB as bfloat16. The SAE has the rest. */
export function unembeddingShare(budget: number): number {
  return 0.3 * budget
}
