/** The most that one request for analysis may bring, and the most cycles that it is answered with. */
export const ANALYSIS_LIMITS = { samples: 1_000_000, bytes: 33_554_432, boundaries: 50_000 } as const;
