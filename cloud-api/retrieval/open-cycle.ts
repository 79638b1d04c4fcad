import { CYCLES_OFF, formatUs } from '@loadcycle/contract';
import type { CycleMetrics } from '@loadcycle/contract/cycle';
import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { cycleIn } from '@loadcycle/contract/units/cycle-conversion';
import type { Queryable } from '@loadcycle/database/port';
import { canRead, type OpenCycle, Segmenter } from '@loadcycle/processors/cycles/index';
import type { Range } from '../http/params.ts';
import type { Answered } from './units.ts';

/** As the API answers it. Times are RFC 3339, UTC. */
export type OpenCycleRow = CycleMetrics & {
  readonly startedAt: string;
  readonly endedAt: null;
  readonly offsetAt: string | null;
  readonly complete: false;
  readonly asOf: string;
};

export function openRow({ startedAtUs, endedAtUs, offsetAtUs, asOfUs, ...rest }: OpenCycle): OpenCycleRow {
  return {
    startedAt: formatUs(startedAtUs),
    endedAt: endedAtUs,
    offsetAt: offsetAtUs === null ? null : formatUs(offsetAtUs),
    asOf: formatUs(asOfUs),
    ...rest,
    complete: false,
  };
}

/** A signal's cycle under way, from the state that the cycles worker saved last; null where none has begun in the range. */
export async function openCycle(
  db: Queryable,
  { id, conversion }: Pick<Answered, 'id' | 'conversion'>,
  range: Range,
): Promise<OpenCycleRow | null> {
  const [row] = await db.query<{ state: Uint8Array; format: number; settings: string | null }>(
    `SELECT state, format, extra->>'settings' AS settings FROM segmenter_state WHERE signal_id = $1`,
    [id],
  );
  if (row === undefined || row.settings === null || !canRead(row.format)) return null;
  const cutting = JSON.parse(row.settings) as CycleSettings | typeof CYCLES_OFF;
  const open = cutting === CYCLES_OFF ? null : new Segmenter(cutting, row.state).openCycle;
  if (open === null || open.startedAtUs < range.fromUs || open.startedAtUs >= range.toUs) return null;
  return openRow(cycleIn(open, conversion));
}
