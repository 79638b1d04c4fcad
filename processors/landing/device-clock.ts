import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';

/** How far a device's clock was ahead of the cloud's by one message, µs, and when that came. */
export interface ClockReading {
  readonly site: string;
  readonly device: string;
  readonly offsetUs: number;
  readonly atUs: number;
}

/** Of an odd number of readings the median is one of them, and what a few wild ones say does not count. */
const READINGS = 9;
/** A device that tells its status is judged by that alone. */
const STATUS_COUNTS = "INTERVAL '1 hour'";
/** Batches wait on the device, so they only tell that a clock is ahead; older ones tell nothing. */
const OLDEST_BATCH_US = 60_000_000;
const EVERY_US = 10_000_000;
const MOST_DEVICES = 50_000;

/** Of each device the batch that was on its way for the shortest time, once in ten seconds. */
export class BatchClocks {
  readonly #readAt = new Map<string, number>();

  readings(batches: readonly ClockReading[]): ClockReading[] {
    const best = new Map<string, ClockReading>();
    for (const b of batches) {
      if (b.offsetUs < -OLDEST_BATCH_US) continue;
      const name = `${b.site}/${b.device}`;
      if (Math.abs(b.atUs - (this.#readAt.get(name) ?? Number.NEGATIVE_INFINITY)) < EVERY_US) continue;
      if (b.offsetUs > (best.get(name)?.offsetUs ?? Number.NEGATIVE_INFINITY)) best.set(name, b);
    }
    if (this.#readAt.size > MOST_DEVICES) this.#readAt.clear();
    for (const [name, b] of best) this.#readAt.set(name, b.atUs);
    return [...best.values()];
  }
}

/** Adds readings to what is known of these devices' clocks; those that nobody knows are left out. */
export async function writeClocks(
  tx: Queryable,
  source: 'status' | 'batches',
  readings: readonly ClockReading[],
): Promise<void> {
  if (readings.length === 0) return;
  const devices = [...Map.groupBy(readings, (r) => `${r.site}/${r.device}`).values()];
  const rows = await tx.query<{ id: number; site: string; device: string; readings: number[] | null }>(
    `SELECT d.id, s.name AS site, d.name AS device, CASE WHEN c.source = $3 THEN c.readings END AS readings
     FROM unnest($1::text[], $2::text[]) v(site, device) JOIN site s ON s.name = v.site
     JOIN device d ON d.site_id = s.id AND d.name = v.device LEFT JOIN device_clock c ON c.device_id = d.id
     WHERE $3 = 'status' OR c.source IS DISTINCT FROM 'status' OR c.measured_at < ${ts('$4')} - ${STATUS_COUNTS} ORDER BY d.id`,
    [devices.map((d) => d[0]!.site), devices.map((d) => d[0]!.device), source, readings.at(-1)!.atUs],
  );
  const byName = new Map(devices.map((d) => [`${d[0]!.site}/${d[0]!.device}`, d]));
  const known = rows.map(({ id, site, device, readings: before }) => {
    const its = byName.get(`${site}/${device}`)!;
    const all = [...(before ?? []), ...its.map((r) => r.offsetUs)].slice(-READINGS);
    const median = all.toSorted((a, b) => a - b)[all.length >>> 1]!;
    const offsetUs = source === 'batches' ? Math.max(0, median) : median;
    return { id, all, offsetUs, atUs: its.at(-1)!.atUs };
  });
  await tx.query(
    `INSERT INTO device_clock (device_id, offset_us, source, readings, measured_at)
     SELECT v.id, v.offset_us, $1, ARRAY(SELECT jsonb_array_elements_text(v.readings::jsonb)::bigint), ${ts('v.at')}
     FROM unnest($2::int[], $3::bigint[], $4::text[], $5::bigint[]) v(id, offset_us, readings, at) ORDER BY v.id
     ON CONFLICT (device_id) DO UPDATE SET offset_us = excluded.offset_us, source = excluded.source,
       readings = excluded.readings, measured_at = excluded.measured_at`,
    [
      source,
      known.map((k) => k.id),
      known.map((k) => k.offsetUs),
      known.map((k) => JSON.stringify(k.all)),
      known.map((k) => k.atUs),
    ],
  );
}
