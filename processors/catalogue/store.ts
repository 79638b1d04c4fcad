import { LoadcycleError, SignalDefinition, type SignalPath, signalKey } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { readUnits, type SignalUnits, type StoredUnits } from '../work/units.ts';
import type { CatalogueEntry } from './diff.ts';

/** A signal as the store has it. Times in µs since the epoch. */
export interface StoredSignal extends CatalogueEntry {
  readonly id: number;
  readonly version: number;
  readonly units: SignalUnits;
  /** registered by its first message, and nobody has defined it yet */
  readonly automatic: boolean;
  readonly createdAtUs: number;
  readonly changedAtUs: number;
}

export interface StoredVersion {
  readonly version: number;
  readonly definition: SignalDefinition;
  readonly changedAtUs: number;
  readonly changedBy: string;
  /** how its unit was corrected; null: it was not */
  readonly correction: Correction | null;
}

/** `relabel`: the numbers were right and their unit was written wrongly; `convert`: they are shown in another unit. */
export type Correction = 'relabel' | 'convert';

export interface SignalFilter {
  readonly site?: string;
  readonly device?: string;
  readonly signal?: string;
}

interface Row {
  id: number;
  site: string;
  device: string;
  signal: string;
  definition: unknown;
  version: number;
  automatic: boolean;
  units: StoredUnits;
  created: number;
  changed: number;
}

const SELECT = `SELECT g.id, s.name AS site, d.name AS device, g.name AS signal, g.definition, g.version, g.automatic, g.units,
  ${us('g.created_at')} AS created, ${us('g.changed_at')} AS changed
  FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id`;

const stored = (r: Row): StoredSignal => ({
  id: r.id,
  path: { site: r.site, device: r.device, signal: r.signal },
  definition: SignalDefinition.parse(r.definition),
  version: r.version,
  automatic: r.automatic,
  units: readUnits(r.units),
  createdAtUs: r.created,
  changedAtUs: r.changed,
});

/** All signals that a filter names, ordered by path. */
export async function listSignals(db: Queryable, filter: SignalFilter = {}): Promise<StoredSignal[]> {
  const rows = await db.query<Row>(
    `${SELECT} WHERE ($1::text IS NULL OR s.name = $1) AND ($2::text IS NULL OR d.name = $2)
       AND ($3::text IS NULL OR g.name = $3) ORDER BY s.name, d.name, g.name`,
    [filter.site ?? null, filter.device ?? null, filter.signal ?? null],
  );
  return rows.map(stored);
}

export async function getSignal(db: Queryable, path: SignalPath): Promise<StoredSignal | null> {
  return (await listSignals(db, path))[0] ?? null;
}

const IN = `JOIN unnest($1::text[], $2::text[], $3::text[]) v(site, device, signal)
  ON s.name = v.site AND d.name = v.device AND g.name = v.signal ORDER BY g.id`;

const columnsOf = (paths: readonly SignalPath[]): string[][] => [
  paths.map((p) => p.site),
  paths.map((p) => p.device),
  paths.map((p) => p.signal),
];

/** Those of these signals that are there. */
export async function getSignals(db: Queryable, paths: readonly SignalPath[]): Promise<StoredSignal[]> {
  const rows = await db.query<Row>(`${SELECT} ${IN}`, columnsOf(paths));
  return rows.map(stored);
}

/** Every version that a signal's definition ever had, oldest first. */
export async function listVersions(db: Queryable, signalId: number): Promise<StoredVersion[]> {
  const rows = await db.query<{
    version: number;
    definition: unknown;
    changed: number;
    changed_by: string;
    correction: Correction | null;
  }>(
    `SELECT version, definition, ${us('changed_at')} AS changed, changed_by, correction
     FROM signal_version WHERE signal_id = $1 ORDER BY version`,
    [signalId],
  );
  return rows.map((r) => ({
    version: r.version,
    definition: SignalDefinition.parse(r.definition),
    changedAtUs: r.changed,
    changedBy: r.changed_by,
    correction: r.correction,
  }));
}

/** Those of them that are there, locked. */
export async function lockSignals(tx: Queryable, wanted: readonly CatalogueEntry[]): Promise<StoredSignal[]> {
  const keys = new Set(wanted.map((e) => signalKey(e.path)));
  if (keys.size !== wanted.length) throw new LoadcycleError('request.invalid', 'a signal is named twice');
  const rows = await tx.query<Row>(`${SELECT} ${IN} FOR UPDATE OF g`, columnsOf(wanted.map((e) => e.path)));
  return rows.map(stored);
}
