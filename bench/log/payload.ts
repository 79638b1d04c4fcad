import { encodeBatch } from '@loadcycle/codecs';

/** Payloads as the agent makes them: a noisy voltage with two decimals. */
export function payloads(count: number, samples: number): Uint8Array[] {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, seq) =>
    encodeBatch({
      session: '01990000-0000-7000-8000-000000000000',
      seq,
      unit: 'V',
      t0Us: 1_790_000_000_000_000 + seq * samples * 1000,
      dtUs: 1000,
      offsetsUs: null,
      values: Float64Array.from(
        { length: samples },
        () => Math.round((231 + 3 * (random() - 0.5)) * 100) / 100,
      ),
    }),
  );
}
