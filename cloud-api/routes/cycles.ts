import { z } from '@hono/zod-openapi';
import { CYCLE_METRICS, type CycleMetricName, unitOf } from '@loadcycle/contract/cycle';
import type { Database } from '@loadcycle/database/port';
import { goneOf } from '../http/connection.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import {
  bucketParam,
  cursorParam,
  integerParam,
  rangeQuery,
  SignalParams,
  unitParam,
} from '../http/params.ts';
import { bucketUsOf, rangeOf } from '../http/range.ts';
import { badParameter } from '../http/refusal.ts';
import { DEFAULT_TIME_LIMIT_MS } from '../http/register.ts';
import { json } from '../http/respond.ts';
import { knownSignal } from '../retrieval/catalogue.ts';
import { metricsByBucket } from '../retrieval/cycle-metrics.ts';
import { AGGREGATED_METRICS, METRIC_NAMES } from '../retrieval/cycle-sql.ts';
import {
  cyclesPage,
  decodeCycleCursor,
  encodeCycleCursor,
  type MetricFilter,
  type SortKey,
} from '../retrieval/cycles.ts';
import { openCycle } from '../retrieval/open-cycle.ts';
import { answeredIn } from '../retrieval/units.ts';
import { CycleStateSchema, iso, NextSchema, SignalHeadSchema, signalHead, TimeSchema } from './schemas.ts';

const metricFields = Object.fromEntries(
  CYCLE_METRICS.map((m) => [
    m.name,
    z
      .number()
      .nullable()
      .openapi({ description: `${m.description}; ${m.unit === 'signal' ? "the signal's unit" : m.unit}` }),
  ]),
) as Record<CycleMetricName, z.ZodNullable<z.ZodNumber>>;

const cycleFields = {
  startedAt: TimeSchema,
  endedAt: TimeSchema,
  offsetAt: TimeSchema.nullable().openapi({
    description: 'The return to base; null where it was not seen',
  }),
  complete: z.boolean(),
};

/** A cycle that was cut from what a request brought. */
export const AnalysedCycleSchema = z.object({ ...cycleFields, ...metricFields }).openapi('AnalysedCycle');

/** The cycle under way, marked by `endedAt: null`. */
export const OpenCycleSchema = z
  .object({
    ...cycleFields,
    endedAt: z.null().openapi({ description: 'It has not ended' }),
    complete: z.literal(false),
    asOf: TimeSchema.openapi({
      description: 'Its metrics are of the samples up to here; null is what only the end decides',
    }),
    ...metricFields,
  })
  .openapi('OpenCycle');

const CycleSchema = z
  .object({
    ...cycleFields,
    revision: z
      .int()
      .openapi({ description: '1 at first; each correction that changes the cycle counts on' }),
    ...metricFields,
  })
  .openapi('Cycle');

const UnitsSchema = z
  .record(z.string(), z.string())
  .openapi({ description: 'UCUM code of each metric', example: { periodS: 's' } });

const unitsOf = (names: readonly CycleMetricName[], unit: string): Record<string, string> =>
  Object.fromEntries(
    CYCLE_METRICS.filter((m) => names.includes(m.name)).map((m) => [m.name, unitOf(m, unit)]),
  );

const FILTER = /^([A-Za-z]+)(<=|>=|<|>|=)(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)$/i;

function filterOf(text: string): MetricFilter {
  const m = FILTER.exec(text);
  const metric = m?.[1] as CycleMetricName;
  if (m === null || !METRIC_NAMES.includes(metric) || !Number.isFinite(Number(m[3]))) {
    throw badParameter('where', `"${text.slice(0, 64)}" is not a condition such as riseTimeS>=0.05`);
  }
  return { metric, operator: m[2] as MetricFilter['operator'], value: Number(m[3]) };
}

const SORT_KEYS = ['startedAt', ...METRIC_NAMES] as const;
const SORTS = [...SORT_KEYS, ...SORT_KEYS.map((k) => `-${k}`)] as [string, ...string[]];

const StatisticsSchema = z.object({
  count: z.int(),
  mean: z.number().nullable(),
  std: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
});

const CycleMetricsSchema = z
  .object({
    signal: SignalHeadSchema,
    bucketS: z.number(),
    units: UnitsSchema,
    buckets: z.array(
      z.object({
        t: TimeSchema.openapi({ description: 'Start of the bucket' }),
        cycles: z.int(),
        complete: z.int(),
        incomplete: z.int(),
        samples: z.int(),
        missing: z.int(),
        outliers: z.int(),
        metrics: z.record(z.string(), StatisticsSchema).openapi({ description: 'Of the complete cycles' }),
      }),
    ),
  })
  .openapi('CycleMetricsByBucket');

