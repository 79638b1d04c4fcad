import type { DecodedBatch } from '@loadcycle/codecs';
import {
  decodeSparkplug,
  NO_STATE,
  rewindSparkplug,
  type SparkplugEffect,
  type SparkplugState,
} from '@loadcycle/codecs/sparkplug/index';
import { pathOf } from '@loadcycle/codecs/sparkplug/names';
import { HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import { isSparkplugTopic, parseSparkplugTopic, sparkplugKey } from '@loadcycle/contract/sparkplug-topics';
import type { Database } from '@loadcycle/database/port';
import type { EventLog, LogRecord, Position } from '@loadcycle/event-log/port';
import { LANDING } from '@loadcycle/processors/landing/settings';
import { messageOf } from '@loadcycle/processors/work/messages';
import type { SparkplugNames } from '@loadcycle/processors/work/sparkplug-names';

/** Further apart than this, what landing has saved is of no use for a record. */
const MOST_RECORDS = 20_000;
const READ_RECORDS = 500;

/** Where what is known of the nodes comes from; both are only read. */
export interface NodeSource {
  readonly eventLog: EventLog;
  readonly reader: Database;
  /** by which names groups, nodes and metrics go */
  readonly names: Pick<SparkplugNames, 'nameOf'>;
}

export interface SparkplugAddress {
  /** of the edge node */
  readonly key: string;
  readonly site: string;
  /** `site/device` of the device that the message speaks of */
  readonly device: string;
  /** a birth or a death */
  readonly lifecycle: boolean;
}

// the same few topics come again and again; emptied when it has grown large, so that it stays bounded
const addresses = new Map<string, SparkplugAddress | null>();

export const isSparkplugRecord = (record: LogRecord): boolean =>
  record.topic === LOG_TOPICS.samples && isSparkplugTopic(record.headers[HEADERS.mqttTopic] ?? '');

/** Null for what is no message of data, birth or death. Its site and device are those in use. */
export function sparkplugAddress(
  record: LogRecord,
  { names }: Pick<NodeSource, 'names'>,
): SparkplugAddress | null {
  const address = canonicalAddress(record);
  if (address === null) return null;
  const [site, device] = address.device.split('/') as [string, string];
  const path = names.nameOf({ site, device });
  return { ...address, site: path.site, device: `${path.site}/${path.device}` };
}

function canonicalAddress(record: LogRecord): SparkplugAddress | null {
  const mqttTopic = record.headers[HEADERS.mqttTopic] ?? '';
  const known = addresses.get(mqttTopic);
  if (known !== undefined) return known;
  const topic = parseSparkplugTopic(mqttTopic);
  let address: SparkplugAddress | null = null;
  if (topic !== null) {
    const { site, device } = pathOf(topic.group, topic.node, topic.device, '');
    const lifecycle = topic.type.endsWith('BIRTH') || topic.type.endsWith('DEATH');
    address = { key: sparkplugKey(topic), site, device: `${site}/${device}`, lifecycle };
  }
  if (addresses.size >= 10_000) addresses.clear();
  addresses.set(mqttTopic, address);
  return address;
}

export interface NodeReading {
  readonly batches: readonly DecodedBatch[];
  readonly effects: readonly SparkplugEffect[];
  /** nothing could be read, since a birth or a message before this one is not known */
  readonly lost: boolean;
}

const NOTHING: NodeReading = { batches: [], effects: [], lost: false };
const LOST: NodeReading = { batches: [], effects: [], lost: true };

/** What landing had saved when it had read all records below `next` of the partition. */
interface Saved {
  readonly next: number;
  readonly state: SparkplugState;
}

/**
 * Reads one edge node's messages from some place of the log on, as landing reads them: by what landing has saved of
 * the node together with its offset. Where that is older than the place, the records between are read first; where
 * it is newer, it is rewound over them, and holds as it is from its own offset on. An alias is never read by births
 * that the message was not sent under; where they are not known, nothing is read.
 */
export class SparkplugNode {
  #next: number;
  /** null: not known */
  #state: SparkplugState | null;
  #ahead: Saved | null;

  readonly #names: NodeSource['names'];

  private constructor(
    names: NodeSource['names'],
    next: number,
    state: SparkplugState | null,
    ahead: Saved | null,
  ) {
    this.#names = names;
    this.#next = next;
    this.#state = state;
    this.#ahead = ahead;
  }

  /** `at`: the first record that will be read. Throws where the store or the log is away. */
  static async open(
    { eventLog, reader, names }: NodeSource,
    key: string,
    at: Position,
  ): Promise<SparkplugNode> {
    const { topic, partition, next: from } = at;
    // one statement, one snapshot: landing moves both in one transaction
    const [row] = await reader.query<{ next: number | null; state: SparkplugState | null }>(
      `SELECT (SELECT next FROM consumer_offset WHERE consumer = $1 AND topic = $2 AND partition = $3) AS next,
              (SELECT state FROM sparkplug_state WHERE consumer = $1 AND node = $4) AS state`,
      [LANDING, topic, partition, key],
    );
    const ends = await eventLog.ends([topic]);
    const { begin, end } = ends.find((p) => p.partition === partition) ?? { begin: 0, end: 0 };
    const saved: Saved = { next: row!.next ?? begin, state: row!.state ?? NO_STATE };
    // an offset that the log does not have was one of another log
    if (saved.next > end) return new SparkplugNode(names, from, null, null);
    const ahead = saved.next > from ? saved : null;
    const known = Math.min(saved.next, from) >= begin && Math.abs(saved.next - from) <= MOST_RECORDS;
    if (!known) return new SparkplugNode(names, from, null, ahead);
    if (ahead !== null) {
      const between = await recordsOf(key, eventLog, at, saved.next);
      return new SparkplugNode(names, from, rewindSparkplug(saved.state, between.map(messageOf)), ahead);
    }
    let { state } = saved;
    for (const record of await recordsOf(key, eventLog, { ...at, next: saved.next }, from)) {
      ({ state } = decodeSparkplug(state, messageOf(record)));
    }
    return new SparkplugNode(names, from, state, null);
  }

  /** The next record of the node; one that was read before gives nothing. */
  read(record: LogRecord): NodeReading {
    if (record.offset < this.#next) return NOTHING;
    this.#next = record.offset + 1;
    if (this.#ahead !== null && record.offset >= this.#ahead.next) {
      this.#state = this.#ahead.state;
      this.#ahead = null;
    }
    if (this.#state === null) return LOST;
    const message = messageOf(record);
    const { state, batches, effects, error } = decodeSparkplug(this.#state, message);
    this.#state = state;
    const unborn = error?.code === 'sparkplug.no-birth' || error?.code === 'sparkplug.sequence-gap';
    // a dead letter that was sent again says nothing of the node as it is now
    return {
      batches: batches.map((b) => ({ ...b, path: this.#names.nameOf(b.path) })),
      effects: effects.map((e) => (e.kind === 'status' ? this.#names.nameOf(e) : e)),
      lost: unborn && !message.replayed,
    };
  }
}

/** The node's records from `at` to `to` (exclusive). */
async function recordsOf(
  key: string,
  eventLog: EventLog,
  { topic, partition, next: from }: Position,
  to: number,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let next = from; next < to; ) {
    const some = await eventLog.read({ topic, partition, next }, Math.min(READ_RECORDS, to - next));
    if (some.length === 0) break;
    for (const r of some) {
      if (r.offset < to && isSparkplugRecord(r) && canonicalAddress(r)?.key === key) records.push(r);
    }
    next = some.at(-1)!.offset + 1;
  }
  return records;
}
