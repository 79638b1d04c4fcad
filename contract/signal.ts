import { z } from 'zod';

/** A UCUM code: printable ASCII without spaces (`V`, `A`, `Cel`, `r/min`, `m/s2`, `bar`, `%`, `{cycles}`). */
export const UcumCode = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[!-~]+$/, 'a UCUM code: printable ASCII without spaces');

/**
 * What is known and expected of a signal. Every limit is optional: what is not set is not checked.
 * Units: values in `unit`, rates in `unit`/s, times in µs unless the name says otherwise.
 */
export const SignalDefinition = z.object({
  /** physical quantity in words: `voltage`, `current`, `temperature`, … */
  quantity: z.string().min(1).max(64).default('unknown'),
  unit: UcumCode,
  /** machine part that the signal belongs to, for people */
  component: z.string().max(128).nullable().default(null),
  /** values outside are bad (`out-of-range`) */
  validMin: z.number().nullable().default(null),
  validMax: z.number().nullable().default(null),
  /** a step between neighbouring samples faster than this is uncertain (`rate-of-change`) */
  maxRatePerS: z.number().positive().nullable().default(null),
  /** the same value for longer than this is uncertain (`stuck`) */
  stuckAfterUs: z.int().positive().nullable().default(null),
  /** expected sampling period; completeness counts against it */
  expectedPeriodUs: z.int().positive().nullable().default(null),
  /** how far a device's clock may be ahead of the bridge's before samples are uncertain (`clock-skew`) */
  clockSkewUs: z.int().positive().nullable().default(null),
  /** settings of the cycle segmenter (see `cycle-settings.ts`); null: the defaults */
  cycles: z.record(z.string(), z.unknown()).nullable().default(null),
  labels: z.record(z.string().max(64), z.string().max(256)).default({}),
});
export type SignalDefinition = z.infer<typeof SignalDefinition>;
