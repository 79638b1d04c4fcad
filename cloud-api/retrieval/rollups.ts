/** The continuous aggregates of samples, coarsest first. */
export const ROLLUPS = [
  { name: '1h', view: 'sample_1h', us: 3_600_000_000 },
  { name: '1m', view: 'sample_1m', us: 60_000_000 },
  { name: '1s', view: 'sample_1s', us: 1_000_000 },
] as const;
/** As `rollupState` takes them. */
export const SAMPLE_ROLLUPS = { root: 'sample', levels: ROLLUPS } as const;
export type Rollup = (typeof ROLLUPS)[number];

/** Where numbers came from: the rows themselves, or a rollup. */
export type Source = 'raw' | Rollup['name'];

/** The coarsest rollup of which `buckets` buckets can be made over a span, at no less than half the resolution asked for. */
export function rollupFor(spanUs: number, buckets: number): Rollup | null {
  return ROLLUPS.find((r) => spanUs / r.us >= buckets / 2) ?? null;
}

/** The coarsest rollup that buckets of this width are made of exactly. */
export function rollupDividing(bucketUs: number): Rollup | null {
  return ROLLUPS.find((r) => bucketUs % r.us === 0) ?? null;
}
