import { type DecodedBatch, readMessage } from '@loadcycle/codecs';
import { lastSampleUs } from '@loadcycle/contract';
import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';
import { encodeOffsets } from '../offsets.ts';
import { messageOf } from '../work/messages.ts';
import type { Letter } from './letters.ts';
import { digestOf } from './prepare.ts';

/**
 * Notes which samples are in the dead letters, as far as these can be read by themselves, so that completeness counts
 * them where they belong. By path: the signal may be registered later, or never.
 */
export async function noteDeadBatches(tx: Queryable, dead: readonly DecodedBatch[]): Promise<void> {
  if (dead.length === 0) return;
  const column = <T>(of: (d: DecodedBatch) => T): T[] => dead.map(of);
  await tx.query(
    `INSERT INTO dead_batch (site, device, signal, session, seq, t0, t_end, period, count, offsets, digest)
     SELECT v.site, v.device, v.signal, v.session, v.seq, ${ts('v.t0')}, ${ts('v.t_end')}, v.period, v.count, v.offsets, v.digest
     FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[], $10::bytea[], $11::int[])
       v(site, device, signal, session, seq, t0, t_end, period, count, offsets, digest)
     ON CONFLICT DO NOTHING`,
    [
      column((d) => d.path.site),
      column((d) => d.path.device),
      column((d) => d.path.signal),
      column((d) => d.batch.session),
      column((d) => d.batch.seq),
      column((d) => d.batch.t0Us),
      column((d) => lastSampleUs(d.batch)),
      column((d) => d.batch.dtUs),
      column((d) => d.batch.values.length),
      column((d) => (d.batch.offsetsUs === null ? null : encodeOffsets(d.batch.offsetsUs))),
      column((d) => digestOf(d.batch)),
    ],
  );
}

/** The batches of a message that can be read by itself; empty where it can not. */
export function batchesOf({ record, error }: Letter): DecodedBatch[] {
  // reading it may be what failed
  if (error.code === 'message.poison') return [];
  try {
    // whatever time it claims: it is counted there, not believed
    return readMessage(messageOf(record)).decoded;
  } catch {
    return [];
  }
}
