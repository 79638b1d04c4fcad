import { LoadcycleError } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import type { Heard } from './status.ts';

const MINUTE_MS = 60_000;

/** How many devices a status, or a birth of Sparkplug, may register within a minute, in this process. */
export class NewDevices {
  readonly #limit: number;
  #sinceMs = 0;
  #registered = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The devices that may not be registered now; of those that are heard of in this transaction. */
  async refused(tx: Queryable, heard: readonly Heard[]): Promise<ReadonlySet<string>> {
    if (heard.length === 0) return new Set();
    const unknown = await tx.query<{ name: string }>(
      `SELECT DISTINCT v.site || '/' || v.device AS name FROM unnest($1::text[], $2::text[]) v(site, device)
       WHERE NOT EXISTS (SELECT FROM device d JOIN site s ON s.id = d.site_id WHERE s.name = v.site AND d.name = v.device)
       ORDER BY 1`,
      [heard.map((h) => h.site), heard.map((h) => h.device)],
    );
    const now = performance.now();
    if (now - this.#sinceMs > MINUTE_MS) {
      this.#sinceMs = now;
      this.#registered = 0;
    }
    const most = Math.max(0, this.#limit - this.#registered);
    this.#registered += Math.min(most, unknown.length);
    return new Set(unknown.slice(most).map((d) => d.name));
  }

  get error(): LoadcycleError {
    return new LoadcycleError(
      'device.too-many-new',
      `more than ${this.#limit} new devices in a minute: raise --max-new-devices-per-minute, or wait for the next status`,
      { pointer: '' },
    );
  }
}
