import { createHash } from 'node:crypto';
import type { DecodedBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, type LoadcycleError, type Logger } from '@loadcycle/contract';
import { keptOf } from '@loadcycle/contract/text';
import type { Database, Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import type { EventLog, LogRecord } from '@loadcycle/event-log/port';
import { receivedAtUs } from '../work/messages.ts';
import { batchesOf, noteDeadBatches } from './dead-batches.ts';

/** A message that did not pass, with why. */
export interface Letter {
  readonly record: LogRecord;
  readonly error: LoadcycleError;
  /** 0 where the signal is not known */
  readonly signalId: number;
}

/** PostgreSQL's text holds no NUL, and nothing of a poisoned message may poison its own dead letter. */
const text = (s: string | undefined, max = 2_000): string | null => (s === undefined ? null : keptOf(s, max));

/**
 * In the transaction of the offsets. A redelivered record adds nothing, nor does a batch that is sent again while it is held
 * for the same reason; one from the log's own dead letters is published.
 */
export async function insertLetters(tx: Queryable, all: readonly Letter[]): Promise<void> {
  const found = withoutRepeats(all);
  const letters = found.map((f) => f.letter);
  if (letters.length === 0) return;
  await tx.query(
    `INSERT INTO dead_letter (topic, partition, "offset", key, mqtt_topic, content_type, received_at, reason, pointer, detail, payload, log_id, published_at)
     SELECT v.topic, v.partition, v."offset", v.key, v.mqtt_topic, v.content_type, ${ts('v.received_at')}, v.reason, v.pointer, v.detail, v.payload,
            coalesce((SELECT max(o.log_id) FROM consumer_offset o WHERE o.topic = v.topic AND o.partition = v.partition), ''),
            CASE WHEN v.topic = '${LOG_TOPICS.deadLetters}' THEN now() END
     FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::boolean[])
       v(topic, partition, "offset", key, mqtt_topic, content_type, received_at, reason, pointer, detail, payload, once)
     WHERE NOT v.once OR NOT EXISTS (
       SELECT FROM dead_letter d WHERE d.key = v.key AND sha256(d.payload) = sha256(v.payload) AND d.state = 'held'
         AND d.reason = v.reason AND d.mqtt_topic IS NOT DISTINCT FROM v.mqtt_topic)
     ON CONFLICT (topic, partition, "offset", log_id) DO NOTHING`,
    [
      letters.map((l) => l.record.topic),
      letters.map((l) => l.record.partition),
      letters.map((l) => l.record.offset),
      letters.map((l) => text(l.record.key)),
      letters.map((l) => text(l.record.headers[HEADERS.mqttTopic])),
      letters.map((l) => text(l.record.headers[HEADERS.contentType])),
      letters.map((l) => receivedAtUs(l.record)),
      letters.map((l) => l.error.code),
      letters.map((l) => text(l.error.pointer)),
      letters.map((l) => text(l.error.message)),
      letters.map((l) => l.record.value),
      found.map((f) => f.once),
    ],
  );
  await noteDeadBatches(
    tx,
    found.flatMap((f) => f.batches),
  );
}

/**
 * Of a batch that has a name of its own, sent again: it is the same batch. What was replayed is not: its letter says that it
 * was sent, and the answer is a new one.
 */
const isOnce = ({ record }: Letter, batches: readonly DecodedBatch[]): boolean =>
  record.headers[HEADERS.replayed] !== 'true' && batches.length > 0;

interface ReadLetter {
  readonly letter: Letter;
  /** of its message, as far as that can be read by itself */
  readonly batches: readonly DecodedBatch[];
  readonly once: boolean;
}

function withoutRepeats(letters: readonly Letter[]): ReadLetter[] {
  const seen = new Set<string>();
  const marked = letters.map((letter) => {
    const batches = batchesOf(letter);
    return { letter, batches, once: isOnce(letter, batches) };
  });
  return marked.filter(({ letter: l, once }) => {
    if (!once) return true;
    const { key, value, headers } = l.record;
    const digest = createHash('sha256').update(value).digest('hex');
    const name = JSON.stringify([key, l.error.code, headers[HEADERS.mqttTopic], digest]);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

interface Row {
  id: number;
  topic: string;
  partition: number;
  offset: number;
  key: string;
  mqtt_topic: string | null;
  content_type: string | null;
  received_at: number | null;
  reason: string;
  pointer: string | null;
  detail: string;
  payload: Uint8Array;
}

/**
 * Dead letters go to the log as well, at least once: committed first, then appended, then marked; whatever a
 * crash left unmarked is appended at the next occasion. The header `origin` names the record, so that a reader
 * can tell a repeated one.
 */
export class LetterPublisher {
  #running: Promise<void> = Promise.resolve();
  #waiting = false;
  readonly #db: Database;
  readonly #eventLog: EventLog;
  readonly #log: Logger;

  constructor(db: Database, eventLog: EventLog, log: Logger) {
    this.#db = db;
    this.#eventLog = eventLog;
    this.#log = log;
  }

  /** Publishes what is not yet published; returns at once. A failure is tried again at the next call. */
  kick(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#running = this.#running.then(async () => {
      this.#waiting = false;
      try {
        while ((await this.#some()) > 0);
      } catch (err) {
        this.#log.warn({ err }, 'dead letters are in the store but not yet in the log');
      }
    });
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #some(): Promise<number> {
    const rows = await this.#db.query<Row>(
      `SELECT id, topic, partition, "offset", key, mqtt_topic, content_type,
              (extract(epoch from received_at) * 1000000)::bigint AS received_at, reason, pointer, detail, payload
       FROM dead_letter WHERE published_at IS NULL ORDER BY id LIMIT 50`,
    );
    if (rows.length === 0) return 0;
    await this.#eventLog.append(rows.map(recordOf));
    await this.#db.query('UPDATE dead_letter SET published_at = now() WHERE id = ANY($1::bigint[])', [
      rows.map((r) => r.id),
    ]);
    return rows.length;
  }
}

const recordOf = (r: Row) => ({
  topic: LOG_TOPICS.deadLetters,
  key: r.key,
  value: r.payload,
  headers: {
    ...(r.mqtt_topic === null ? {} : { [HEADERS.mqttTopic]: r.mqtt_topic }),
    ...(r.content_type === null ? {} : { [HEADERS.contentType]: r.content_type }),
    ...(r.received_at === null ? {} : { [HEADERS.receivedAt]: String(r.received_at) }),
    [HEADERS.reason]: r.reason,
    [HEADERS.detail]: r.detail,
    [HEADERS.pointer]: r.pointer ?? '',
    [HEADERS.origin]: `${r.topic}/${r.partition}/${r.offset}`,
  },
});
