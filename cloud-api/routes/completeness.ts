import { z } from '@hono/zod-openapi';
import { edgeRow } from '@loadcycle/database/chunk-walk';
import type { Database, Queryable } from '@loadcycle/database/port';
import { type Completeness, completeness } from '@loadcycle/processors/completeness/index';
import { goneOf } from '../http/connection.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { bucketParam, type Range, rangeQuery, SignalParams } from '../http/params.ts';
import { bucketUsOf, rangeOf } from '../http/range.ts';
import { badParameter } from '../http/refusal.ts';
import { DEFAULT_TIME_LIMIT_MS } from '../http/register.ts';
import { json } from '../http/respond.ts';
import { knownSignal } from '../retrieval/catalogue.ts';
import { goOn } from '../retrieval/slices.ts';
import { inTimeSlices } from '../retrieval/time-slices.ts';
import { iso, SignalHeadSchema, signalHead, TimeSchema } from './schemas.ts';

const MAX_BUCKETS = 10_000;

const counts = {
  expected: z.int().openapi({ description: 'landed + missing + deadLettered' }),
  landed: z.int().openapi({ description: 'good + uncertain + bad' }),
  good: z.int(),
  uncertain: z.int(),
  bad: z.int(),
  missing: z.int().openapi({ description: 'In the holes of seq' }),
  deadLettered: z.int().openapi({
    description:
      'In the dead letters that can be read and have not landed since, those from before the signal was registered included',
  }),
  batches: z.int().openapi({ description: 'Landed ones that begin in the stretch' }),
  missingBatches: z.int().openapi({ description: 'Of the holes that begin in the stretch' }),
};

const CompletenessSchema = z
  .object({
    signal: SignalHeadSchema,
    from: TimeSchema,
    to: TimeSchema,
    total: z.object(counts),
    expectedByPeriod: z.int().nullable().openapi({ description: "By the definition's sampling period" }),
    holes: z.array(
      z.object({
        session: z.string(),
        fromSeq: z.int(),
        toSeq: z.int(),
        from: TimeSchema,
        to: TimeSchema,
        samples: z.int(),
        estimated: z.boolean().openapi({
          description: "About so many: the sampling is irregular, or the session's beginning is missing",
        }),
        reason: z.enum(['log.replaced']).nullable().openapi({
          description: 'log.replaced: they were in an event log that was lost; null: not known here',
        }),
      }),
    ),
    buckets: z.array(z.object({ from: TimeSchema, to: TimeSchema, ...counts })),
    receipts: z
      .object({
        received: z.int(),
        landed: z.int(),
        duplicates: z.int(),
        deadLettered: z.int(),
        from: TimeSchema,
        to: TimeSchema,
      })
      .openapi({ description: 'What came over the wire, in batches, by whole hours of receipt' }),
  })
  .openapi('Completeness');

export function completenessRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/completeness',
      access: { scopes: ['samples:read'], on: 'path' },
      tag: 'Samples',
      id: 'getCompleteness',
      summary: 'What of a signal is there, and exactly what is not',
      description:
        'To the sample, whatever the range: expected = landed + missing + deadLettered, landed = good + uncertain + bad. `holes` are those that reach into the range, each as a whole.',
      params: SignalParams,
      query: z.strictObject({
        ...rangeQuery,
        bucket: bucketParam('Also by buckets of this width', '1m').optional(),
      }),
      responses: { 200: jsonAnswer('Completeness', CompletenessSchema) },
      handle: async ({ c, params, query }) => {
        const range = rangeOf(query);
        const bucketUs =
          query.bucket === undefined ? undefined : bucketOf(query.bucket, range.toUs - range.fromUs);
        const signal = await knownSignal(reader, params);
        const wanted = { ...range, ...(bucketUs === undefined ? {} : { bucketUs }) };
        const empty = range.fromUs === range.toUs;
        const gone = goneOf(c, DEFAULT_TIME_LIMIT_MS);
        const slices = {
          firstUs: FIRST_US,
          mostUs: MOST_US,
          next: (fromUs: number) =>
            edgeRow(reader, 'batch', { signalId: signal.id, fromUs, toUs: range.toUs, order: 'ASC' }),
          signal: gone,
        };
        const asking: Queryable = {
          query: (sql, params) => {
            goOn(gone);
            return reader.query(sql, params);
          },
        };
        const result = empty
          ? nothing(range)
          : await completeness(asking, signal.id, wanted, (r, run) =>
              inTimeSlices(reader, { ...r, ...slices }, run),
            );
        const times = <T extends { fromUs: number; toUs: number }>({ fromUs, toUs, ...rest }: T) => ({
          ...rest,
          from: iso(fromUs),
          to: iso(toUs),
        });
        return json(c, {
          signal: signalHead(signal),
          ...times(range),
          total: result.total,
          expectedByPeriod: result.expectedByPeriod,
          holes: result.holes.map(times),
          buckets: query.bucket === undefined ? [] : result.buckets.map(times),
          receipts: times(result.receipts),
        });
      },
    }),
  ];
}

/** Slices of the ledger where landing shares the connection: the first, and the longest. */
const FIRST_US = 3_600_000_000;
const MOST_US = 30 * 86_400_000_000;

/** An empty range has nothing in it, and no width to divide by. */
const nothing = (range: Range): Completeness => {
  const zero = {
    expected: 0,
    landed: 0,
    good: 0,
    uncertain: 0,
    bad: 0,
    missing: 0,
    deadLettered: 0,
    batches: 0,
    missingBatches: 0,
  };
  const receipts = { received: 0, landed: 0, duplicates: 0, deadLettered: 0, ...range };
  return { total: zero, expectedByPeriod: null, holes: [], buckets: [], receipts };
};

function bucketOf(text: string, spanUs: number): number {
  const us = bucketUsOf(text, '1m or 1h');
  if (us < 1000 || spanUs / us > MAX_BUCKETS)
    throw badParameter('bucket', `at least 1ms, at most ${MAX_BUCKETS} buckets`);
  return us;
}
