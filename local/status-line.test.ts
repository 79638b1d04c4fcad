import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startStatusLine } from './status-line.ts';

it('says what is of this process since its start, and what is so now', async () => {
  const out = new PassThrough();
  const snapshot = { samplesIn: 1605, landed: 1500, cycles: 2, deadLetters: 3, lagRecords: 4, outbox: 5 };
  const end = startStatusLine({
    snapshot: async () => ({ ...snapshot, trouble: 'store: away' }),
    out: out as unknown as NodeJS.WriteStream,
    everyMs: 3_600_000,
  });
  await end();
  out.end();
  expect(await text(out)).toBe(
    'since the start: samples in 1,605 · landed 1,500 · cycles 2 · dead letters 3  |  ' +
      'now: 0 samples/s · lag 4 · outbox 5  ·  ! store: away\n',
  );
});
