import { type LoadcycleError, SignalDefinition, type SignalPath, signalKey } from '@loadcycle/contract';
import type { Database, Queryable } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';
import { admit, type NewSignal, type RegistrationLimits, type RegistrationRequest } from './registration.ts';
import { readUnits, type SignalUnits, type StoredUnits, storedDefinition } from './units.ts';

/** What the workers know of a signal. */
export interface KnownSignal {
  readonly id: number;
  readonly path: SignalPath;
  readonly version: number;
  /** its limits are numbers as they are stored (units.ts) */
  readonly definition: SignalDefinition;
  readonly units: SignalUnits;
}

interface Row {
  id: number;
  site: string;
  device: string;
  signal: string;
  version: number;
  definition: unknown;
  units: StoredUnits;
}

/** The catalogue's version, as an SQL expression. */
export const CATALOGUE_VERSION = '(SELECT version FROM catalogue_version)';

/**
 * The catalogue in a worker's memory. A worker's transaction holds the catalogue's lock (`moveOffsets`), then reads
 * {@link CATALOGUE_VERSION}: where that is the version that its work was prepared with, nothing has changed and
 * nothing will until it ends. So a definition counts from one transaction on, exactly.
 */
export class Catalogue {
  readonly #db: Database;
  readonly #byKey = new Map<string, KnownSignal>();
  readonly #byId = new Map<number, KnownSignal>();
  #version = -1;

  constructor(db: Database) {
    this.#db = db;
  }

  get version(): number {
    return this.#version;
  }

  get(path: SignalPath): KnownSignal | undefined {
    return this.#byKey.get(signalKey(path));
  }

  byId(id: number): KnownSignal | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<KnownSignal> {
    return this.#byId.values();
  }

  /** Reads what has changed since the last time. */
  async refresh(): Promise<void> {
    // first the number, then the rows: what comes in between is read twice, never missed
    const [now] = await this.#db.query<{ version: number }>(`SELECT ${CATALOGUE_VERSION} AS version`);
    const rows = await this.#db.query<Row>(
      `SELECT g.id, s.name AS site, d.name AS device, g.name AS signal, g.version, g.definition, g.units
       FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id
       WHERE g.change > $1 ORDER BY g.change`,
      [this.#version],
    );
    for (const row of rows) {
      const { id, version } = row;
      const path = { site: row.site, device: row.device, signal: row.signal };
      const units = readUnits(row.units);
      const definition = storedDefinition(SignalDefinition.parse(row.definition), units);
      const known = { id, path, version, definition, units };
      const before = this.#byId.get(id);
      if (before !== undefined) this.#byKey.delete(signalKey(before.path));
      this.#byKey.set(signalKey(path), known);
      this.#byId.set(id, known);
    }
    this.#version = now!.version;
  }

  /**
   * Registers sites, devices and signals of those messages that may, in a transaction of its own; what exists by then
   * stays as it is. Returns the messages that may not.
   */
  async register(
    requests: readonly RegistrationRequest[],
    limits: RegistrationLimits,
  ): Promise<ReadonlyMap<LogRecord, LoadcycleError>> {
    const refused = await this.#db.transaction(
      async (tx) => {
        const admission = await admit(tx, requests, limits);
        if (admission.signals.length > 0) await insertSignals(tx, admission.signals);
        return admission.refused;
      },
      { priority: 'write' },
    );
    await this.refresh();
    return refused;
  }
}

async function insertSignals(tx: Queryable, signals: readonly NewSignal[]): Promise<void> {
  const sites = signals.map((s) => s.path.site);
  const devices = signals.map((s) => s.path.device);
  const names = signals.map((s) => s.path.signal);
  const definitions = signals.map((s) =>
    JSON.stringify(SignalDefinition.parse({ unit: s.unit, quantity: QUANTITIES[s.unit] ?? 'unknown' })),
  );
  await registerDevices(tx, sites, devices);
  await tx.query(
    `WITH added AS (
             INSERT INTO signal (device_id, name, unit, definition, automatic)
             SELECT d.id, v.signal, v.definition->>'unit', v.definition, true
             FROM (SELECT DISTINCT ON (site, device, signal) site, device, signal, definition::jsonb
                   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) u(site, device, signal, definition)
                   ORDER BY site, device, signal) v
             JOIN site s ON s.name = v.site JOIN device d ON d.site_id = s.id AND d.name = v.device
             ON CONFLICT DO NOTHING RETURNING id, version, definition)
           INSERT INTO signal_version (signal_id, version, definition, changed_by)
           SELECT id, version, definition, 'first message' FROM added`,
    [sites, devices, names, definitions],
  );
}

export async function registerDevices(
  tx: Queryable,
  sites: readonly string[],
  devices: readonly string[],
): Promise<void> {
  await tx.query(
    `INSERT INTO site (name) SELECT DISTINCT n FROM unnest($1::text[]) n
     WHERE NOT EXISTS (SELECT FROM site WHERE name = n) ORDER BY n ON CONFLICT DO NOTHING`,
    [sites],
  );
  await tx.query(
    `INSERT INTO device (site_id, name)
     SELECT DISTINCT s.id, v.device FROM unnest($1::text[], $2::text[]) v(site, device) JOIN site s ON s.name = v.site
     WHERE NOT EXISTS (SELECT FROM device d WHERE d.site_id = s.id AND d.name = v.device)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [sites, devices],
  );
}

/** What a unit says by itself of the quantity; anything else waits for somebody to define the signal. */
const QUANTITIES: Record<string, string> = {
  V: 'voltage',
  mV: 'voltage',
  kV: 'voltage',
  A: 'current',
  mA: 'current',
  Cel: 'temperature',
  K: 'temperature',
  'r/min': 'speed',
  'm/s2': 'vibration',
  bar: 'pressure',
  Pa: 'pressure',
  'l/min': 'flow',
  'm3/h': 'flow',
};
