import { CYCLE_METRICS, type Cycle, columnOf } from '@loadcycle/contract/cycle';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';

/** A cycle as it stands in the store. */
export interface CycleRow {
  readonly signalId: number;
  readonly revision: number;
  readonly settingsVersion: number;
  readonly cycle: Cycle;
}

const METRICS = CYCLE_METRICS.map((m) => ({ name: m.name, column: columnOf(m.name) }));
const METRIC_COLUMNS = METRICS.map((m) => m.column).join(', ');
const RECORD = `signal_id int, revision int, version int, started bigint, ended bigint, offset_us bigint, complete boolean, ${CYCLE_METRICS.map(
  (m) => `${columnOf(m.name)} ${m.unit === 'count' ? 'int' : 'double precision'}`,
).join(', ')}`;

const finite = (v: number | null | undefined): number | null => (Number.isFinite(v) ? (v as number) : null);

/** One JSON parameter for all rows: its numbers are the shortest texts that give the same double. */
function recordOf({ signalId, revision, settingsVersion, cycle }: CycleRow): Record<string, unknown> {
  const row: Record<string, unknown> = {
    signal_id: signalId,
    revision,
    version: settingsVersion,
    started: cycle.startedAtUs,
    ended: cycle.endedAtUs,
    offset_us: cycle.offsetAtUs,
    complete: cycle.complete,
  };
  for (const { name, column } of METRICS) row[column] = finite(cycle[name]);
  return row;
}

/** A cycle that is there already under the same onset is replaced. */
export async function writeCycles(tx: Queryable, rows: readonly CycleRow[]): Promise<void> {
  if (rows.length === 0) return;
  const set = ['ended_at', 'offset_at', 'complete', 'revision', 'settings_version', 'cut_at']
    .concat(METRICS.map((m) => m.column))
    .map((c) => `${c} = excluded.${c}`)
    .join(', ');
  await tx.query(
    `INSERT INTO cycle (signal_id, started_at, ended_at, offset_at, complete, revision, settings_version, ${METRIC_COLUMNS})
     SELECT signal_id, ${ts('started')}, ${ts('ended')}, ${ts('offset_us')}, complete, revision, version, ${METRIC_COLUMNS}
     FROM jsonb_to_recordset($1::jsonb) AS v(${RECORD})
     ON CONFLICT (signal_id, started_at) DO UPDATE SET ${set}`,
    [JSON.stringify(rows.map(recordOf))],
  );
}

export interface StoredCycle {
  readonly revision: number;
  readonly cycle: Cycle;
}

const FIELDS = `${us('started_at')} AS "startedAtUs", ${us('ended_at')} AS "endedAtUs", ${us('offset_at')} AS "offsetAtUs",
  complete, ${METRICS.map((m) => `${m.column} AS "${m.name}"`).join(', ')}`;

/** A signal's cycles with their onset in (`afterUs`, `toUs`], oldest first; null: no bound on that side. */
export async function readCycles(
  tx: Queryable,
  signalId: number,
  afterUs: number | null,
  toUs: number | null,
  limit: number | null = null,
): Promise<StoredCycle[]> {
  const rows = await tx.query<Record<string, number | boolean | null>>(
    `SELECT revision, ${FIELDS}
     FROM cycle WHERE signal_id = $1 AND ($2::bigint IS NULL OR started_at > ${ts('$2')})
       AND ($3::bigint IS NULL OR started_at <= ${ts('$3')}) ORDER BY started_at LIMIT $4`,
    [signalId, afterUs, toUs, limit],
  );
  return rows.map(({ revision, ...cycle }) => ({
    revision: revision as number,
    cycle: cycle as unknown as Cycle,
  }));
}

/** The last `count` complete cycles that begin before `beforeUs` (null: of all), oldest first. */
export async function latestCycles(
  tx: Queryable,
  signalId: number,
  beforeUs: number | null,
  count: number,
): Promise<Cycle[]> {
  const found = await latestCyclesOf(tx, [{ signalId, count }], beforeUs);
  return found.get(signalId) ?? [];
}

/** The same for many signals at once. */
export async function latestCyclesOf(
  tx: Queryable,
  wanted: readonly { readonly signalId: number; readonly count: number }[],
  beforeUs: number | null = null,
): Promise<Map<number, Cycle[]>> {
  const rows = await tx.query<{ signalId: number }>(
    `SELECT v.id AS "signalId", c.* FROM unnest($1::int[], $2::int[]) v(id, n)
     CROSS JOIN LATERAL (
       SELECT ${FIELDS} FROM cycle WHERE signal_id = v.id AND complete AND ($3::bigint IS NULL OR started_at < ${ts('$3')})
       ORDER BY started_at DESC LIMIT v.n) c
     ORDER BY 1, 2`,
    [wanted.map((w) => w.signalId), wanted.map((w) => w.count), beforeUs],
  );
  const found = new Map<number, Cycle[]>();
  for (const { signalId, ...cycle } of rows) {
    const list = found.get(signalId);
    if (list === undefined) found.set(signalId, [cycle as unknown as Cycle]);
    else list.push(cycle as unknown as Cycle);
  }
  return found;
}

export async function deleteCycles(
  tx: Queryable,
  signalId: number,
  startedAtUs: readonly number[],
): Promise<void> {
  if (startedAtUs.length === 0) return;
  await tx.query(
    `DELETE FROM cycle WHERE signal_id = $1 AND started_at IN (SELECT ${ts('u')} FROM unnest($2::bigint[]) u)`,
    [signalId, startedAtUs],
  );
}

export interface CycleChanges {
  /** new or other than before, each with its new revision */
  readonly write: CycleRow[];
  readonly remove: number[];
}

/** What it takes to make `before` into `after` (both of one stretch); what is equal to the last bit is left alone. */
export function compareCycles(
  signalId: number,
  settingsVersion: number,
  before: readonly StoredCycle[],
  after: readonly Cycle[],
): CycleChanges {
  const old = new Map(before.map((b) => [b.cycle.startedAtUs, b]));
  const write: CycleRow[] = [];
  const remaining = new Set(after.map((c) => c.startedAtUs));
  const remove = before.filter((b) => !remaining.has(b.cycle.startedAtUs));
  for (const cycle of after) {
    const known = old.get(cycle.startedAtUs);
    if (known !== undefined && sameCycle(known.cycle, cycle)) continue;
    // a cycle that stands where others stood corrects them
    const replaced = known === undefined ? remove.filter((r) => overlaps(r.cycle, cycle)) : [known];
    const revision = replaced.reduce((max, r) => Math.max(max, r.revision), 0) + 1;
    write.push({ signalId, revision, settingsVersion, cycle });
  }
  return { write, remove: remove.map((r) => r.cycle.startedAtUs) };
}

const overlaps = (a: Cycle, b: Cycle): boolean => a.startedAtUs < b.endedAtUs && b.startedAtUs < a.endedAtUs;

function sameCycle(a: Cycle, b: Cycle): boolean {
  return (
    a.endedAtUs === b.endedAtUs &&
    a.offsetAtUs === b.offsetAtUs &&
    a.complete === b.complete &&
    METRICS.every(({ name }) => finite(a[name]) === finite(b[name]))
  );
}
