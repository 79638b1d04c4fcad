/** Bounds of one message: what is larger was not meant as one batch, and would hold up the others. */
export const BATCH_LIMITS = {
  /** size of the payload */
  bytes: 1_048_576,
  /** samples */
  values: 100_000,
  /** `dt`, and the time from the first sample to the last, µs: 366 days */
  spanUs: 31_622_400_000_000,
  /** nesting of arrays and objects in a JSON payload */
  depth: 8,
} as const;

/** The last time that a sample may carry, µs since the epoch (October 2243); with any span still an exact integer. */
export const MAX_TIME_US = 8.64e15;
