import { describe, expect, it } from 'vitest';
import { IdentityWatch } from './duplicate-identity.ts';

const DEVICE = 'plant1/motor1';
const A = '0199a8f0-0000-7000-8000-00000000000a';
const B = '0199a8f0-0000-7000-8000-00000000000b';
const T0 = 1_790_000_000_000_000;

/** Statuses as `session seconds` heard at once, or `session seconds heard-seconds`; the last word. */
function heard(clockUs: Record<string, number>, ...lines: [string, number, number?][]) {
  const watch = new IdentityWatch();
  let nowUs = T0;
  for (const [session, at, received = at] of lines) {
    nowUs = T0 + received * 1e6;
    watch.observe(DEVICE, { session, atUs: T0 + at * 1e6 + (clockUs[session] ?? 0), receivedAtUs: nowUs });
  }
  return watch.verdict(DEVICE, nowUs);
}

describe('two agents of one device', () => {
  it('are told by the statuses that both send', () => {
    expect(heard({}, [A, 0], [B, 2], [A, 5], [B, 7], [A, 10])).toEqual({
      sinceUs: T0 + 5e6,
      lastUs: T0 + 10e6,
      sessions: [A, B],
    });
  });

  it('are told whatever their clocks say', () => {
    expect(heard({ [B]: -3_600e6 }, [A, 0], [B, 2], [A, 5], [B, 7], [A, 10])).not.toBeNull();
    expect(heard({ [B]: 3_600e6 }, [A, 0], [B, 2], [A, 5], [B, 7], [A, 10])).not.toBeNull();
  });

  it('are forgotten ten minutes after the last sign', () => {
    const lines: [string, number][] = [
      [A, 0],
      [B, 2],
      [A, 5],
      [B, 7],
      [A, 10],
    ];
    expect(heard({}, ...lines, [A, 700])).toBeNull();
  });
});

describe('one agent', () => {
  it('that is started again, and again, is one', () => {
    const sessions = Array.from({ length: 50 }, (_, i) => `${A.slice(0, -2)}${String(i).padStart(2, '0')}`);
    expect(
      heard(
        {},
        ...sessions.flatMap((s, i): [string, number][] => [
          [s, i * 10],
          [s, i * 10 + 5],
        ]),
      ),
    ).toBeNull();
  });

  it('whose old statuses come late by another bridge is one', () => {
    const late: [string, number, number][] = [1, 2, 3, 4].map((i) => [A, i, 40 + i]);
    const now: [string, number][] = [41, 42, 43, 44].map((i) => [B, i]);
    const mixed = late.flatMap((l, i) => [l, now[i]!]) as [string, number, number?][];
    expect(heard({}, [A, 0], [B, 30], ...mixed)).toBeNull();
  });

  it('whose statuses come twice is one', () => {
    expect(heard({}, [A, 0], [A, 5], [B, 6], [A, 0, 7], [B, 8], [A, 5, 9], [B, 10], [A, 5, 11])).toBeNull();
  });

  it('whose last status is retained and comes before what was queued is one', () => {
    expect(heard({}, [A, 0], [B, 9, 12], [A, 5, 13], [B, 6, 13], [B, 9, 13], [B, 14])).toBeNull();
  });
});
