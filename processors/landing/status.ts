import { readStatus } from '@loadcycle/codecs';
import type { SparkplugEffect } from '@loadcycle/codecs/sparkplug/index';
import {
  type DeviceStatus,
  HEADERS,
  IdentityWatch,
  LOG_TOPICS,
  LoadcycleError,
  type Logger,
  parseTopic,
} from '@loadcycle/contract';
import type { Queryable, Transaction } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { LogRecord } from '@loadcycle/event-log/port';
import { Gauge, type Registry } from '@loadcycle/service';
import { registerDevices } from '../work/catalogue.ts';
import type { LogWork } from '../work/log-worker.ts';
import { asPoison, receivedAtUs } from '../work/messages.ts';
import { AccountDelta } from './accounts.ts';
import { type ClockReading, writeClocks } from './device-clock.ts';
import { type Duplicate, writeDuplicates } from './duplicates.ts';
import { insertLetters, type Letter, type LetterPublisher } from './letters.ts';
import type { NewDevices } from './new-devices.ts';
import { probeLanding } from './probe.ts';
import { LANDING_STATUS } from './settings.ts';

export interface Heard {
  readonly site: string;
  readonly device: string;
  readonly status: string;
  readonly atUs: number;
}

interface StatusGroup {
  readonly clocks: readonly ClockReading[];
  /** devices of which more than one agent is alive */
  readonly duplicates: readonly Duplicate[];
  readonly heard: readonly (Heard & { readonly record: LogRecord })[];
  readonly letters: readonly Letter[];
}

const MOST_SAID = 10_000;

/** `loadcycle.status` → `device.status`: the last thing that each device said of itself, or its last will. */
export class StatusWork implements LogWork<StatusGroup> {
  readonly name = LANDING_STATUS;
  readonly topics = [LOG_TOPICS.status];
  /** null: unknown devices are not registered */
  readonly #register: NewDevices | null;
  #letters = 0;
  readonly #publisher: LetterPublisher;

  readonly #identities = new IdentityWatch();
  readonly #log: Logger;
  readonly #said = new Map<string, number>();

  constructor(register: NewDevices | null, publisher: LetterPublisher, log: Logger, registry?: Registry) {
    this.#register = register;
    this.#publisher = publisher;
    this.#log = log;
    if (registry === undefined) return;
    const identities = this.#identities;
    new Gauge({
      name: 'loadcycle_landing_duplicate_identities',
      help: 'Devices with whose name more than one agent runs',
      registers: [registry],
      collect() {
        this.set(identities.count(Date.now() * 1000));
      },
    });
  }

  poll() {
    return { maxBytes: 1_048_576, maxRecords: 2_000, gatherMs: 50, waitMs: 1_000 };
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<StatusGroup> {
    const heard: StatusGroup['heard'][number][] = [];
    const letters: Letter[] = [];
    const clocks: ClockReading[] = [];
    for (const record of records) {
      try {
        const error = rejected.get(record);
        if (error !== undefined) throw error;
        const { parsed, ...status } = read(record);
        heard.push({ ...status, record });
        this.#watch(status, parsed);
        // a will carries the time of the connect
        if (parsed.state === 'online') clocks.push({ ...status, offsetUs: parsed.at - status.atUs });
      } catch (error) {
        letters.push({ record, error: asPoison(error), signalId: 0 });
      }
    }
    return { heard, letters, clocks, duplicates: this.#duplicates(heard) };
  }

  async probe(tx: Transaction): Promise<void> {
    await tx.query('UPDATE device SET status_at = status_at WHERE id = (SELECT min(id) FROM device)');
    await probeLanding(tx);
  }

  async apply(tx: Transaction, group: StatusGroup): Promise<undefined> {
    const { heard, duplicates, clocks } = group;
    const refused = await writeStatuses(tx, heard, this.#register);
    await writeClocks(tx, 'status', clocks);
    await writeDuplicates(tx, duplicates);
    const more = heard
      .filter((h) => refused.has(deviceOf(h)))
      .map(({ record }) => ({ record, error: this.#register!.error, signalId: 0 }));
    const letters = [...group.letters, ...more];
    this.#letters = letters.length;
    await insertLetters(tx, letters);
    await AccountDelta.ofLetters(letters).write(tx, new Map());
    return undefined;
  }

  committed({ duplicates }: StatusGroup): void {
    if (this.#letters > 0) this.#publisher.kick();
    for (const { site, device, sinceUs, sessions } of duplicates) {
      const name = `${site}/${device}`;
      if (this.#said.get(name) === sinceUs) continue;
      if (this.#said.size > MOST_SAID) this.#said.clear();
      this.#said.set(name, sinceUs);
      this.#log.warn(
        { code: 'device.duplicate-identity', site, device, sessions },
        `two agents run as ${name}: their samples are mixed; stop one, or give it a name and credentials of its own`,
      );
    }
  }

  #watch({ site, device, atUs }: Heard, { state, session, at }: DeviceStatus): void {
    if (state !== 'online' || session === undefined) return;
    this.#identities.observe(`${site}/${device}`, { session, atUs: at, receivedAtUs: atUs });
  }

  #duplicates(heard: readonly Heard[]): Duplicate[] {
    const latest = new Map(heard.map((h) => [`${h.site}/${h.device}`, h]));
    return [...latest].flatMap(([name, { site, device, atUs }]) => {
      const verdict = this.#identities.verdict(name, atUs);
      return verdict === null ? [] : [{ site, device, ...verdict }];
    });
  }
}

/** Sparkplug's births and deaths, as statuses. */
export const heardOf = (effects: readonly SparkplugEffect[]): Heard[] =>
  effects.flatMap((e) => {
    if (e.kind !== 'status') return [];
    const { site, device, state, atUs } = e;
    return [{ site, device, status: JSON.stringify({ state, at: atUs }), atUs }];
  });

const deviceOf = (h: Heard): string => `${h.site}/${h.device}`;

/**
 * An older status never replaces a newer one, wherever it comes from (a rebuild, another partition). Returns the
 * unknown devices that may not be registered now.
 */
export async function writeStatuses(
  tx: Queryable,
  all: readonly Heard[],
  register: NewDevices | null,
): Promise<ReadonlySet<string>> {
  if (all.length === 0) return new Set();
  const refused: ReadonlySet<string> = (await register?.refused(tx, all)) ?? new Set();
  const last = new Map(all.filter((h) => !refused.has(deviceOf(h))).map((h) => [deviceOf(h), h]));
  const heard = [...last.values()];
  const sites = heard.map((h) => h.site);
  const devices = heard.map((h) => h.device);
  if (register !== null) await registerDevices(tx, sites, devices);
  await tx.query(
    `UPDATE device d SET status = v.status::jsonb, status_at = ${ts('v.at')}
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) v(site, device, status, at)
     JOIN site s ON s.name = v.site
     WHERE d.site_id = s.id AND d.name = v.device AND (d.status_at IS NULL OR d.status_at <= ${ts('v.at')})`,
    [sites, devices, heard.map((h) => h.status), heard.map((h) => h.atUs)],
  );
  return refused;
}

function read(record: LogRecord): Heard & { readonly parsed: DeviceStatus } {
  const topic = parseTopic(record.headers[HEADERS.mqttTopic] ?? '');
  if (topic?.kind !== 'status') throw new LoadcycleError('message.unknown-topic', 'not a topic of status');
  const parsed = readStatus(record.value);
  // written anew from the fields that are known: what else stood in the message never reaches the store
  const status = JSON.stringify(parsed);
  return { site: topic.site, device: topic.device, status, atUs: receivedAtUs(record), parsed };
}
