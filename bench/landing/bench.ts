import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, samplesTopic, signalKey, silentLogger } from '@loadcycle/contract';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { Health } from '@loadcycle/service';
import { openTestDatabase } from '../../tests/support/database.ts';

/** An empty store and an empty log with one partition a topic, and what a worker on them is started with. */
export async function onBench<T>(measure: (bench: ReturnType<typeof workerParts>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-'));
  const store = await openTestDatabase({ folder: join(folder, 'store') });
  const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
  try {
    await eventLog.ensureTopics(
      Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 1, retentionMs: null })),
    );
    return await measure(workerParts(eventLog, store.db));
  } finally {
    await eventLog.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const workerParts = (eventLog: EventLog, database: Awaited<ReturnType<typeof openTestDatabase>>['db']) => ({
  eventLog,
  database,
  health: new Health(),
  log: silentLogger,
});

export interface Message {
  readonly device: number;
  readonly seq: number;
  readonly t0Us: number;
  readonly dtUs: number;
  readonly values: Float64Array;
}

/** As the bridge puts it into the log; it came a second after its first sample. */
export function recordOf({ device, seq, t0Us, dtUs, values }: Message): NewRecord {
  const path = { site: 'bench', device: `d${device}`, signal: 'voltage' };
  const session = '01990000-0000-7000-8000-000000000000';
  return {
    topic: LOG_TOPICS.samples,
    key: signalKey(path),
    value: encodeBatch({ session, seq, unit: 'V', t0Us, dtUs, offsetsUs: null, values }),
    headers: {
      [HEADERS.mqttTopic]: samplesTopic(path),
      [HEADERS.contentType]: '',
      [HEADERS.receivedAt]: String(t0Us + 1_000_000),
    },
  };
}
