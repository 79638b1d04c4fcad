import { LoadcycleError, type Settings, type SignalPath, setting } from '@loadcycle/contract';
import { unknownUnit } from '@loadcycle/contract/units/unit-names';
import type { Queryable } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';

/** What messages may register by themselves. A definition that somebody makes counts against none of these. */
export const registrationLimits = {
  maxNewSignalsPerMessage: setting.integer('unknown signals that one message may register', 200, 1),
  maxSignalsPerDevice: setting.integer('signals that the messages of one device may register', 1_000, 1),
  maxSignalsPerSite: setting.integer('signals that the messages of one site may register', 20_000, 1),
  maxNewDevicesPerMinute: setting.integer('devices that statuses may register within a minute', 1_000, 1),
  maxNewSignalsPerMinute: setting.integer('signals that may be registered within a minute', 2_000, 1),
};
export type RegistrationLimits = Settings<typeof registrationLimits>;

/** The signals that a message spoke of and that the catalogue does not have. */
export interface RegistrationRequest {
  readonly record: LogRecord;
  readonly signals: readonly NewSignal[];
}

export interface NewSignal {
  readonly path: SignalPath;
  readonly unit: string;
}

export interface Admission {
  readonly signals: readonly NewSignal[];
  /** messages that may register nothing, with why: each goes to the dead letters, as a whole */
  readonly refused: ReadonlyMap<LogRecord, LoadcycleError>;
}

/** Everybody who registers takes this lock, so that what is counted here holds until it is committed. */
const REGISTRATION_LOCK = 7_021_002;

const deviceOf = ({ path }: NewSignal): string => `${path.site}/${path.device}`;
const signalOf = (s: NewSignal): string => `${deviceOf(s)}/${s.path.signal}`;

/** Which of the messages may register their signals, in their order, by what is registered so far. In a transaction. */
export async function admit(
  tx: Queryable,
  requests: readonly RegistrationRequest[],
  limits: RegistrationLimits,
): Promise<Admission> {
  const refused = new Map<LogRecord, LoadcycleError>();
  await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [REGISTRATION_LOCK]);
  const sites = new Set(requests.flatMap((r) => r.signals.map((s) => s.path.site)));
  const counts = await Counts.read(tx, [...sites]);
  const taken = new Map<string, NewSignal>();
  for (const { record, signals } of requests) {
    const more = signals.filter((s) => !taken.has(signalOf(s)));
    const error = unitRefusal(more) ?? counts.refusal(more, limits);
    if (error !== null) {
      refused.set(record, error);
      continue;
    }
    counts.add(more);
    for (const s of more) taken.set(signalOf(s), s);
  }
  return { signals: [...taken.values()], refused };
}

function unitRefusal(signals: readonly NewSignal[]): LoadcycleError | null {
  for (const s of signals) {
    const error = unknownUnit(signalOf(s), s.unit);
    if (error !== null) return error;
  }
  return null;
}

/** How many signals messages have registered. */
class Counts {
  readonly #devices: Map<string, number>;
  readonly #sites: Map<string, number>;
  #minute: number;

  private constructor(devices: Map<string, number>, sites: Map<string, number>, minute: number) {
    this.#devices = devices;
    this.#sites = sites;
    this.#minute = minute;
  }

  static async read(tx: Queryable, sites: readonly string[]): Promise<Counts> {
    const rows = await tx.query<{ site: string; device: string; n: number }>(
      `SELECT s.name AS site, d.name AS device, count(*) AS n
       FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id
       WHERE g.automatic AND s.name = ANY($1::text[]) GROUP BY 1, 2`,
      [sites],
    );
    const [minute] = await tx.query<{ n: number }>(
      "SELECT count(*) AS n FROM signal WHERE automatic AND created_at > now() - interval '1 minute'",
    );
    const bySite = new Map<string, number>();
    for (const r of rows) bySite.set(r.site, (bySite.get(r.site) ?? 0) + r.n);
    return new Counts(new Map(rows.map((r) => [`${r.site}/${r.device}`, r.n])), bySite, minute!.n);
  }

  refusal(signals: readonly NewSignal[], limits: RegistrationLimits): LoadcycleError | null {
    const { maxNewSignalsPerMessage, maxSignalsPerDevice, maxSignalsPerSite, maxNewSignalsPerMinute } =
      limits;
    if (signals.length > maxNewSignalsPerMessage) {
      const what = `${signals.length} unknown signals in one message`;
      return tooMany(what, maxNewSignalsPerMessage, 'max-new-signals-per-message');
    }
    for (const [device, more] of counted(signals.map(deviceOf))) {
      const n = (this.#devices.get(device) ?? 0) + more;
      if (n > maxSignalsPerDevice)
        return tooMany(`${n} signals of ${device}`, maxSignalsPerDevice, 'max-signals-per-device');
    }
    for (const [site, more] of counted(signals.map((s) => s.path.site))) {
      const n = (this.#sites.get(site) ?? 0) + more;
      if (n > maxSignalsPerSite)
        return tooMany(`${n} signals of ${site}`, maxSignalsPerSite, 'max-signals-per-site');
    }
    const n = this.#minute + signals.length;
    if (signals.length > 0 && n > maxNewSignalsPerMinute)
      return tooMany(`${n} new signals in a minute`, maxNewSignalsPerMinute, 'max-new-signals-per-minute');
    return null;
  }

  add(signals: readonly NewSignal[]): void {
    for (const [device, more] of counted(signals.map(deviceOf)))
      this.#devices.set(device, (this.#devices.get(device) ?? 0) + more);
    for (const [site, more] of counted(signals.map((s) => s.path.site)))
      this.#sites.set(site, (this.#sites.get(site) ?? 0) + more);
    this.#minute += signals.length;
  }
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The detail of the dead letter is all that its reader sees: what to do stands in it. */
const tooMany = (what: string, limit: number, name: string): LoadcycleError =>
  new LoadcycleError(
    'signal.too-many-new',
    `${what}; the limit is ${limit}: define the signals, or raise --${name}, then replay the message`,
    { pointer: '' },
  );
