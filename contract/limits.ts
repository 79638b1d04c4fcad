/** Bounds of one message: what is larger was not meant as one batch, and would hold up the others. */
export const BATCH_LIMITS = {
  /** size of the payload */
  bytes: 1_048_576,
  /** samples */
  values: 100_000,
  /** signals in one SenML pack */
  signals: 1_000,
  /** `dt`, and the time from the first sample to the last, µs: 366 days */
  spanUs: 31_622_400_000_000,
  /** nesting of arrays and objects in a JSON payload */
  depth: 8,
  /** stretches of {@link CHUNK_US} that the samples of one message may stand in: two days of unbroken sampling */
  chunks: 288,
} as const;

/** The least width of a chunk of the store, µs: ten minutes, aligned to the epoch. */
export const CHUNK_US = 600_000_000;

/** Bounds of a device's status (`status.ts`) and of its answer to a command (`command.ts`). */
export const STATUS_LIMITS = { bytes: 262_144, depth: 8 } as const;

/** Bytes (UTF-8) of a name of somebody else's, such as a Sparkplug group, node, device or metric. */
export const MAX_FOREIGN_NAME_BYTES = 512;

/** The last time that a sample may carry, µs since the epoch (October 2243); with any span still an exact integer. */
export const MAX_TIME_US = 8.64e15;
