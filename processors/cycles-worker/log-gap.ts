import type { DecodeContext } from '@loadcycle/codecs';
import { lastSampleUs } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import type { EventLog, LogRecord, TopicPartition } from '@loadcycle/event-log/port';
import type { SampleChunk } from '../cycles/segmenter.ts';
import type { Catalogue, KnownSignal } from '../work/catalogue.ts';
import { Decoder } from '../work/decoder.ts';
import { judgeRecord } from '../work/judge.ts';
import { type StoredTails, Tails } from '../work/tails.ts';
import { usable } from './signal-state.ts';

/** Further apart than this, a re-cut waits until the one that is behind has caught up. */
const MOST_RECORDS = 5_000;

export interface GapBatch {
  readonly session: string;
  readonly seq: number;
  readonly t0Us: number;
  readonly endUs: number;
  readonly chunk: SampleChunk;
}

export interface GapSource {
  readonly tx: Queryable;
  readonly eventLog: EventLog;
  readonly context: DecodeContext;
  readonly catalogue: Catalogue;
}

/**
 * One signal's batches in the records from `from` to `to` (exclusive) of a partition, judged as landing judges them
 * (`from` must be where `consumer` stands in the transaction's snapshot; only landing's qualities count). Null: too many.
 */
export async function readGap(
  { tx, eventLog, context, catalogue }: GapSource,
  known: KnownSignal,
  at: TopicPartition,
  from: number,
  to: number,
  consumer: string,
): Promise<GapBatch[] | null> {
  if (to - from > MOST_RECORDS) return null;
  if (to <= from) return [];
  const [stored] = await tx.query<{ state: StoredTails }>(
    'SELECT state FROM validation_state WHERE signal_id = $1',
    [known.id],
  );
  const own = Tails.from(stored?.state);
  const others = new Map<number, Tails>();
  const tailsOf = (id: number): Tails => {
    if (id === known.id) return own;
    const tails = others.get(id) ?? new Tails();
    others.set(id, tails);
    return tails;
  };
  const batches: GapBatch[] = [];
  // what is known of Sparkplug's nodes, as of `from`: by the consumer that stands there
  const decoder = new Decoder(tx, consumer, context, 'look');
  const group = await decoder.decode(await readRecords(eventLog, at, from, to));
  for (const decoded of group.records) {
    const judged = judgeRecord(decoded, catalogue, tailsOf);
    if (!Array.isArray(judged)) continue;
    for (const { known: signal, batch, validated } of judged) {
      if (signal.id !== known.id) continue;
      const { session, seq, t0Us, dtUs, offsetsUs } = batch;
      const values = usable(batch.values, validated.quality, validated.bad);
      batches.push({
        session,
        seq,
        t0Us,
        endUs: lastSampleUs(batch),
        chunk: { t0Us, dtUs, offsetsUs, values },
      });
    }
  }
  return batches;
}

async function readRecords(
  eventLog: EventLog,
  at: TopicPartition,
  from: number,
  to: number,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let next = from;
  while (next < to) {
    const some = await eventLog.read({ ...at, next }, to - next);
    const wanted = some.filter((r) => r.offset >= next && r.offset < to);
    if (wanted.length === 0) break;
    records.push(...wanted);
    next = wanted.at(-1)!.offset + 1;
  }
  return records;
}
