import { LoadcycleError } from '@loadcycle/contract';
import type { Transaction } from '@loadcycle/database/port';
import { insertLetters } from '../landing/letters.ts';

/** What the cut writes to beside `cycle`, which a row of nobody's is inserted into. */
const WRITTEN = [
  'UPDATE segmenter_state SET saved_at = saved_at WHERE signal_id = (SELECT min(signal_id) FROM segmenter_state)',
  'UPDATE segmenter_checkpoint SET by_repair = by_repair WHERE false',
  'UPDATE sparkplug_state SET state = state WHERE false',
  'UPDATE repair SET asked_at = asked_at WHERE false',
  'UPDATE repair_progress SET done_to = done_to WHERE false',
  'UPDATE outgoing SET records = records WHERE false',
  'UPDATE anomaly SET changed_at = changed_at WHERE false',
  'UPDATE signal_arrival SET live = live WHERE false',
  'UPDATE anomaly_state SET state = state WHERE false',
  'DELETE FROM refresh_request WHERE false',
];

/** Writes to all tables that the cut writes to, and changes nothing. For a transaction that is rolled back. */
export async function probeCycles(tx: Transaction): Promise<void> {
  for (const sql of WRITTEN) await tx.query(sql);
  await tx.query(
    'INSERT INTO cycle (started_at, signal_id, ended_at, complete) VALUES (now(), 0, now(), true)',
  );
  const record = {
    ...{ topic: 'probe', partition: 0, offset: 0, timestampMs: Date.now(), key: '' },
    ...{ value: new Uint8Array(1), headers: {} },
  };
  await insertLetters(tx, [{ record, error: new LoadcycleError('internal', 'probe'), signalId: 0 }]);
}
