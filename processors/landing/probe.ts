import { LoadcycleError } from '@loadcycle/contract';
import { CopyEncoder } from '@loadcycle/database/copy-encoder';
import type { Transaction } from '@loadcycle/database/port';
import type { LogRecord } from '@loadcycle/event-log/port';
import { AccountDelta } from './accounts.ts';
import { HighSeqs, landBatches } from './ledger.ts';
import { insertLetters } from './letters.ts';
import type { LedgerEntry } from './prepare.ts';

/** No signal has this id: nothing of the probe meets anything of anybody's. */
const NOBODY = 0;
const SESSION = '00000000-0000-0000-0000-000000000000';

/** Lands one sample of now and one dead letter, by landing's own statements. For a transaction that is rolled back. */
export async function probeLanding(tx: Transaction): Promise<void> {
  const nowUs = Date.now() * 1000;
  const record: LogRecord = {
    topic: 'probe',
    partition: 0,
    offset: 0,
    timestampMs: nowUs / 1000,
    key: '',
    value: new Uint8Array(1),
    headers: {},
  };
  const encoder = new CopyEncoder();
  encoder.samples({
    signalId: NOBODY,
    t0Us: nowUs,
    dtUs: 1,
    offsetsUs: null,
    values: new Float64Array(1),
    quality: 0,
  });
  const entry: LedgerEntry = {
    ...{ record, signalId: NOBODY, version: 1, session: SESSION, seq: nowUs },
    ...{ t0Us: nowUs, endUs: nowUs, dtUs: 1, count: 1, good: 1, uncertain: 0, bad: 0 },
    ...{ receivedAtUs: nowUs, digest: 0, offsets: null, order: 0, from: 0, to: encoder.byteLength },
  };
  await tx.query('UPDATE device_clock SET source = source WHERE false');
  const landing = { entries: [entry], sorted: true, rows: encoder.finish() };
  const outcome = await landBatches(tx, landing, new HighSeqs());
  const letter = { record, error: new LoadcycleError('internal', 'probe'), signalId: NOBODY };
  await insertLetters(tx, [letter]);
  await AccountDelta.of(outcome, [letter]).write(tx, new Map([[NOBODY, []]]));
}
