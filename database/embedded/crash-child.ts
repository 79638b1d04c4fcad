import { CopyEncoder, SAMPLE_COLUMNS } from '../copy-encoder.ts';
import { openEmbedded } from './index.ts';

/** For the crash test: commits batches of 1,000 rows and says so after each, until it is killed. */
const db = await openEmbedded({ folder: process.argv[2]! });
const encoder = new CopyEncoder();
const values = new Float64Array(1_000).fill(1);
for (let batch = 0; ; batch++) {
  encoder.samples({
    signalId: 1,
    t0Us: 1_790_000_000_000_000 + batch * 1_000_000,
    dtUs: 1_000,
    offsetsUs: null,
    values,
    quality: 0,
  });
  const data = encoder.finish();
  await db.transaction((tx) => tx.copyIn('sample', SAMPLE_COLUMNS, data), { priority: 'write' });
  process.stdout.write(`${batch + 1}\n`);
}
