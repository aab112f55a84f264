// Names the fake hub and its tests agree on.

/** The token that may read the gated repository; any other may not. */
export const GOOD_TOKEN = 'hf_good'
