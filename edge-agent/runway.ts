import type { Runway } from '@loadcycle/contract';

/** What the outbox holds at one moment. */
export interface OutboxLevel {
  readonly batches: number;
  /** payload bytes that wait */
  readonly bytes: number;
  /** what they take on disk */
  readonly diskBytes: number;
  readonly diskLimitBytes: number;
  /** payload bytes ever put in, to tell a backlog from the few batches that are always on their way */
  readonly totalBytes: number;
}

interface Point extends OutboxLevel {
  readonly atMs: number;
}

/**
 * How long the outbox can go on: its growth over the last `windowMs`, carried forward.
 * Growth below 2 % of what comes in is none: some batches are always waiting for their receipt.
 */
export class RunwayMeter {
  readonly #windowMs: number;
  #points: Point[] = [];

  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs;
  }

  /** @param atMs any steady clock; `nowUs`: µs since the epoch, for `drainedAt` */
  measure(level: OutboxLevel, atMs: number, nowUs: number): Runway {
    const first = this.#points.findLast((p) => p.atMs <= atMs - this.#windowMs) ?? this.#points[0];
    this.#points = this.#points.filter((p) => p.atMs >= (first?.atMs ?? 0));
    this.#points.push({ ...level, atMs });
    const { batches, bytes, diskBytes, diskLimitBytes } = level;
    const runway: Runway = { batches, bytes, limitBytes: diskLimitBytes, hoursLeft: null, drainedAt: null };
    const seconds = first === undefined ? 0 : (atMs - first.atMs) / 1000;
    if (first === undefined || seconds < 1) return runway;
    const inPerS = (level.totalBytes - first.totalBytes) / seconds;
    const growthPerS = (bytes - first.bytes) / seconds;
    if (growthPerS > 0.02 * inPerS) {
      const diskGrowthPerS = Math.max((diskBytes - first.diskBytes) / seconds, growthPerS);
      runway.hoursLeft = Math.max(0, diskLimitBytes - diskBytes) / diskGrowthPerS / 3600;
    } else if (growthPerS < -0.02 * inPerS && bytes > 0) {
      runway.drainedAt = Math.round(nowUs + (bytes / -growthPerS) * 1e6);
    }
    return runway;
  }
}
