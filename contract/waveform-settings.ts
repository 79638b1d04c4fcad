import { z } from 'zod';

const span = z
  .strictObject({ min: z.number().positive(), max: z.number().positive() })
  .refine((s) => s.max >= s.min, { message: 'max must not be below min' });

/**
 * A simulated machine: a signal that sits at `base` and goes to `base + step` under load. Every value is drawn
 * anew for each cycle, uniformly from its span. Carried by the `configure` command to an agent's `simulate` source.
 */
const WaveformSettingsSchema = z.strictObject({
  sampleRateHz: z.number().positive().max(1_000_000).default(1000),
  /** Level without load, in the signal's unit. */
  base: z.number().default(230),
  /** What a full load adds. Negative: a load that lowers the level. */
  step: z.number().default(40),
  /** Cycle period, seconds. */
  periodS: span.default({ min: 0.8, max: 3 }),
  /** Share of the period under load. */
  duty: span.default({ min: 0.05, max: 0.95 }).refine((d) => d.max < 1, { message: 'duty must be below 1' }),
  /** False: the machine never takes load. */
  load: z.boolean().default(true),
  /** `ramp`: linear, of that width; `rc`: first order, with that time constant. Seconds; 0 is an ideal step. */
  edge: z
    .strictObject({
      shape: z.enum(['ramp', 'rc']).default('ramp'),
      riseS: z.number().nonnegative().default(0.005),
      fallS: z.number().nonnegative().default(0.005),
    })
    .prefault({}),
  /** Gaussian noise: standard deviation in the signal's unit, and the coefficient of its AR(1) colour. */
  noise: z
    .strictObject({ std: z.number().nonnegative().default(0.4), ar: z.number().min(0).max(0.999).default(0) })
    .prefault({}),
  /** Mains hum: amplitude (peak) in the signal's unit. */
  hum: z
    .strictObject({
      amplitude: z.number().nonnegative().default(0),
      frequencyHz: z.number().positive().default(50),
    })
    .prefault({}),
  /** Triangle between -amount and +amount in the signal's unit; one way takes `overS` seconds. It starts at 0. */
  drift: z
    .strictObject({ amount: z.number().nonnegative().default(0), overS: z.number().positive().default(200) })
    .prefault({}),
  /** Single samples off by ±size, with this probability each. */
  spikes: z
    .strictObject({ rate: z.number().min(0).max(0.5).default(0), size: z.number().default(120) })
    .prefault({}),
  /** Missing samples: single ones by probability, and gaps of `gapS` seconds, on average one in `everyS` (0: none). */
  dropouts: z
    .strictObject({
      rate: z.number().min(0).max(0.9).default(0),
      gapS: z.number().nonnegative().default(0.5),
      everyS: z.number().nonnegative().default(0),
    })
    .prefault({}),
  /** Converter step in the signal's unit; 0: none. */
  quantum: z.number().nonnegative().default(0),
  /** A third level at this share of the step: a third of the loads is part load, a third goes through it. 0: none. */
  partLoad: z.number().min(0).max(1).default(0),
  /** Faults that come on at `fromS` and go at `toS` (seconds since the first sample). */
  faults: z
    .array(
      z.strictObject({
        /** ripple: on the load, rising to `size`; drop: load level less `size`; slowStart: rise `size` s longer; overload: load level plus `size`; stopped: no load. */
        kind: z.enum(['ripple', 'drop', 'slowStart', 'overload', 'stopped']),
        fromS: z.number().nonnegative(),
        toS: z.number().positive(),
        /** In the signal's unit; seconds for slowStart. */
        size: z.number().default(0),
      }),
    )
    .default([]),
});

export type WaveformSettings = z.output<typeof WaveformSettingsSchema>;
export type WaveformSettingsInput = z.input<typeof WaveformSettingsSchema>;

/** Fills in the defaults; throws `ZodError` where a setting makes no sense. */
export function waveformSettings(input: WaveformSettingsInput = {}): WaveformSettings {
  return WaveformSettingsSchema.parse(input);
}
