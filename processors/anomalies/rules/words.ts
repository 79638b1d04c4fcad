import type { ConditionLeaf, ConditionRule, Rule } from '@loadcycle/contract/rule-settings';
import type { Conversion } from '@loadcycle/contract/units/conversion';
import { ruleFindingIn, ruleIn } from '@loadcycle/contract/units/rule-conversion';
import type { AlarmChange } from './alarm.ts';

const number = (v: number): string => String(Number(v.toPrecision(6)));
const withUnit = (v: number, unit: string): string => (unit === '1' ? number(v) : `${number(v)} ${unit}`);

/** µs as people say it: `10 s`, `1.5 h`. */
function time(us: number): string {
  for (const [name, of] of [
    ['d', 86_400e6],
    ['h', 3_600e6],
    ['min', 60e6],
    ['s', 1e6],
    ['ms', 1e3],
  ] as const) {
    if (us >= of) return `${number(us / of)} ${name}`;
  }
  return `${us} µs`;
}

/** A unit, and how the numbers that are stored become numbers in it. */
export interface Said {
  readonly unit: string;
  readonly conversion: Conversion;
}

/** Why a rule is an alarm, in words, with value, limit and unit; of one that is over also what it went back to. */
export function reasonOf(stored: Exclude<Rule, ConditionRule>, change: AlarmChange, said: Said): string {
  const { unit, conversion } = said;
  const rule = ruleIn(stored, stored.type, conversion);
  const c = { ...change, ...ruleFindingIn(stored.type, change, conversion) } as AlarmChange;
  const over = c.untilUs !== null;
  const is = over ? 'was' : 'is';
  const value = withUnit(c.value, unit);
  switch (rule.type) {
    case 'stuck-value': {
      const within = rule.band === 0 ? '' : `, within ${withUnit(rule.band, unit)}`;
      const lasted = over ? `for ${time(c.untilUs! - c.sinceUs)}` : `for more than ${time(rule.after)}`;
      return `${over ? 'stood' : 'stands'} at ${value}${within}, ${lasted}`;
    }
    case 'rate-of-change': {
      const per = ` in ${time(rule.per)}`;
      const back = over ? `; back within ${withUnit(rule.limit - rule.deadband, unit)}${per}` : '';
      const changes = `${over ? 'changed' : 'changes'} by ${value}${per}`;
      return `${changes}, more than ${withUnit(rule.limit, unit)}${per}${back}`;
    }
    case 'value-outlier':
    case 'drift': {
      const what = rule.type === 'drift' ? 'has drifted' : 'is far off';
      const usual = withUnit(c.expected ?? 0, unit);
      const far = `${number(c.score ?? 0)} standard deviations from the usual ${usual}, limit ${number(rule.threshold)}`;
      return `mean of ${time(rule.bucket)} ${what}: ${value}, ${far}${over ? '; back' : ''}`;
    }
    default: {
      const side = rule.type.startsWith('high') ? 'above' : 'below';
      const back = rule.limit + (side === 'above' ? -rule.deadband : rule.deadband);
      const since = rule.onDelay > 0 && !over ? ` for ${time(rule.onDelay)}` : '';
      const returned = over ? `; back ${side === 'above' ? 'below' : 'above'} ${withUnit(back, unit)}` : '';
      return `${is} ${value}, ${side} ${withUnit(rule.limit, unit)} (${rule.type})${since}${returned}`;
    }
  }
}

/** What a condition's entry asks, with the value that answered it. */
export function leafInWords(leaf: ConditionLeaf, own: string, value: number | null, unit: string): string {
  const [side, limit] = leaf.above === undefined ? ['below', leaf.below!] : ['above', leaf.above];
  const is = value === null ? '' : ` ${withUnit(value, unit)},`;
  return `${leaf.signal ?? own}${is} ${side} ${withUnit(limit, unit)}`;
}
