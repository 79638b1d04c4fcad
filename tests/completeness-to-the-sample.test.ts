import { type Batch, SignalDefinition } from '@loadcycle/contract';
import { us } from '@loadcycle/database/sql';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { completeness } from '@loadcycle/processors/completeness/index';
import { replayDeadLetters } from '@loadcycle/processors/replay';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bench, batchOf, caughtUp, idOf, openBench, recordOf, startOn, T0 } from './landing-support.ts';

/**
 * expected = landed + missing + dead-lettered, to the sample, for any range: compared with the rows themselves and with
 * what was sent, over gaps, resends, dead letters (from before the signal was registered too) and mixed quality.
 */

const HOUR_US = 3_600_000_000;
type Fate = 'landed' | 'twice' | 'missing' | 'dead' | 'before';

interface Sent {
  readonly batch: Batch;
  readonly fate: Fate;
  readonly times: number[];
}

/** µs between samples; `null`: irregular. The slow ones' batches are days long, the fast ones' lie within one hour. */
const SIGNALS = { fast: 333, second: 1_000_000, slow: 300_000_000, odd: null, rare: null } as const;
type Name = keyof typeof SIGNALS;

function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Two sessions, one behind the other, of batches of any length. What a session lacks at its very ends nobody can know. */
function sentBy(name: Name, random: () => number): Sent[] {
  const sent: Sent[] = [];
  const period = SIGNALS[name];
  let at = T0 + Math.floor(random() * HOUR_US);
  for (const session of [1, 2].map((n) => `01990000-0000-7000-8000-00000000000${n}`)) {
    for (let seq = 0; seq < 40; seq++) {
      const count = 1 + Math.floor(random() * (random() < 0.2 ? 400 : 20));
      const gaps = Array.from({ length: count }, () =>
        Math.ceil(1 + random() * (name === 'rare' ? HOUR_US / 5 : 5_000)),
      );
      let offset = 0;
      const offsets = period === null ? Float64Array.from(gaps, (g, i) => (offset += i === 0 ? 0 : g)) : null;
      const values = Float64Array.from({ length: count }, () =>
        random() < 0.1 ? Number.NaN : random() * 130,
      );
      const batch = { ...batchOf(seq, { session, values, t0Us: at }), dtUs: period, offsetsUs: offsets };
      const end = seq === 0 || seq === 39;
      const r = random();
      const fate: Fate =
        session.endsWith('1') && seq < 8
          ? 'before'
          : r < 0.15 && !end
            ? 'missing'
            : r < 0.3
              ? 'dead'
              : r < 0.4
                ? 'twice'
                : 'landed';
      const times = Array.from(values, (_, i) => at + (period === null ? offsets![i]! : i * period));
      sent.push({ batch, fate, times });
      at = times.at(-1)! + (period ?? 1 + Math.floor(random() * 9_000));
    }
    at += Math.floor(random() * 2 * HOUR_US);
  }
  return sent;
}

const path = (signal: string) => ({ site: 's', device: 'd', signal });
const record = (signal: string, { batch, fate, times }: Sent) =>
  recordOf(fate === 'dead' ? { ...batch, unit: 'A' } : batch, {
    signal,
    receivedAtUs: times.at(-1)! + 1_000_000,
  });

async function land(b: Bench, all: Map<Name, Sent[]>, fates: readonly Fate[]): Promise<void> {
  const landing = await startOn(b, { settings: { autoRegister: false } });
  for (const [signal, sent] of all) {
    const some = sent.filter((s) => fates.includes(s.fate));
    const again = some.filter((s) => s.fate === 'twice');
    await b.eventLog.append([...some, ...again].map((s) => record(signal, s)));
  }
  await caughtUp(b, 'landing');
  await landing.close();
}

test('any range, any rate: what is said is what the rows and the dead letters hold', async () => {
  const b = await openBench();
  const random = randomly(20_261_128);
  const all = new Map((Object.keys(SIGNALS) as Name[]).map((n) => [n, sentBy(n, random)]));
  await land(b, all, ['before']);
  expect(await b.db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 8 * all.size }]);
  const definition = SignalDefinition.parse({ unit: 'V', validMax: 100 });
  await applyCatalogue(
    b.db,
    [...all.keys()].map((n) => ({ path: path(n), definition })),
    'the test',
  );
  await land(b, all, ['landed', 'twice', 'dead']);
  const ids = new Map<Name, number>();
  for (const name of all.keys()) ids.set(name, await idOf(b, name));

  const check = async (dead: readonly Fate[], numRuns: number): Promise<void> => {
    const rows = new Map<Name, { at: number; quality: number }[]>();
    for (const [name, id] of ids) {
      rows.set(
        name,
        await b.db.query(`SELECT ${us('ts')} AS at, quality FROM sample WHERE signal_id = $1`, [id]),
      );
    }
    const ranges = fc.record({
      name: fc.constantFrom(...all.keys()),
      from: fc.double({ min: -0.05, max: 1.05, noNaN: true }),
      part: fc.oneof(
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        fc.double({ min: 0, max: 1e-4, noNaN: true }),
      ),
      step: fc.constantFrom(1, 1, 1_000_000, HOUR_US),
      buckets: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })),
    });
    await fc.assert(
      fc.asyncProperty(ranges, async ({ name, from, part, step, buckets }) => {
        const sent = all.get(name)!;
        const [begin, end] = [sent[0]!.times[0]!, sent.at(-1)!.times.at(-1)!];
        const fromUs = Math.floor((begin + from * (end - begin)) / step) * step;
        const toUs = fromUs + Math.ceil(Math.max(1, part * (end - begin)) / step) * step;
        const bucketUs = Math.max(1, Math.ceil((toUs - fromUs) / Math.max(1, buckets) / step) * step);
        const c = await completeness(b.db, ids.get(name)!, { fromUs, toUs, bucketUs });
        for (const bucket of [...c.buckets, { ...c.total, fromUs, toUs }]) {
          const within = (at: number): boolean => at >= bucket.fromUs && at < bucket.toUs;
          const landed = rows.get(name)!.filter((r) => within(r.at));
          const ofFate = (...fates: Fate[]): number =>
            sent.filter((s) => fates.includes(s.fate)).reduce((n, s) => n + s.times.filter(within).length, 0);
          const { good, uncertain, bad, missing, deadLettered } = bucket;
          expect({ good, uncertain, bad, deadLettered }).toEqual({
            good: landed.filter((r) => r.quality < 64).length,
            uncertain: landed.filter((r) => r.quality >= 64 && r.quality < 128).length,
            bad: landed.filter((r) => r.quality >= 128).length,
            deadLettered: ofFate(...dead),
          });
          expect(bucket.landed).toBe(landed.length);
          expect(bucket.expected).toBe(bucket.landed + missing + deadLettered);
          // how many an irregular signal would have taken nobody knows
          if (SIGNALS[name] !== null) expect(missing).toBe(ofFate('missing'));
        }
        expect(c.holes.every((h) => h.estimated === (SIGNALS[name] === null))).toBe(true);
      }),
      { numRuns, seed: 18 },
    );
  };
  await check(['dead', 'before'], 150);

  // the way out of quarantine: what has landed since is in the dead letters no longer
  const landing = await startOn(b, { settings: { autoRegister: false } });
  expect(await replayDeadLetters(b.db, b.eventLog, { reason: 'signal.unknown' })).toEqual({
    replayed: 8 * all.size,
  });
  await caughtUp(b, 'landing');
  await landing.close();
  await check(['dead'], 40);
});
