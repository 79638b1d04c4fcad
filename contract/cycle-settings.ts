import { z } from 'zod';

/** How a signal is cut into cycles. Everything has a default; without `levels` they are learnt and followed. */
export const CycleSettingsSchema = z
  .strictObject({
    /** Known state levels in the signal's unit. They are where following starts, and they are never unlearnt. */
    levels: z.strictObject({ base: z.number(), load: z.number() }).optional(),
    /** Whether configured levels follow drift. */
    followLevels: z.boolean().default(true),
    /** The load lowers the level. Told by the levels themselves where they are configured. */
    inverted: z.boolean().default(false),
    /** The least load step worth a cycle, in the signal's unit; smaller ones are never learnt. */
    minStep: z.number().nonnegative().default(0),
    /** An onset sooner than this after the last one is bounce: it starts no cycle. Seconds. */
    minPeriodS: z.number().nonnegative().default(0),
    /** A cycle that is longer than this is incomplete (an edge was missed, or the machine stood). Seconds; 0: no limit. */
    maxPeriodS: z.number().nonnegative().default(0),
    /** Share of samples that may be missing in a cycle that still counts as complete. */
    missingTolerance: z.number().min(0).max(1).default(0),
    /** Half-width of the settling band, as a share of the amplitude. */
    settlingBand: z.number().positive().max(0.5).default(0.05),
    /** A sample alone, beyond both levels by more than this many steps (and 6 σ), is an outlier. At least 1/3. */
    outlierGate: z.number().min(0.34).default(1),
  })
  .refine((s) => s.levels === undefined || s.levels.base !== s.levels.load, {
    message: 'base and load level must differ',
    path: ['levels'],
  });

export type CycleSettings = z.output<typeof CycleSettingsSchema>;
export type CycleSettingsInput = z.input<typeof CycleSettingsSchema>;

/** Fills in the defaults; throws `ZodError` where a setting makes no sense. */
export function cycleSettings(input: CycleSettingsInput = {}): CycleSettings {
  return CycleSettingsSchema.parse(input);
}

/**
 * How a signal is cut at present: `off` by its definition; `learning`: its levels are not known yet; `none`: it has shown no two levels
 * so far, as a temperature does, and is looked at on and on; `cut`.
 */
export const CYCLE_STATES = ['off', 'learning', 'none', 'cut'] as const;
export type CycleState = (typeof CYCLE_STATES)[number];
