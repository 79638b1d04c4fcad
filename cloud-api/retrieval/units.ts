import type { CycleMetricName } from '@loadcycle/contract/cycle';
import {
  type Conversion,
  composed,
  conversionBetween,
  convert,
  isSame,
  unitsLike,
} from '@loadcycle/contract/units/conversion';
import { type Arithmetic, metricIn } from '@loadcycle/contract/units/cycle-conversion';
import { readUnits } from '@loadcycle/processors/work/units';
import { Refusal } from '../http/refusal.ts';
import type { SampleBlock } from './blocks.ts';
import type { SignalRow } from './catalogue.ts';
import { column } from './cycle-sql.ts';

/** A signal as it is answered: `unit` is the one that was asked for, else its own. */
export interface Answered extends SignalRow {
  /** number stored → number in `unit` */
  readonly conversion: Conversion;
}

/** Refuses with 400 where the unit that was asked for does not measure what the signal's does. */
export function answeredIn(signal: SignalRow, asked: string | undefined): Answered {
  const { conversion } = readUnits(signal.units);
  if (asked === undefined) return { ...signal, conversion };
  const step = conversionBetween(signal.unit, asked);
  if (step === null) {
    const can = unitsLike(signal.unit).join(', ');
    const detail = `${signal.site}/${signal.device}/${signal.signal} is in ${signal.unit}, which "${asked}" does not measure`;
    throw new Refusal('request.invalid', `unit: ${detail}`, {
      errors: [{ parameter: 'unit', detail }],
      hint:
        can === '' ? `${signal.unit} is no UCUM code, so it converts to nothing` : `it converts to ${can}`,
    });
  }
  return { ...signal, unit: asked, conversion: composed(conversion, step) };
}

export const inUnit = (c: Conversion, value: number | null): number | null =>
  value === null ? null : convert(c, value);

/** The block's values in another unit, where they stand. */
export function convertBlock(block: SampleBlock, c: Conversion): SampleBlock {
  if (isSame(c)) return block;
  const { value, count } = block;
  for (let i = 0; i < count; i++) value[i] = convert(c, value[i]!);
  return block;
}

const SQL: Arithmetic<string> = {
  number: (x) => `(${x}::float8)`,
  times: (a, b) => `(${a} * ${b})`,
  over: (a, b) => `(${a} / nullif(${b}, 0))`,
  plus: (a, b) => `(${a} + ${b})`,
  root: (a) => `sqrt(${a})`,
  magnitude: (a) => `abs(${a})`,
  // greatest() passes over null; a metric that is not known makes nothing known
  greatest: (a, b) => `(CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN greatest(${a}, ${b}) END)`,
  or: (a, b) => `coalesce(${a}, ${b})`,
};

/** A cycle's metric in another unit, as SQL over the table's columns. */
export const metricSql = (name: CycleMetricName, c: Conversion): string =>
  isSame(c) ? column(name) : metricIn(name, c, SQL, column);
