// Names the fake hub and its tests agree on.

/** The token that may read the gated repository; any other may not. */
export const GOOD_TOKEN = 'hf_good'

/** One of Gemma Scope's files of the 2B residual stream, "7-gemmascope-res-16k", that is not of its real size there. */
export const NARROW_SCOPE = 'layer_7/width_16k/average_l0_69/params.npz'
