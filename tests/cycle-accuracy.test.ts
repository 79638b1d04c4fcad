import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { describe, expect, it } from 'vitest';
import { cut, foundIn, IMPAIRED, LIMIT, score, signal } from '../bench/cycles/score.ts';

/**
 * The promises of docs/cycles.md about accuracy, on fewer cycles than there (the table's 5,000 and more per cell come
 * from `bench/cycles`). Seeded, hence the same on every run.
 */

const WIDTHS = [0, 1, 5, 20];
const LEVELS_DB = [40, 20, 10, 6];

function run(n: number, db: number, seconds: number, kind = 'clean') {
  const waveform = new Waveform(signal(n, db, IMPAIRED[kind]), 1000 + 100 * n + db);
  const { cycles, truth } = cut(waveform, seconds);
  const found = foundIn(cycles);
  // Cycles before the levels were learnt are looked at apart: so few cycles would make them weigh too much.
  const learntS = (found.onsetsS[0] ?? Number.POSITIVE_INFINITY) - 0.06;
  const after = {
    ...truth,
    onsetsS: truth.onsetsS.filter((t) => t > learntS),
    offsetsS: truth.offsetsS.filter((t) => t > learntS),
  };
  return { ...score(found, after, 1000, cycles.length), limit: LIMIT[n]?.[db] as number, cycles };
}

describe('accuracy of the cycles', () => {
  for (const n of WIDTHS) {
    for (const db of LEVELS_DB) {
      it(`ramp of ${n} samples at ${db} dB: within 1.25 times what no estimator beats`, () => {
        // The width of a one-sample ramp takes longer to learn than it matters elsewhere.
        const r = run(n, db, n === 1 && db === 40 ? 6000 : 1500);
        expect(r.learntAfterS).toBeLessThan(20);
        expect(r.std / r.limit).toBeLessThan(1.25);
        expect(r.bias).toBeLessThan(Math.max(0.05, r.limit / 10) + (3 * r.std) / Math.sqrt(r.edges));
        expect(db === 6 ? r.f1Wide : r.f1).toBeGreaterThanOrEqual(0.999);
        expect(r.f1).toBeGreaterThanOrEqual(0.998);
        expect(r.invented).toBe(0);
      });
    }
  }

  it('ramp of one sample at 40 dB: all edges from the first on, which are placed again once widths are known', () => {
    const limit = LIMIT[1]?.[40] as number;
    let [early, edges, square] = [0, 0, 0];
    const seeds = 8;
    for (let seed = 1; seed <= seeds; seed++) {
      const { cycles, truth } = cut(new Waveform(signal(1, 40), seed), 600);
      const { onsetsS, offsetsS } = foundIn(cycles);
      const near = (list: number[], atS: number) =>
        list.reduce((best, t) => (Math.abs(t - atS) < Math.abs(best) ? t - atS : best), 1) * 1000;
      const ends = truth.onsetsS.slice(0, onsetsS.length).map((t) => near(onsetsS, t));
      const falls = truth.offsetsS.slice(0, offsetsS.length - 1).map((t) => near(offsetsS, t));
      const errors = ends.flatMap((e, i) => (i < falls.length ? [e, falls[i] as number] : []));
      for (const [i, e] of errors.entries()) {
        square += e * e;
        if (i < 30) early += e * e;
      }
      edges += errors.length;
    }
    expect(Math.sqrt(square / edges) / limit).toBeLessThan(1.25);
    // it was 2.3 to 4 times the best possible
    expect(Math.sqrt(early / (30 * seeds)) / limit).toBeLessThan(1.75);
  });

  for (const kind of Object.keys(IMPAIRED)) {
    it(`with ${kind}: within 1.5 times, F1 of 0.99 and more`, () => {
      for (const [n, db] of [
        [0, 20],
        [5, 40],
        [5, 20],
        [20, 20],
        [5, 10],
      ] as const) {
        const r = run(n, db, 1500, kind);
        expect(r.std / r.limit).toBeLessThan(1.5);
        expect(r.f1).toBeGreaterThanOrEqual(0.99);
        expect(r.invented).toBeLessThanOrEqual(1);
      }
    });
  }

  it('marks every cycle that spans a gap as incomplete, and no other', () => {
    const waveform = new Waveform(signal(5, 20, IMPAIRED['gaps']), 5);
    const { cycles, truth } = cut(waveform, 1500);
    expect(truth.gapsS.length).toBeGreaterThan(20);
    for (const cycle of cycles) {
      const [from, to] = [cycle.startedAtUs / 1e6, cycle.endedAtUs / 1e6];
      const gaps = truth.gapsS.filter(([a, b]) => a < to && b > from + 0.001);
      // A cycle that breaks off at a gap ends at the last sample before it.
      const broken = truth.gapsS.some(([a]) => Math.abs(a - to) < 0.01);
      if (gaps.length > 0) expect(cycle.complete).toBe(false);
      else if (!broken) expect(cycle.complete).toBe(true);
    }
  });

  it('invents no cycle in a signal without load', () => {
    for (const kind of ['clean', 'drift', 'spikes', 'all']) {
      for (const db of LEVELS_DB) {
        const waveform = new Waveform(signal(0, db, { ...IMPAIRED[kind], load: false }), 77 + db);
        expect(cut(waveform, 1500).cycles).toEqual([]);
      }
    }
  });
});
