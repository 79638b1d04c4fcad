import { LoadcycleError, type SignalPath, signalKey } from '@loadcycle/contract';
import { limitsWithoutConversion } from '@loadcycle/contract/units/definition-units';
import type { Database, Queryable } from '@loadcycle/database/port';
import {
  type CatalogueDiff,
  type CatalogueEntry,
  diffCatalogue,
  lookedAtBeside,
  type UnknownLookedAt,
} from './diff.ts';
import { getSignals, lockSignals, type StoredSignal } from './store.ts';

export interface ApplyOptions {
  /** work the difference out and change nothing */
  readonly dryRun?: boolean;
  /** refuse (`request.conflict`) unless each of these signals still has this version; 0: is not there yet */
  readonly expected?: readonly { readonly path: SignalPath; readonly version: number }[];
}

export interface AppliedCatalogue extends CatalogueDiff {
  /** conditions that judge nothing before a signal of that name is there */
  readonly unknown: readonly UnknownLookedAt[];
}

/**
 * Makes the catalogue say what `wanted` says of the signals that it names, in one transaction, each change a new
 * version under `who`. The difference is taken from the rows as they are then, locked; applied again it is empty.
 *
 * A signal that has data keeps its unit here (`correctUnit` gives it another one). Only
 * where the unit was never said (registered by a codec that knows none) it may be said now.
 * Throws `request.conflict` for that and for `expected`, `store.conflict` where a message registered one of the
 * signals at the same moment (transient: do it again).
 */
export async function applyCatalogue(
  db: Database,
  wanted: readonly CatalogueEntry[],
  who: string,
  options: ApplyOptions = {},
): Promise<AppliedCatalogue> {
  return db.transaction(
    async (tx) => {
      const current = await lockSignals(tx, wanted);
      checkVersions(current, options.expected ?? []);
      const diff = diffCatalogue(current, wanted);
      await refuseNewUnits(tx, diff, current);
      refuseLimits(diff, current);
      const result = { ...diff, unknown: await unknownLookedAt(tx, wanted) };
      if (options.dryRun) return result;
      await create(tx, diff.created, who);
      await change(tx, diff.changed, who);
      const confirmed = current.filter((s) => s.automatic).map((s) => s.id);
      if (confirmed.length > 0) {
        await tx.query('UPDATE signal SET automatic = false WHERE id = ANY($1::int[])', [confirmed]);
      }
      return result;
    },
    { priority: 'write' },
  );
}

const columns = (entries: readonly CatalogueEntry[]) => [
  entries.map((e) => e.path.site),
  entries.map((e) => e.path.device),
  entries.map((e) => e.path.signal),
];
const definitions = (entries: readonly CatalogueEntry[]) => entries.map((e) => JSON.stringify(e.definition));

function checkVersions(
  current: readonly StoredSignal[],
  expected: readonly { path: SignalPath; version: number }[],
): void {
  const versions = new Map(current.map((s) => [signalKey(s.path), s.version]));
  for (const { path, version } of expected) {
    const now = versions.get(signalKey(path)) ?? 0;
    if (now === version) continue;
    throw new LoadcycleError('request.conflict', `${signalKey(path)} has version ${now}, not ${version}`, {
      hint: 'read it again and repeat the change',
    });
  }
}

async function unknownLookedAt(tx: Queryable, wanted: readonly CatalogueEntry[]): Promise<UnknownLookedAt[]> {
  const beside = lookedAtBeside(wanted);
  if (beside.length === 0) return [];
  const there = await getSignals(
    tx,
    beside.map((b) => b.looksAt),
  );
  const keys = new Set(there.map((s) => signalKey(s.path)));
  return beside.filter((b) => !keys.has(signalKey(b.looksAt)));
}

