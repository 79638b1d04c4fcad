import { expect, test } from 'vitest';
import { refuseOld } from './versions.ts';

const fetching = (maxVersion: number) => [
  { apiKey: 0, maxVersion: 13 },
  { apiKey: 1, maxVersion },
];

test('a Kafka before 3.1 is refused, with what to do', () => {
  expect(() => refuseOld(fetching(12))).toThrow(
    expect.objectContaining({
      code: 'log.unavailable',
      message: expect.stringContaining('too old'),
      hint: expect.stringContaining('Kafka 3.1 or later'),
    }),
  );
  expect(() => refuseOld([])).toThrow(/version 0/);
});

test('one from 3.1 on is taken', () => {
  for (const version of [13, 17, 18]) expect(() => refuseOld(fetching(version))).not.toThrow();
});
