import { expect, test } from 'vitest';
import { FAULTS, falseAlarms, SMALL, scoreFault } from '../bench/anomalies/faults.ts';
import { HELD_OUT, TUNED } from '../bench/anomalies/machines.ts';
import { falseRuleAlarms, RULE_FAULTS, scoreRuleFault } from '../bench/anomalies/rules.ts';

/** A small part of `npm run bench -- anomalies`. Seeded, hence the same on every run. */
const SLOW = TUNED.find((m) => m.periodS === 300)!;
const PUMP = HELD_OUT.find((m) => m.periodS === 45)!;

test.for(Object.keys(FAULTS).filter((f) => f !== SMALL))(
  '%s: found, and open for as long as it lasts',
  (fault) => {
    const { missed, closedItself, delayS } = scoreFault(fault, SLOW, 4);
    expect({ missed, closedItself }).toEqual({ missed: 0, closedItself: 0 });
    expect(delayS).toBeLessThan(6 * 3600);
  },
);

test('a step of 3 σ, no larger than the day, within the hour', () => {
  const { missed, closedItself, delayS } = scoreFault(SMALL, PUMP, 6);
  expect({ missed, closedItself }).toEqual({ missed: 0, closedItself: 0 });
  expect(delayS).toBeLessThan(3600);
});

test('at most 0.1 false alarms a signal-day', () => {
  expect(falseAlarms(SLOW, [8, 14]).perDay).toBeLessThanOrEqual(0.1);
});

test.for(RULE_FAULTS)('a rule on samples, %s: found, and open for as long as it lasts', (fault) => {
  const { missed, closedItself } = scoreRuleFault(fault, 3);
  expect({ missed, closedItself }).toEqual({ missed: 0, closedItself: 0 });
});

test('rules on samples: at most 0.1 false alarms a signal-day', () => {
  const { outlier, drift } = falseRuleAlarms(6, 10);
  expect(Math.max(outlier, drift)).toBeLessThanOrEqual(0.1);
});
