import {
  CYCLES_OFF,
  type DevicePath,
  DUPLICATE_FOR_US,
  type DuplicateIdentity,
  type SignalDefinition,
  type SignalPath,
  signalKey,
} from '@loadcycle/contract';
import type { CycleState } from '@loadcycle/contract/cycle-settings';
import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { StoredUnits } from '@loadcycle/processors/work/units';
import { allows, grantCondition } from '../auth/principal.ts';
import { UnknownPath } from '../http/refusal.ts';

/** An agent that has missed so many statuses, and has said nothing for so long, is silent. */
const MISSED_STATUSES = 3;
const SILENT_S = 30;
/** of agents that do not say how often they tell their status */
const USUAL_INTERVAL_S = 5;

/**
 * What a device's last status (`d`) means now. Agents tell theirs again and again: one that said `online` and was not
 * heard for several intervals is `silent` (it died while nobody was there to publish its last will). Others' statuses, such as
 * those of Sparkplug nodes, hold until the next one.
 */
const DEVICE_STATE = `CASE d.status->>'state' WHEN 'offline' THEN 'offline' WHEN 'online' THEN
    CASE WHEN d.status ? 'outbox' AND d.status_at < now() - make_interval(secs => greatest(${SILENT_S}, ${MISSED_STATUSES} *
      CASE WHEN jsonb_typeof(d.status->'statusIntervalS') = 'number' THEN (d.status->>'statusIntervalS')::float8
           ELSE ${USUAL_INTERVAL_S} END))
    THEN 'silent' ELSE 'online' END
  ELSE 'unknown' END`;

/** The sign of two agents, as long as it is recent. */
const DUPLICATE = `CASE WHEN (d.duplicate_identity->>'lastUs')::bigint > extract(epoch FROM now()) * 1e6 - ${DUPLICATE_FOR_US}
  THEN d.duplicate_identity END`;

export interface SiteRow {
  site: string;
  devices: number;
  online: number;
}

/** Sites that the grants reach, with how many of their devices the grants reach. */
export function listSites(db: Queryable, grants: readonly string[]): Promise<SiteRow[]> {
  return db.query<SiteRow>(
    `SELECT s.name AS site, count(d.id) AS devices, count(*) FILTER (WHERE ${DEVICE_STATE} = 'online') AS online
     FROM site s LEFT JOIN device d ON d.site_id = s.id AND ${grantCondition(1, 's.name', 'd.name')}
     GROUP BY s.name
     HAVING count(d.id) > 0 OR '*' = ANY($1::text[]) OR s.name = ANY($1::text[]) ORDER BY s.name`,
    [grants],
  );
}

export interface DeviceRow {
  site: string;
  device: string;
  status: Record<string, unknown> | null;
  statusAtUs: number | null;
  state: 'online' | 'silent' | 'offline' | 'unknown';
  duplicate: DuplicateIdentity | null;
  signals: number;
  /** null: nothing has been heard that tells */
  clock: DeviceClock | null;
}

/** How far the device's clock is ahead of the cloud's. */
export interface DeviceClock {
  readonly offsetUs: number;
  readonly source: 'status' | 'batches';
  readonly measuredAtUs: number;
}

const DEVICES = `SELECT s.name AS site, d.name AS device, d.status, ${us('d.status_at')} AS "statusAtUs",
    ${DEVICE_STATE} AS state, ${DUPLICATE} AS duplicate,
    (SELECT count(*) FROM signal g WHERE g.device_id = d.id) AS signals,
    (SELECT jsonb_build_object('offsetUs', k.offset_us, 'source', k.source, 'measuredAtUs', ${us('k.measured_at')})
     FROM device_clock k WHERE k.device_id = d.id) AS clock
  FROM device d JOIN site s ON s.id = d.site_id
  WHERE ${grantCondition(1, 's.name', 'd.name')}`;

/** Devices that the grants reach. */
export const listDevices = (db: Queryable, grants: readonly string[]): Promise<DeviceRow[]> =>
  db.query<DeviceRow>(`${DEVICES} ORDER BY 1, 2`, [grants]);

