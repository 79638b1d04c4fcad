import { DeviceStatus, HEADERS, LOG_TOPICS, LoadcycleError, parseTopic } from '@loadcycle/contract';
import type { Queryable, Transaction } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { SparkplugEffect } from '../codecs/sparkplug/index.ts';
import { registerDevices } from '../work/catalogue.ts';
import type { LogWork } from '../work/log-worker.ts';
import { asPoison, receivedAtUs } from '../work/messages.ts';
import { AccountDelta } from './accounts.ts';
import { insertLetters, type Letter, type LetterPublisher } from './letters.ts';
import { LANDING_STATUS } from './settings.ts';

export interface Heard {
  readonly site: string;
  readonly device: string;
  readonly status: string;
  readonly atUs: number;
}

interface StatusGroup {
  readonly heard: readonly Heard[];
  readonly letters: readonly Letter[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const MAX_BYTES = 262_144;

/** `loadcycle.status` → `device.status`: the last thing that each device said of itself, or its last will. */
export class StatusWork implements LogWork<StatusGroup> {
  readonly name = LANDING_STATUS;
  readonly topics = [LOG_TOPICS.status];
  readonly #register: boolean;
  readonly #publisher: LetterPublisher;

  constructor(register: boolean, publisher: LetterPublisher) {
    this.#register = register;
    this.#publisher = publisher;
  }

  poll() {
    return { maxBytes: 1_048_576, maxRecords: 2_000, gatherMs: 50, waitMs: 1_000 };
  }

  async prepare(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<StatusGroup> {
    const heard: Heard[] = [];
    const letters: Letter[] = [];
    for (const record of records) {
      try {
        const error = rejected.get(record);
        if (error !== undefined) throw error;
        heard.push(read(record));
      } catch (error) {
        letters.push({ record, error: asPoison(error), signalId: 0 });
      }
    }
    return { heard, letters };
  }

  async apply(tx: Transaction, { heard, letters }: StatusGroup): Promise<undefined> {
    await writeStatuses(tx, heard, this.#register);
    await insertLetters(tx, letters);
    await AccountDelta.ofLetters(letters).write(tx, new Map());
    return undefined;
  }

  committed({ letters }: StatusGroup): void {
    if (letters.length > 0) this.#publisher.kick();
  }
}

/** Sparkplug's births and deaths, as statuses. */
export const heardOf = (effects: readonly SparkplugEffect[]): Heard[] =>
  effects.flatMap((e) => {
    if (e.kind !== 'status') return [];
    const { site, device, state, atUs } = e;
    return [{ site, device, status: JSON.stringify({ state, at: atUs }), atUs }];
  });

/** An older status never replaces a newer one, wherever it comes from (a rebuild, another partition). */
export async function writeStatuses(tx: Queryable, all: readonly Heard[], register: boolean): Promise<void> {
  if (all.length === 0) return;
  const last = new Map(all.map((h) => [`${h.site}/${h.device}`, h]));
  const heard = [...last.values()];
  const sites = heard.map((h) => h.site);
  const devices = heard.map((h) => h.device);
  if (register) await registerDevices(tx, sites, devices);
  await tx.query(
    `UPDATE device d SET status = v.status::jsonb, status_at = ${ts('v.at')}
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) v(site, device, status, at)
     JOIN site s ON s.name = v.site
     WHERE d.site_id = s.id AND d.name = v.device AND (d.status_at IS NULL OR d.status_at <= ${ts('v.at')})`,
    [sites, devices, heard.map((h) => h.status), heard.map((h) => h.atUs)],
  );
}

function read(record: LogRecord): Heard {
  const topic = parseTopic(record.headers[HEADERS.mqttTopic] ?? '');
  if (topic?.kind !== 'status') throw new LoadcycleError('message.unknown-topic', 'not a topic of status');
  if (record.value.byteLength > MAX_BYTES) {
    throw new LoadcycleError(
      'message.too-large',
      `${record.value.byteLength} bytes; the limit is ${MAX_BYTES}`,
    );
  }
  let status: unknown;
  let text: string;
  try {
    text = utf8.decode(record.value);
  } catch (cause) {
    throw new LoadcycleError('message.not-utf8', 'the payload is not UTF-8', { cause });
  }
  try {
    status = JSON.parse(text);
  } catch (cause) {
    throw new LoadcycleError('message.not-json', `the payload is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = DeviceStatus.safeParse(status);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const pointer = issue.path.map((p) => `/${String(p)}`).join('');
    throw new LoadcycleError('message.invalid-field', issue.message, { pointer });
  }
  return { site: topic.site, device: topic.device, status: text, atUs: receivedAtUs(record) };
}
