import type { DecodeContext } from '@loadcycle/codecs';
import {
  decodeSparkplug,
  type SparkplugEffect,
  type SparkplugState,
} from '@loadcycle/codecs/sparkplug/index';
import { HEADERS, type LoadcycleError } from '@loadcycle/contract';
import { isSparkplugTopic, parseSparkplugTopic, sparkplugKey } from '@loadcycle/contract/sparkplug-topics';
import type { Queryable } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';
import { NONE_REJECTED } from './group.ts';
import type { Decoded } from './judge.ts';
import { asPoison, decodeRecord, messageOf } from './messages.ts';
import { SparkplugNames } from './sparkplug-names.ts';

export interface DecodedGroup {
  readonly records: Decoded[];
  /** Sparkplug's edge nodes as they are after the group, by key; saved in the group's transaction */
  readonly nodes: ReadonlyMap<string, SparkplugState>;
  readonly effects: readonly SparkplugEffect[];
}

const KEPT_NODES = 10_000;

/**
 * Records → batches, in the log's order. Most codecs need nothing but the record; Sparkplug needs what is known of the
 * edge node, which each consumer keeps for itself with its offsets, so that each reads the log by itself, and alike.
 */
export class Decoder {
  readonly #db: Queryable;
  readonly #consumer: string;
  readonly #context: DecodeContext;
  readonly #nodes = new Map<string, SparkplugState | null>();
  readonly #names: SparkplugNames;

  /** `names`: may it write down by which names Sparkplug's go? Those of records that a worker has read stand already. */
  constructor(db: Queryable, consumer: string, context: DecodeContext, names: 'assign' | 'look' = 'assign') {
    this.#db = db;
    this.#names = new SparkplugNames(db, names);
    this.#consumer = consumer;
    this.#context = context;
  }

  /** Back to the store's state. */
  clear(): void {
    this.#nodes.clear();
  }

  /** Records that are `rejected` are not looked at: reading them may be what failed. */
  async decode(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError> = NONE_REJECTED,
  ): Promise<DecodedGroup> {
    const keys = new Map<LogRecord, string>();
    for (const record of records) {
      if (rejected.has(record)) continue;
      const topic = record.headers[HEADERS.mqttTopic] ?? '';
      const parsed = isSparkplugTopic(topic) ? parseSparkplugTopic(topic) : null;
      if (parsed !== null) keys.set(record, sparkplugKey(parsed));
    }
    if (keys.size > 0) await this.#load(new Set(keys.values()));
    const nodes = new Map<string, SparkplugState>();
    const effects: SparkplugEffect[] = [];
    const decoded = records.map((record): Decoded => {
      const error = rejected.get(record);
      if (error !== undefined) return { record, error };
      const key = keys.get(record);
      if (key !== undefined) {
        const result = decodeSparkplug(this.#nodes.get(key) ?? null, messageOf(record), this.#context);
        this.#nodes.set(key, result.state);
        nodes.set(key, result.state);
        effects.push(...result.effects);
        return result.error === null ? { record, batches: result.batches } : { record, error: result.error };
      }
      try {
        return { record, batches: decodeRecord(record, this.#context) };
      } catch (error) {
        return { record, error: asPoison(error) };
      }
    });
    if (keys.size === 0) return { records: decoded, nodes, effects };
    return { nodes, ...(await this.#named(decoded, effects)) };
  }

  /** Sparkplug's batches and statuses under the names that are in use. */
  async #named(
    decoded: readonly Decoded[],
    effects: readonly SparkplugEffect[],
  ): Promise<Pick<DecodedGroup, 'records' | 'effects'>> {
    const batches = decoded.flatMap((d) => ('error' in d ? [] : d.batches));
    const wished = batches.flatMap(({ path, wish }) => (wish === undefined ? [] : [{ path, wish }]));
    const statuses = effects.flatMap((e) => (e.kind === 'status' ? [{ path: e, wish: e.wish }] : []));
    const devices = statuses.map(({ path: { site, device }, wish }) => ({ path: { site, device }, wish }));
    await this.#names.settle([...wished, ...devices]);
    const records = decoded.map((d): Decoded => {
      if ('error' in d || d.batches.every((b) => b.wish === undefined)) return d;
      return { ...d, batches: d.batches.map((b) => ({ ...b, path: this.#names.nameOf(b.path) })) };
    });
    return {
      records,
      effects: effects.map((e) => (e.kind === 'status' ? this.#names.nameOf(e) : e)),
    };
  }

  async #load(keys: ReadonlySet<string>): Promise<void> {
    // far more than two groups that are under way can hold: what goes is committed
    if (this.#nodes.size > KEPT_NODES) {
      for (const key of this.#nodes.keys()) {
        if (this.#nodes.size <= KEPT_NODES / 2) break;
        if (!keys.has(key)) this.#nodes.delete(key);
      }
    }
    const missing = [...keys].filter((key) => !this.#nodes.has(key));
    if (missing.length === 0) return;
    const rows = await this.#db.query<{ node: string; state: SparkplugState }>(
      'SELECT node, state FROM sparkplug_state WHERE consumer = $1 AND node = ANY($2::text[])',
      [this.#consumer, missing],
    );
    for (const key of missing) this.#nodes.set(key, null);
    for (const row of rows) this.#nodes.set(row.node, row.state);
  }

  async save(tx: Queryable, nodes: ReadonlyMap<string, SparkplugState>): Promise<void> {
    if (nodes.size === 0) return;
    await tx.query(
      `INSERT INTO sparkplug_state (consumer, node, state)
       SELECT $1, v.node, v.state::jsonb FROM unnest($2::text[], $3::text[]) v(node, state)
       ON CONFLICT (consumer, node) DO UPDATE SET state = excluded.state`,
      [this.#consumer, [...nodes.keys()], [...nodes.values()].map((s) => JSON.stringify(s))],
    );
  }
}
