import { expect, test } from 'vitest';
import { FAULTS, falseAlarms, scoreFault, WITHIN_THE_DAY } from '../bench/anomalies/faults.ts';
import { falseRuleAlarms, RULE_FAULTS, scoreRuleFault } from '../bench/anomalies/rules.ts';

/** A small part of `npm run bench -- anomalies`: a cycle each five minutes. Seeded, hence the same on every run. */
const PERIOD_S = 300;

test.for(Object.keys(FAULTS).filter((f) => f !== WITHIN_THE_DAY))(
  '%s: found, and open for as long as it lasts',
  (fault) => {
    const { missed, closedItself, delayS } = scoreFault(fault, 4, PERIOD_S);
    expect({ missed, closedItself }).toEqual({ missed: 0, closedItself: 0 });
    expect(delayS).toBeLessThan(6 * 3600);
  },
);

test('at most 0.1 false alarms a signal-day', () => {
  expect(falseAlarms(8, PERIOD_S, 14).perDay).toBeLessThanOrEqual(0.1);
});

test.for(RULE_FAULTS)('a rule on samples, %s: found, and open for as long as it lasts', (fault) => {
  const { missed, closedItself } = scoreRuleFault(fault, 3);
  expect({ missed, closedItself }).toEqual({ missed: 0, closedItself: 0 });
});

test('rules on samples: at most 0.1 false alarms a signal-day', () => {
  const { outlier, drift } = falseRuleAlarms(6, 10);
  expect(Math.max(outlier, drift)).toBeLessThanOrEqual(0.1);
});