/** Devices of one site that the grants reach. Refuses with 404 where there is no such site. */
export async function devicesOf(
  db: Queryable,
  grants: readonly string[],
  site: string,
): Promise<DeviceRow[]> {
  const rows = await db.query<DeviceRow>(`${DEVICES} AND s.name = $2 ORDER BY 2`, [grants, site]);
  if (rows.length === 0) {
    const known = await db.query('SELECT id FROM site WHERE name = $1', [site]);
    if (known.length === 0) throw new UnknownPath({ site });
  }
  return rows;
}

export async function findDevice(db: Queryable, path: DevicePath): Promise<DeviceRow> {
  const rows = await db.query<DeviceRow>(`${DEVICES} AND s.name = $2 AND d.name = $3`, [
    ['*'],
    path.site,
    path.device,
  ]);
  if (rows[0] === undefined) throw new UnknownPath({ site: path.site, device: path.device });
  return rows[0];
}

export interface SignalRow extends SignalPath {
  readonly id: number;
  readonly unit: string;
  /** read by `readUnits` */
  readonly units: StoredUnits;
  readonly definition: SignalDefinition;
  readonly version: number;
  readonly automatic: boolean;
  readonly cycleState: CycleState;
  readonly createdAtUs: number;
  readonly changedAtUs: number;
}

/** As the cycles worker has written it down; what the definition says counts at once. */
const CYCLE_STATE = `CASE WHEN g.definition->>'cycles' = '${CYCLES_OFF}' THEN 'off'
    ELSE coalesce((SELECT nullif(c.extra->>'cycles', 'off') FROM segmenter_state c WHERE c.signal_id = g.id), 'learning') END`;

const SIGNALS = `SELECT g.id, s.name AS site, d.name AS device, g.name AS signal, g.unit, g.units, g.definition, g.version,
    g.automatic, ${CYCLE_STATE} AS "cycleState", ${us('g.created_at')} AS "createdAtUs", ${us('g.changed_at')} AS "changedAtUs"
  FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id`;

/** Signals of a device. Refuses with 404 where there is no such device. */
export async function signalsOf(db: Queryable, path: DevicePath): Promise<SignalRow[]> {
  await findDevice(db, path);
  return db.query<SignalRow>(`${SIGNALS} WHERE s.name = $1 AND d.name = $2 ORDER BY g.name`, [
    path.site,
    path.device,
  ]);
}

/** Refuses with 404 where there is no such signal. */
export async function findSignal(db: Queryable, path: SignalPath): Promise<SignalRow> {
  const rows = await db.query<SignalRow>(`${SIGNALS} WHERE s.name = $1 AND d.name = $2 AND g.name = $3`, [
    path.site,
    path.device,
    path.signal,
  ]);
  if (rows[0] === undefined)
    throw new UnknownPath({ site: path.site, device: path.device, signal: path.signal });
  return rows[0];
}

const KNOWN_MS = 1_000;
const MOST_KNOWN = 10_000;
const known = new WeakMap<Queryable, Map<string, { atMs: number; row: SignalRow }>>();

/**
 * {@link findSignal}, at most a second old: for reading data, where a dashboard asks for the same signals again and
 * again, and where a definition that has just changed does not matter.
 */
export async function knownSignal(db: Queryable, path: SignalPath): Promise<SignalRow> {
  const cache = known.get(db) ?? new Map<string, { atMs: number; row: SignalRow }>();
  known.set(db, cache);
  const key = signalKey(path);
  const now = performance.now();
  const last = cache.get(key);
  if (last !== undefined && now - last.atMs < KNOWN_MS) return last.row;
  const row = await findSignal(db, path);
  if (cache.size >= MOST_KNOWN) cache.clear();
  cache.set(key, { atMs: now, row });
  return row;
}

export const allSignals = (db: Queryable): Promise<SignalRow[]> =>
  db.query<SignalRow>(`${SIGNALS} ORDER BY g.id`);

export const reaches = (grants: readonly string[], row: DevicePath): boolean =>
  allows(grants, row.site, row.device);
