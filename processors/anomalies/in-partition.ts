import { LoadcycleError } from '@loadcycle/contract';
import type { Database, Transaction } from '@loadcycle/database/port';
import type { TopicPartition } from '@loadcycle/event-log/port';
import { CYCLES } from '../cycles-worker/settings.ts';
import { moveOffsets } from '../work/offsets.ts';
import type { Outgoing, OutgoingRecord } from '../work/outgoing.ts';

export interface PartitionParts {
  readonly database: Database;
  readonly outgoing: Outgoing;
  /** where this member stands in a partition; null where it has none of it */
  readonly position: (at: TopicPartition) => number | null;
}

/**
 * Work between two groups on what belongs to the signals of a partition: a transaction that holds the partition's offset, so that nobody
 * else does it. What the work returns is told once it is committed. Throws `store.conflict` where the partition is
 * another worker's.
 */
export async function inPartition(
  { database, outgoing, position }: PartitionParts,
  at: TopicPartition,
  work: (tx: Transaction) => Promise<OutgoingRecord[]>,
): Promise<void> {
  await outgoing.flush();
  let records: OutgoingRecord[] = [];
  await database.transaction(
    async (tx) => {
      await holdPartition(tx, at, position);
      records = await work(tx);
      await outgoing.write(tx, at, records);
    },
    { priority: 'write' },
  );
  outgoing.send(records);
}

/** Holds the partition's offset until the transaction ends. Throws `store.conflict` where the partition is another worker's. */
export async function holdPartition(
  tx: Transaction,
  at: TopicPartition,
  position: PartitionParts['position'],
): Promise<void> {
  const next = position(at) ?? -1;
  const held = await moveOffsets(tx, CYCLES, [{ ...at, expected: next, next }]);
  if (!held) throw new LoadcycleError('store.conflict', "the partition is another worker's");
}
