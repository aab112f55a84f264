// The activation functions of the SAEs this page runs.

/**
 * Which pre-activations pre = x · W_enc + b_enc stay; those that do keep their value.
 * - jumprelu: pre > threshold[f], every threshold > 0 (Rajamanoharan et al., arXiv 2407.14435)
 * - relu: pre > 0, the threshold of every feature is 0
 * - batchtopk: pre > one threshold for all features, its value at inference (Bussmann et al., arXiv 2412.06410)
 * - topk: the k largest of a token, of those > 0; of equal ones the lower index (Gao et al., arXiv 2406.04093)
 */
export type Activation =
  | { kind: 'jumprelu' }
  | { kind: 'relu' }
  | { kind: 'batchtopk' }
  | { kind: 'topk'; k: number }