export function cycleRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/cycles',
      access: { scopes: ['cycles:read'], on: 'path' },
      tag: 'Cycles',
      id: 'getCycles',
      summary: 'Load cycles of a signal, with their metrics',
      description: 'Cycles that began in the range; the last 15 minutes where it is absent.',
      params: SignalParams,
      query: z.strictObject({
        ...rangeQuery,
        unit: unitParam.optional(),
        limit: integerParam('Cycles in one answer at most; 100 where it is absent', 1, 5_000).optional(),
        cursor: cursorParam.optional(),
        complete: z
          .enum(['true', 'false'])
          .optional()
          .openapi({ description: 'Only complete, or only incomplete ones' }),
        where: z
          .array(z.string().max(128))
          .max(10)
          .optional()
          .openapi({ description: 'Conditions on metrics, all of which hold', example: ['riseTimeS>=0.05'] }),
        includeOpen: z.enum(['true', 'false']).optional().openapi({
          description: 'The cycle under way as well, as `open`; conditions and pages do not apply to it',
        }),
        sort: z
          .enum(SORTS)
          .optional()
          .openapi({ description: 'A metric or `startedAt`; `-` in front: descending' }),
      }),
      many: ['where'],
      responses: {
        200: jsonAnswer(
          'Cycles',
          z
            .object({
              signal: SignalHeadSchema,
              cycleState: CycleStateSchema,
              units: UnitsSchema,
              cycles: z.array(CycleSchema),
              open: OpenCycleSchema.nullable().optional().openapi({
                description: 'With includeOpen: the cycle under way; null where none has begun in the range',
              }),
              next: NextSchema,
            })
            .openapi('Cycles'),
        ),
      },
      handle: async ({ c, params, query }) => {
        const range = rangeOf(query);
        const sort = query.sort ?? 'startedAt';
        const filters = (query.where ?? []).map(filterOf);
        const signal = answeredIn(await knownSignal(reader, params), query.unit);
        const { conversion } = signal;
        const wanted = {
          ...range,
          signalId: signal.id,
          conversion,
          complete: query.complete === undefined ? null : query.complete === 'true',
          filters,
          sort: sort.replace(/^-/, '') as SortKey,
          descending: sort.startsWith('-'),
        };
        const cursor = query.cursor === undefined ? null : decodeCycleCursor(query.cursor, wanted);
        const page = await cyclesPage(
          reader,
          wanted,
          query.limit ?? 100,
          cursor,
          goneOf(c, DEFAULT_TIME_LIMIT_MS),
        );
        return json(c, {
          signal: signalHead(signal),
          cycleState: signal.cycleState,
          units: unitsOf(METRIC_NAMES, signal.unit),
          cycles: page.rows,
          ...(query.includeOpen === 'true' ? { open: await openCycle(reader, signal, range) } : {}),
          next: page.next === null ? null : encodeCycleCursor(page.next),
        });
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/cycles/metrics',
      access: { scopes: ['cycles:read'], on: 'path' },
      tag: 'Cycles',
      id: 'getCycleMetrics',
      summary: "Cycles' metrics by bucket of time",
      description:
        "Count, mean, standard deviation, least and greatest of each metric of the complete cycles. With `tz` the buckets follow the wall's clock: a day is 23 or 25 hours long where it changes; of buckets of an hour or less, an hour that comes twice is two.",
      params: SignalParams,
      query: z.strictObject({
        ...rangeQuery,
        unit: unitParam.optional(),
        bucket: bucketParam('Whole minutes; 1m where it is absent', '5m').optional(),
        metric: z
          .array(z.enum(AGGREGATED_METRICS))
          .max(20)
          .optional()
          .openapi({ description: 'Only these; all where it is absent' }),
      }),
      many: ['metric'],
      responses: { 200: jsonAnswer('Metrics by bucket', CycleMetricsSchema) },
      handle: async ({ c, params, query }) => {
        const range = rangeOf(query);
        const bucketUs = bucketUsOf(query.bucket ?? '1m', '5m, 1h or 1d');
        const signal = answeredIn(await knownSignal(reader, params), query.unit);
        const { conversion } = signal;
        const metrics = query.metric ?? AGGREGATED_METRICS;
        const zone = query.tz ?? null;
        const wanted = { ...range, signalId: signal.id, conversion, bucketUs, zone, metrics };
        const buckets = await metricsByBucket(reader, wanted, goneOf(c, DEFAULT_TIME_LIMIT_MS));
        return json(c, {
          signal: signalHead(signal),
          bucketS: bucketUs / 1e6,
          units: unitsOf(metrics, signal.unit),
          buckets: buckets.map(({ bucketUs: at, ...rest }) => ({ t: iso(at), ...rest })),
        });
      },
    }),
  ];
}
