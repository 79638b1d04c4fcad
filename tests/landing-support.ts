import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBatch } from '@loadcycle/codecs';
import {
  type Batch,
  HEADERS,
  LOG_TOPICS,
  type Logger,
  samplesTopic,
  signalKey,
  silentLogger,
} from '@loadcycle/contract';
import type { EmbeddedDatabase } from '@loadcycle/database/embedded/open';
import type { Database } from '@loadcycle/database/port';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { type LandingOptions, type LandingWorker, startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import { afterAll, onTestFinished } from 'vitest';
import { openTestDatabase, type TestDatabase } from './support/database.ts';

export const TOPICS = Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 2, retentionMs: null }));

export interface Bench {
  readonly folder: string;
  /** everything is allowed */
  readonly db: Database;
  /** the workers' own rights, where the store can tell roles apart in one process */
  readonly writer: Database;
  readonly eventLog: EventLog;
}

let shared: { readonly folder: string; readonly store: TestDatabase } | undefined;

afterAll(async () => {
  await shared?.store.close();
  if (shared !== undefined) rmSync(shared.folder, { recursive: true, force: true });
});

/** Opening a store takes seconds: the tests of a file share one, emptied in between. */
export async function emptyStore(): Promise<Database> {
  if (shared === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'loadcycle-processors-'));
    shared = { folder, store: await openTestDatabase({ folder: join(folder, 'store') }) };
    return shared.store.db;
  }
  const { db } = shared.store;
  await db.exec(
    `TRUNCATE site, sample, batch, batch_hour, dead_batch, cycle, account, dead_letter, consumer_offset, validation_state, outgoing, sparkplug_state, sparkplug_name, refresh_request, consumer_state, notify_target, notify_definition, notify_silence, log_replacement CASCADE`,
  );
  return db;
}

/** A real store, empty, and a real log in a folder of its own, gone when the test is. */
export async function openBench({ partitions = 2 }: { partitions?: number } = {}): Promise<Bench> {
  const db = await emptyStore();
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-processors-'));
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  await eventLog.ensureTopics(TOPICS.map((t) => ({ ...t, partitions })));
  onTestFinished(async () => {
    await eventLog.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, db, writer: asWriter(db), eventLog };
}

/** The workers' own rights, where the store can tell roles apart in one process. */
export const asWriter = (db: Database): Database => ('as' in db ? (db as EmbeddedDatabase).as('writer') : db);

/** The rights of what tells others. */
export const asNotifier = (db: Database): Database =>
  'as' in db ? (db as EmbeddedDatabase).as('notifier') : db;

/** Says what workers complain of where LOADCYCLE_TEST_LOG is set, and keeps it for the test otherwise. */
const testLogger: Logger =
  process.env['LOADCYCLE_TEST_LOG'] === undefined
    ? silentLogger
    : {
        debug() {},
        info() {},
        warn: (fields, message) => console.error(message, fields),
        error: (fields, message) => console.error(message, fields),
      };

type Side = Pick<Bench, 'eventLog' | 'writer'>;

/** What every worker is started with. */
export const onBench = (b: Side) => ({
  eventLog: b.eventLog,
  database: b.writer,
  health: new Health(),
  log: testLogger,
});

export const startOn = (b: Side, more: Partial<LandingOptions> = {}): Promise<LandingWorker> =>
  startLanding({ ...onBench(b), ...more });

export async function idOf({ db }: Pick<Bench, 'db'>, signal = 'voltage'): Promise<number> {
  const [row] = await db.query<{ id: number }>('SELECT id FROM signal WHERE name = $1', [signal]);
  return row!.id;
}

export const T0 = 1_790_000_000_000_000;
export const SESSION = '01990000-0000-7000-8000-000000000001';

export interface BatchOptions extends Partial<Batch> {
  readonly device?: string;
  readonly signal?: string;
  readonly receivedAtUs?: number;
}

/** Batch `seq` of a signal sampled each ms, `count` values a batch, values that tell which sample it is. */
export function batchOf(seq: number, o: Partial<Batch> & { count?: number } = {}): Batch {
  const count = o.count ?? 10;
  const t0Us = o.t0Us ?? T0 + seq * count * 1000;
  return {
    session: o.session ?? SESSION,
    seq,
    unit: o.unit ?? 'V',
    t0Us,
    dtUs: 1000,
    offsetsUs: null,
    values: o.values ?? Float64Array.from({ length: count }, (_, i) => seq * count + i + 0.5),
  };
}

export function recordOf(batch: Batch, o: BatchOptions = {}): NewRecord {
  const path = { site: 's', device: o.device ?? 'd', signal: o.signal ?? 'voltage' };
  return raw(signalKey(path), samplesTopic(path), encodeBatch(batch), o.receivedAtUs ?? T0 + 3_600_000_000);
}

/** As the bridge puts it into the log. */
export function raw(
  key: string,
  mqttTopic: string,
  value: Uint8Array,
  receivedAtUs = T0,
  headers: Record<string, string> = {},
): NewRecord {
  return {
    topic: LOG_TOPICS.samples,
    key,
    value,
    headers: {
      [HEADERS.mqttTopic]: mqttTopic,
      [HEADERS.contentType]: '',
      [HEADERS.receivedAt]: String(receivedAtUs),
      ...headers,
    },
  };
}

/** Waits until a query's answer satisfies a condition: the store says when it is there. */
export async function until<T>(ask: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (is(value)) return value;
    await delay(5);
  }
}

/** Resolves once a consumer's offsets in the store have reached the ends of its topics in the log. */
export async function caughtUp(
  { db, eventLog }: Pick<Bench, 'db' | 'eventLog'>,
  consumer: string,
): Promise<void> {
  const topic = consumer === 'landing-status' ? LOG_TOPICS.status : LOG_TOPICS.samples;
  const ends = (await eventLog.ends([topic])).filter((p) => p.end > 0);
  await until(
    () =>
      db.query<{ partition: number; next: number }>(
        'SELECT partition, next FROM consumer_offset WHERE consumer = $1 AND topic = $2',
        [consumer, topic],
      ),
    (rows) => ends.every((e) => rows.some((r) => r.partition === e.partition && r.next >= e.end)),
  );
}

/** Every record of a topic, read as JSON. */
export async function readJson<T>(eventLog: EventLog, topic: string): Promise<T[]> {
  const all: T[] = [];
  for (const { partition, begin, end } of await eventLog.ends([topic])) {
    for (let next = begin; next < end; ) {
      const some = await eventLog.read({ topic, partition, next }, 1_000);
      all.push(...some.map((r) => JSON.parse(Buffer.from(r.value).toString()) as T));
      next = some.at(-1)!.offset + 1;
    }
  }
  return all;
}
