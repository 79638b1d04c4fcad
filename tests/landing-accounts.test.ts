import { HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import { completeness } from '@loadcycle/processors/completeness/index';
import { requestReprocess, requestRevalidation } from '@loadcycle/processors/jobs';
import { replayDeadLetters } from '@loadcycle/processors/replay';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, caughtUp, idOf, openBench, raw, recordOf, startOn, T0, until } from './landing-support.ts';

describe('accounts', () => {
  test('any batches in any order, with resends and rubbish: every sum is that of a plain model', async () => {
    const b = await openBench();
    const landing = await startOn(b);
    let run = 0;
    const arrival = fc.oneof(
      { weight: 8, arbitrary: fc.nat(11) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), async (arrivals) => {
        const signal = `v${run++}`;
        // defines the signal, so that its rubbish is counted as its own
        await b.eventLog.append([recordOf(batchOf(0), { signal })]);
        await caughtUp(b, 'landing');
        const topic = `loadcycle/v1/s/d/samples/${signal}`;
        await b.eventLog.append(
          arrivals.map((seq) =>
            seq === null
              ? raw(`s/d/${signal}`, topic, Buffer.from('?'), T0 + 3_600_000_000)
              : recordOf(batchOf(seq), { signal }),
          ),
        );
        await caughtUp(b, 'landing');
        const seqs = new Set([0, ...arrivals.filter((s) => s !== null)]);
        const highest = Math.max(...seqs);
        const rubbish = arrivals.filter((s) => s === null).length;
        const id = await idOf(b, signal);
        const range = { fromUs: T0, toUs: T0 + 120_000, bucketUs: 25_000 };
        const c = await completeness(b.db, id, range);
        const missing = Array.from({ length: highest + 1 }, (_, i) => i).filter((i) => !seqs.has(i));
        expect(c.total).toEqual({
          expected: (highest + 1) * 10,
          landed: seqs.size * 10,
          good: seqs.size * 10,
          uncertain: 0,
          bad: 0,
          missing: missing.length * 10,
          deadLettered: 0,
          batches: seqs.size,
          missingBatches: missing.length,
        });
        expect(
          c.holes.flatMap((h) => Array.from({ length: h.toSeq - h.fromSeq + 1 }, (_, i) => h.fromSeq + i)),
        ).toEqual(missing);
        for (const h of c.holes) {
          expect(h).toMatchObject({ fromUs: T0 + h.fromSeq * 10_000, toUs: T0 + (h.toSeq + 1) * 10_000 });
        }
        for (const key of ['landed', 'missing', 'expected'] as const) {
          expect(c.buckets.reduce((n, x) => n + x[key], 0)).toBe(c.total[key]);
        }
        const receipts = await completeness(b.db, id, { fromUs: T0, toUs: T0 + 7_200_000_000 });
        expect(receipts.receipts).toMatchObject({
          received: arrivals.length + 1,
          landed: seqs.size,
          duplicates: arrivals.length + 1 - rubbish - seqs.size,
          deadLettered: rubbish,
        });
      }),
      { numRuns: 8, seed: 7 },
    );
    await landing.close();
  });

  test('a hole that spans the whole range, and a session whose beginning is missing', async () => {
    const b = await openBench();
    await b.eventLog.append([batchOf(2), batchOf(9)].map((x) => recordOf(x)));
    const landing = await startOn(b);
    await caughtUp(b, 'landing');
    await landing.close();
    const id = await idOf(b, 'voltage');
    const inside = await completeness(b.db, id, { fromUs: T0 + 30_000, toUs: T0 + 50_000 });
    const hole = { fromSeq: 3, toSeq: 8, samples: 60 };
    expect(inside.holes).toEqual([expect.objectContaining(hole)]);
    expect(inside.total).toMatchObject({ expected: 20, landed: 0, missing: 20, missingBatches: 6 });
    const after = await completeness(b.db, id, { fromUs: T0 + 40_000, toUs: T0 + 50_000 });
    expect(after.holes).toEqual([expect.objectContaining(hole)]);
    expect(after.total).toMatchObject({ expected: 10, missing: 10, missingBatches: 0 });
    const head = await completeness(b.db, id, { fromUs: T0, toUs: T0 + 25_000 });
    expect(head.holes).toEqual([expect.objectContaining({ fromSeq: 0, toSeq: 1, fromUs: T0, samples: 20 })]);
  });
});

describe('the way out of quarantine', () => {
  test('replayed once the signal is defined, untouched; replaying twice changes nothing', async () => {
    const b = await openBench();
    const record = recordOf(batchOf(0));
    await b.eventLog.append([record]);
    const strict = await startOn(b, { settings: { autoRegister: false } });
    await caughtUp(b, 'landing');
    await strict.close();
    const landing = await startOn(b);
    expect(await replayDeadLetters(b.db, b.eventLog, { reason: 'signal.unknown' })).toEqual({ replayed: 1 });
    expect(await replayDeadLetters(b.db, b.eventLog, { reason: 'signal.unknown' })).toEqual({ replayed: 0 });
    await caughtUp(b, 'landing');
    // a crash between the log and the mark sends it again
    await b.db.query("UPDATE dead_letter SET state = 'held'");
    await replayDeadLetters(b.db, b.eventLog, {});
    await caughtUp(b, 'landing');
    await landing.close();
    expect(await b.db.query('SELECT count(*) AS n FROM sample')).toEqual([{ n: 10 }]);
    const partition = (await b.eventLog.ends([LOG_TOPICS.samples])).find((p) => p.end > 0)!.partition;
    const read = (next: number) => b.eventLog.read({ topic: LOG_TOPICS.samples, partition, next }, 1);
    const [[first], [second]] = await Promise.all([read(0), read(1)]);
    expect({ key: second!.key, value: second!.value, headers: second!.headers }).toEqual({
      key: first!.key,
      value: first!.value,
      headers: { ...first!.headers, [HEADERS.replayed]: 'true' },
    });
  });
});

test('limits of today, applied to a range: qualities, the ledger and the cycles follow', async () => {
  const b = await openBench();
  const landing = await startOn(b);
  await b.eventLog.append([0, 1, 2, 3].map((seq) => recordOf(batchOf(seq))));
  await caughtUp(b, 'landing');
  await b.db.query(`UPDATE signal SET definition = definition || '{"validMax": 24}', version = 2`);
  const id = await idOf(b, 'voltage');
  await requestRevalidation(b.db, { signalIds: [id], fromUs: T0 + 10_000, toUs: T0 + 35_000 });
  await until(
    () => b.db.query<{ state: string; changed: number }>('SELECT state, changed FROM revalidation'),
    ([row]) => row!.state === 'done',
  );
  await landing.close();
  expect(await b.db.query('SELECT changed FROM revalidation')).toEqual([{ changed: 11 }]);
  expect(await b.db.query('SELECT seq, good, bad FROM batch ORDER BY seq')).toEqual([
    { seq: 0, good: 10, bad: 0 },
    { seq: 1, good: 10, bad: 0 },
    { seq: 2, good: 4, bad: 6 },
    { seq: 3, good: 5, bad: 5 },
  ]);
  expect(await b.db.query('SELECT reason, state FROM repair')).toEqual([
    { reason: 'late', state: 'waiting' },
  ]);
  expect(await requestReprocess(b.db, { signalIds: [id], fromUs: T0, toUs: T0 + 1 })).toHaveLength(1);
});
