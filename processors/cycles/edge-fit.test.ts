import { describe, expect, it } from 'vitest';
import { load, place, placed } from './edge-fit.ts';

describe('edge fit', () => {
  it('agrees with the posterior mean computed by brute force', () => {
    const n = 60;
    const u = Float64Array.from({ length: n }, (_, k) => k);
    let seed = 1;
    const noise = () => {
      let sum = 0;
      for (let k = 0; k < 12; k++) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        sum += seed / 2147483648;
      }
      return sum - 6;
    };
    for (const snr of [4, 10, 100, 10_000]) {
      for (const w of [0.1, 1, 5, 20]) {
        const s2 = 1 / snr;
        const c = 29.3;
        const f = (t: number, at: number) => Math.min(1, Math.max(0, (t - at) / w + 0.5));
        const y = u.map((t) => f(t, c) + noise() * Math.sqrt(s2));
        load(u, y, 0, n, 100);
        place(w, s2, 15, 45);
        let z = 0;
        let m = 0;
        let least = Number.POSITIVE_INFINITY;
        const costs: number[] = [];
        const step = 1 / 1000;
        for (let at = 15 + step / 2; at < 45; at += step) {
          let cost = 0;
          for (let k = 0; k < n; k++) cost += ((y[k] as number) - f(k, at)) ** 2;
          costs.push(cost);
          least = Math.min(least, cost);
        }
        costs.forEach((cost, k) => {
          const p = Math.exp((least - cost) / (2 * s2));
          z += p;
          m += p * (15 + step * (k + 0.5));
        });
        expect(Math.abs(placed.center - m / z)).toBeLessThan(2e-3);
        expect(placed.cost).toBeCloseTo(least, 3);
        expect(placed.logLikelihood).toBeCloseTo(Math.log(z * step) - least / (2 * s2), 1);
      }
    }
  });
});