async function refuseNewUnits(
  tx: Queryable,
  diff: CatalogueDiff,
  current: readonly StoredSignal[],
): Promise<void> {
  const moved = new Set(
    diff.changed.filter((c) => c.before.unit !== c.definition.unit).map((c) => signalKey(c.path)),
  );
  // `1` in a signal that nobody defined is what a codec without units left behind, not a unit that somebody chose
  const unsaid = (s: StoredSignal) => s.automatic && s.definition.unit === '1';
  const ids = current.filter((s) => moved.has(signalKey(s.path)) && !unsaid(s)).map((s) => s.id);
  if (ids.length === 0) return;
  const [used] = await tx.query<{ signal_id: number }>(
    'SELECT v.id AS signal_id FROM unnest($1::int[]) v(id) WHERE EXISTS (SELECT FROM batch b WHERE b.signal_id = v.id) LIMIT 1',
    [ids],
  );
  if (used === undefined) return;
  const path = current.find((s) => s.id === used.signal_id)!.path;
  throw new LoadcycleError('request.conflict', `${signalKey(path)} has data in another unit`, {
    pointer: '/unit',
    hint: 'correct its unit (loadcycle signals unit), or define a signal of another name for the new one',
  });
}

/** Limits that say nothing of the numbers that are stored (work/units.ts). */
function refuseLimits(diff: CatalogueDiff, current: readonly StoredSignal[]): void {
  const byKey = new Map(current.map((s) => [signalKey(s.path), s]));
  for (const { path, definition } of diff.changed) {
    const limits = limitsWithoutConversion(definition, byKey.get(signalKey(path))!.units.conversion);
    if (limits.length === 0) continue;
    throw new LoadcycleError(
      'request.unprocessable',
      `${signalKey(path)} is stored in a unit with another zero: no limits on ${limits.join(', ')}`,
      { pointer: '/anomalies/limits' },
    );
  }
}

async function create(tx: Queryable, entries: readonly CatalogueEntry[], who: string): Promise<void> {
  if (entries.length === 0) return;
  const [sites, devices, signals] = columns(entries);
  await tx.query(
    'INSERT INTO site (name) SELECT DISTINCT n FROM unnest($1::text[]) n ORDER BY n ON CONFLICT DO NOTHING',
    [sites!],
  );
  await tx.query(
    `INSERT INTO device (site_id, name) SELECT DISTINCT s.id, v.device
     FROM unnest($1::text[], $2::text[]) v(site, device) JOIN site s ON s.name = v.site
     ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [sites!, devices!],
  );
  const added = await tx.query(
    `WITH added AS (
       INSERT INTO signal (device_id, name, unit, definition, automatic)
       SELECT d.id, v.signal, v.definition::jsonb->>'unit', v.definition::jsonb, false
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) v(site, device, signal, definition)
       JOIN site s ON s.name = v.site JOIN device d ON d.site_id = s.id AND d.name = v.device
       ON CONFLICT DO NOTHING RETURNING id, version, definition)
     INSERT INTO signal_version (signal_id, version, definition, changed_by)
     SELECT id, version, definition, $5 FROM added RETURNING signal_id`,
    [sites!, devices!, signals!, definitions(entries), who],
  );
  if (added.length !== entries.length) {
    throw new LoadcycleError('store.conflict', 'a signal was registered by a message at the same moment');
  }
}

async function change(tx: Queryable, entries: readonly CatalogueEntry[], who: string): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `WITH changed AS (
       UPDATE signal g SET unit = v.definition::jsonb->>'unit', definition = v.definition::jsonb,
         -- one that has no data begins anew with another unit
         units = CASE WHEN g.unit = v.definition::jsonb->>'unit' THEN g.units END,
         version = g.version + 1, automatic = false, changed_at = now()
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) v(site, device, signal, definition)
       JOIN site s ON s.name = v.site JOIN device d ON d.site_id = s.id AND d.name = v.device
       WHERE g.device_id = d.id AND g.name = v.signal RETURNING g.id, g.version, g.definition, g.units)
     INSERT INTO signal_version (signal_id, version, definition, conversion, changed_by)
     SELECT id, version, definition, units->'conversion', $5 FROM changed`,
    [...columns(entries), definitions(entries), who],
  );
}
