import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBatch } from '@loadcycle/codecs';
import {
  type Batch,
  LOG_TOPICS,
  LoadcycleError,
  type SignalPath,
  samplesTopic,
  silentLogger,
} from '@loadcycle/contract';
import type { EventLog, LogRecord, NewRecord } from '@loadcycle/event-log';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import mqtt, { type MqttClient } from 'mqtt';

export const TOPICS = [LOG_TOPICS.samples, LOG_TOPICS.status, LOG_TOPICS.deadLetters];

export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bridge-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within 60 s: ${what}`);
    await delay(10);
  }
}

/** The real embedded log, whose way can be cut. */
export class CuttableLog {
  readonly log: EventLog;
  down = false;
  appends = 0;
  #real: EventLog;

  constructor(real: EventLog) {
    this.#real = real;
    this.log = new Proxy(real, {
      get: (target, name) =>
        name === 'append'
          ? (records: NewRecord[]) => this.#append(records)
          : Reflect.get(target, name).bind(target),
    });
  }

  async #append(records: NewRecord[]): Promise<void> {
    if (this.down) throw new LoadcycleError('log.unavailable', 'cut by the test');
    this.appends++;
    await this.#real.append(records);
  }

  async records(topic: string): Promise<LogRecord[]> {
    return await readAll(this.#real, topic);
  }
}

export async function openLog(folder: string): Promise<EventLog> {
  const log = await openSqliteLog({ folder: join(folder, 'log'), log: silentLogger });
  await log.ensureTopics(TOPICS.map((topic) => ({ topic, partitions: 1, retentionMs: null })));
  return log;
}

export async function readAll(log: EventLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { partition, begin, end } of await log.ends([topic])) {
    let next = begin;
    while (next < end) {
      const some = await log.read({ topic, partition, next }, 10_000);
      if (some.length === 0) break;
      records.push(...some);
      next = some.at(-1)!.offset + 1;
    }
  }
  return records;
}

export const SESSION = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
export const PRESS: SignalPath = { site: 'hall', device: 'press', signal: 'voltage' };

export function batch(seq: number, session = SESSION): Uint8Array {
  const b: Batch = {
    session,
    seq,
    unit: 'V',
    t0Us: 1_790_000_000_000_000 + seq * 2_000,
    dtUs: 1_000,
    offsetsUs: null,
    values: Float64Array.of(231 + seq, 232),
  };
  return encodeBatch(b);
}

export async function connectClient(url: string, options: mqtt.IClientOptions = {}): Promise<MqttClient> {
  return await mqtt.connectAsync(url, { reconnectPeriod: 50, ...options });
}

export async function publishBatches(
  client: MqttClient,
  from: number,
  to: number,
  path = PRESS,
): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (let seq = from; seq < to; seq++) {
    sent.push(client.publishAsync(samplesTopic(path), Buffer.from(batch(seq)), { qos: 1 }));
  }
  await Promise.all(sent);
}

export const seqsOf = (records: readonly LogRecord[]): number[] =>
  records.map((r) => (JSON.parse(Buffer.from(r.value).toString()) as { seq: number }).seq);
