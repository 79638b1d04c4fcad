import { z } from 'zod';
import { isZone } from './moment.ts';
import { NAME_PATTERN } from './names.ts';
import { UcumCode } from './signal.ts';

const name = z.string().regex(NAME_PATTERN, 'lower-case letters, digits, - and _, 1 to 64 characters');

/** What every signal of an agent has, whatever its source. */
const signalFields = {
  signal: name,
  unit: UcumCode.default('V'),
  /** Samples in one batch at most; a batch also ends with the flush interval. */
  batchSize: z.int().min(1).max(100_000).default(1000),
  /** Decimals that are kept of each value; null keeps them all. */
  decimals: z.int().min(0).max(12).nullable().default(null),
  enabled: z.boolean().default(true),
};

export const SimulateSettings = z.strictObject({
  kind: z.literal('simulate'),
  ...signalFields,
  decimals: signalFields.decimals.default(3),
  rateHz: z.number().positive().max(1_000_000).default(1000),
  /** What a command may ask for at most; `rateHz` where that is more. What a device of its class can do, and send. */
  maxRateHz: z.number().positive().max(1_000_000).default(10_000),
  /** The same seed and waveform give the same samples. */
  seed: z.int().min(0).default(1),
  /** See `waveform-settings.ts`; its `sampleRateHz` follows `rateHz`. */
  waveform: z.record(z.string(), z.unknown()).default({}),
  /** `real-time`: as the clock goes; `max`: as fast as the outbox takes them. */
  pace: z.enum(['real-time', 'max']).default('real-time'),
  /** Time of the first sample, µs since the epoch; null: the clock's. Only with `pace: "max"`. */
  startUs: z.int().min(0).nullable().default(null),
  /** Ends after so many samples; null: never. */
  limit: z.int().min(1).nullable().default(null),
  /** File for the true cycle boundaries, one JSON object a line. */
  truthFile: z.string().min(1).nullable().default(null),
});
export type SimulateSettings = z.infer<typeof SimulateSettings>;

export const ReplaySettings = z.strictObject({
  kind: z.literal('replay'),
  file: z.string().min(1),
  /** One character, or `auto`: the one among comma, semicolon, tab and bar that the first line has most of. */
  delimiter: z.string().min(1).max(4).default('auto'),
  decimalComma: z.boolean().default(false),
  timeColumn: z.string().min(1).default('time'),
  /** `iso` also takes `YYYY-MM-DD hh:mm:ss`; `excel`: days of a spreadsheet. */
  timeFormat: z.enum(['auto', 'iso', 's', 'ms', 'us', 'ns', 'excel']).default('auto'),
  /** IANA zone of times without an offset; UTC where it is absent. */
  tz: z.string().refine(isZone, 'not an IANA time zone').optional(),
  /**
   * Times as in the file, or shifted to the present, where none is ever ahead of the clock: the first row is now, at a
   * speed above 1 (or 0) the last row, when it is given.
   */
  shift: z.enum(['original', 'now']).default('original'),
  /** 1: as it was recorded, 10: ten times as fast, 0: as fast as the outbox takes it. */
  speed: z.number().min(0).default(1),
  columns: z
    .array(z.strictObject({ column: z.string().min(1), ...signalFields }))
    .min(1)
    .max(1000),
});
export type ReplaySettings = z.infer<typeof ReplaySettings>;

export const IioSettings = z.strictObject({
  kind: z.literal('iio'),
  devicePath: z.string().min(1),
  rateHz: z.number().positive().max(1000).default(100),
  channels: z
    .array(
      z.strictObject({
        /** as the kernel names it: `in_voltage0` */
        channel: z.string().regex(/^in_[a-z0-9_-]+$/),
        /** Multiplies the value in `unit`: the ratio of a divider, a transformer, a shunt. */
        factor: z.number().default(1),
        ...signalFields,
      }),
    )
    .min(1)
    .max(64),
});
export type IioSettings = z.infer<typeof IioSettings>;

export const SourceSettings = z.discriminatedUnion('kind', [SimulateSettings, ReplaySettings, IioSettings]);
export type SourceSettings = z.infer<typeof SourceSettings>;
export type SourceSettingsInput = z.input<typeof SourceSettings>;

/** The agent's configuration file (JSON): what it samples. Where it sends it to comes from flags and environment. */
export const AgentFile = z.strictObject({
  site: name.optional(),
  device: name.optional(),
  sources: z.array(SourceSettings).min(1),
});
export type AgentFile = z.infer<typeof AgentFile>;
