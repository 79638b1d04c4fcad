import { expect, test } from 'vitest';
import { FAULTS, score } from './score.ts';

// the table of docs/anomalies.md, on a few signals
test.for(Object.keys(FAULTS))('%s', (fault) => {
  expect(score(fault, 3)).toMatchObject({ recall: 1, precision: 1 });
});
