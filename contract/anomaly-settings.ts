import { z } from 'zod';
import { CYCLE_METRICS } from './cycle.ts';

const METRICS: ReadonlySet<string> = new Set(CYCLE_METRICS.map((m) => m.name));

/** How a signal's cycles are watched. Everything has a default. */
export const AnomalySettingsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** fixed limits by metric (contract/cycle.ts), in the metric's unit */
  limits: z
    .record(z.string(), z.strictObject({ min: z.number().optional(), max: z.number().optional() }))
    .default({})
    .refine((limits) => Object.keys(limits).every((m) => METRICS.has(m)), 'no such metric of a cycle'),
  /** a cycle further from the median of its history than so many robust standard deviations is out of line */
  threshold: z.number().min(3).max(100).default(6),
  /** cycles are compared with those of the same phase of this period (86400: the hour of the day); 0: with all. s */
  seasonS: z.number().nonnegative().default(0),
  /** no onset for so many median periods: the machine stands, or its load is stuck; 0: not watched */
  missingPeriods: z.number().nonnegative().default(5),
  /** nothing heard for so long, by the cloud's clock, s; null: as follows from the signal's own period; 0: not watched */
  noDataS: z.number().nonnegative().nullable().default(null),
  /** samples that come so long after they were measured are history, which alarms nobody, s */
  historyAfterS: z.number().positive().default(3600),
});
export type AnomalySettings = z.output<typeof AnomalySettingsSchema>;

/** Fills in the defaults; throws `ZodError` where a setting makes no sense. */
export function anomalySettings(input: z.input<typeof AnomalySettingsSchema> = {}): AnomalySettings {
  return AnomalySettingsSchema.parse(input);
}
