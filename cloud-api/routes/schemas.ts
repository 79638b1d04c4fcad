import { z } from '@hono/zod-openapi';
import { formatUs, qualityClass, qualityReason, type SignalDefinition } from '@loadcycle/contract';
import { CYCLE_STATES } from '@loadcycle/contract/cycle-settings';
import type { SignalRow } from '../retrieval/catalogue.ts';
import type { SampleRow } from '../retrieval/samples.ts';
import type { Partial } from '../retrieval/within-budget.ts';

export const TimeSchema = z.string().openapi({
  format: 'date-time',
  description: 'RFC 3339, UTC, microseconds',
  example: '2026-11-24T10:00:00.000000Z',
});

export const iso = (us: number): string => formatUs(us);
export const isoOrNull = (us: number | null): string | null => (us === null ? null : formatUs(us));

/** Header that says in which unit the values of an answer without a place for it are; of several signals, in their order. */
export const UNIT_HEADER = 'loadcycle-unit';

/** Header that says in an answer without a place for it that it is partial, and why. */
export const PARTIAL_HEADER = 'loadcycle-partial';

export const PartialSchema = z
  .object({
    reason: z.enum(['rollups.behind']),
    ranges: z.array(z.object({ from: TimeSchema, to: TimeSchema })),
  })
  .nullable()
  .openapi('Partial', {
    description:
      'What the answer leaves out: `rollups.behind`: rows have landed there that no rollup holds yet, too many to be read for one answer; ask again. Null: all that has landed is in the answer',
  });

export const partialAnswer = (p: Partial | null): z.infer<typeof PartialSchema> =>
  p === null
    ? null
    : { reason: p.reason, ranges: p.ranges.map((r) => ({ from: iso(r.fromUs), to: iso(r.toUs) })) };

export const NextSchema = z
  .string()
  .nullable()
  .openapi({ description: '`cursor` of the next page; null: the end' });

export const DefinitionSchema = z
  .looseObject({
    quantity: z.string(),
    unit: z.string().openapi({ description: 'UCUM code', example: 'V' }),
    component: z.string().nullable(),
    validMin: z.number().nullable(),
    validMax: z.number().nullable(),
    maxRatePerS: z.number().nullable(),
    stuckAfterUs: z.int().nullable(),
    deadband: z.number().optional().openapi({
      description:
        'A change of less says nothing: the deadband of its alarms where a rule has none of its own',
    }),
    expectedPeriodUs: z.int().nullable(),
    clockSkewUs: z.int().nullable(),
    cycles: z
      .union([z.record(z.string(), z.unknown()), z.literal('off')])
      .nullable()
      .openapi({ description: 'Settings of the segmenter; `off`: the signal is not cut into cycles' }),
    rules: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'What is an alarm of its samples, by name' }),
    labels: z.record(z.string(), z.string()),
  })
  .openapi('SignalDefinition', { description: 'What is known and expected of a signal' });

export const SignalHeadSchema = z
  .object({
    site: z.string(),
    device: z.string(),
    signal: z.string(),
    quantity: z.string(),
    unit: z.string(),
  })
  .openapi('SignalHead');

export const signalHead = (s: SignalRow): z.infer<typeof SignalHeadSchema> => ({
  site: s.site,
  device: s.device,
  signal: s.signal,
  quantity: s.definition.quantity ?? 'unknown',
  unit: s.unit,
});

export const CycleStateSchema = z.enum(CYCLE_STATES).openapi({
  description:
    'How it is cut into cycles at present. off: not at all, by its definition; learning: its levels are not known yet; ' +
    'none: it has shown no two levels so far, and is looked at on and on; cut',
});

export const SignalSchema = z
  .object({
    site: z.string(),
    device: z.string(),
    signal: z.string(),
    unit: z.string(),
    version: z.int(),
    automatic: z.boolean().openapi({ description: 'Registered by its first message' }),
    definition: DefinitionSchema,
    cycleState: CycleStateSchema,
    createdAt: TimeSchema,
    changedAt: TimeSchema,
  })
  .openapi('Signal');

const NOTHING: SignalDefinition = {
  quantity: 'unknown',
  unit: '1',
  component: null,
  validMin: null,
  validMax: null,
  maxRatePerS: null,
  stuckAfterUs: null,
  expectedPeriodUs: null,
  clockSkewUs: null,
  cycles: null,
  labels: {},
};

export const signalAnswer = (s: SignalRow): z.infer<typeof SignalSchema> => ({
  site: s.site,
  device: s.device,
  signal: s.signal,
  unit: s.unit,
  version: s.version,
  automatic: s.automatic,
  definition: { ...NOTHING, ...s.definition, unit: s.unit },
  cycleState: s.cycleState,
  createdAt: iso(s.createdAtUs),
  changedAt: iso(s.changedAtUs),
});

export const QualitySchema = z.enum(['good', 'uncertain', 'bad']);

export const SampleSchema = z
  .object({
    t: TimeSchema,
    value: z.number().nullable().openapi({ description: 'null: the sensor gave none' }),
    quality: QualitySchema.optional().openapi({ description: 'Absent where the samples are downsampled' }),
    reason: z.string().optional().openapi({ description: 'Why it is not good' }),
  })
  .openapi('Sample');

const { rawJSON } = JSON as unknown as { rawJSON(text: string): number };
/** JSON.stringify leaves the sign of -0 away; the other formats keep it. */
export const exact = (value: number | null): number | null =>
  Object.is(value, -0) ? rawJSON('-0.0') : value;

export function sampleAnswer(row: SampleRow): z.infer<typeof SampleSchema> {
  const quality = qualityClass(row.quality);
  const reason = quality === 'good' ? null : qualityReason(row.quality);
  const sample = { t: iso(row.atUs), value: exact(row.value), quality };
  return reason === null ? sample : { ...sample, reason };
}
