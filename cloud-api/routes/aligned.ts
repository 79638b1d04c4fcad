import { z } from '@hono/zod-openapi';
import { parseSignalKey } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { allows } from '../auth/principal.ts';
import { goneOf } from '../http/connection.ts';
import { problemAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { CSV, JSON_TYPE } from '../http/media.ts';
import { bucketParam, rangeQuery, unitParam } from '../http/params.ts';
import { bucketUsOf, rangeOf } from '../http/range.ts';
import { badParameter, beyondGrants } from '../http/refusal.ts';
import { DEFAULT_TIME_LIMIT_MS } from '../http/register.ts';
import { json } from '../http/respond.ts';
import { type Aligned, aligned } from '../retrieval/aligned.ts';
import { knownSignal, type SignalRow } from '../retrieval/catalogue.ts';
import { type Answered, answeredIn, inUnit } from '../retrieval/units.ts';
import {
  iso,
  PARTIAL_HEADER,
  PartialSchema,
  partialAnswer,
  SignalHeadSchema,
  signalHead,
  TimeSchema,
  UNIT_HEADER,
} from './schemas.ts';

const MAX_CELLS = 1_000_000;

const numbers = z.array(z.number().nullable());

const AlignedSchema = z
  .object({
    bucketS: z.number(),
    source: z.enum(['raw', '1s', '1m', '1h']),
    partial: PartialSchema,
    t: z
      .array(TimeSchema)
      .openapi({ description: 'Starts of the buckets that hold samples of any of the signals' }),
    series: z.array(
      z.object({
        signal: SignalHeadSchema,
        mean: numbers,
        min: numbers,
        max: numbers,
        count: z.array(z.int()),
      }),
    ),
  })
  .openapi('AlignedSamples', { description: 'By column: the i-th value of each belongs to the i-th time' });

const SignalParam = z
  .string()
  .regex(/^[a-z0-9_-]{1,64}(\/[a-z0-9_-]{1,64}){2}$/, 'site/device/signal')
  .openapi({ example: 'plant1/motor1/motor-voltage' });

function csvOf(a: Aligned, signals: readonly SignalRow[]): string {
  const names = signals.flatMap((s) => {
    const key = `${s.site}/${s.device}/${s.signal}`;
    return [`${key} mean`, `${key} min`, `${key} max`, `${key} count`];
  });
  const lines = [['t', ...names].join(',')];
  a.atUs.forEach((at, i) => {
    const cells = a.series.flatMap((s) => [s.mean[i] ?? '', s.min[i] ?? '', s.max[i] ?? '', s.count[i]!]);
    lines.push([iso(at), ...cells].join(','));
  });
  return `${lines.join('\n')}\n`;
}

export function alignedRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/samples',
      access: { scopes: ['samples:read'], on: 'allowed' },
      tag: 'Samples',
      id: 'getAlignedSamples',
      summary: 'Several signals on one grid of time',
      description: 'Mean, least, greatest and number of the samples that are not bad, by bucket of time.',
      query: z.strictObject({
        signal: z
          .array(SignalParam)
          .min(1)
          .max(32)
          .openapi({ description: '`site/device/signal`; repeat it for several' }),
        ...rangeQuery,
        unit: unitParam.optional(),
        bucket: bucketParam('1s where it is absent', '10s').optional(),
      }),
      many: ['signal'],
      produces: [JSON_TYPE, CSV],
      responses: {
        200: {
          description: 'The signals',
          content: { [JSON_TYPE]: { schema: AlignedSchema }, [CSV]: { schema: z.string() } },
        },
        404: problemAnswer('One of the signals is not known'),
      },
      handle: async ({ c, query, principal, accept }) => {
        const paths = [...new Set(query.signal)].map(parseSignalKey);
        const beyond = paths.find((p) => !allows(principal.grants, p.site, p.device));
        if (beyond !== undefined) throw beyondGrants(`${beyond.site}/${beyond.device}`);
        const range = rangeOf(query);
        const bucketUs = bucketOf(query.bucket ?? '1s');
        const cells = ((range.toUs - range.fromUs) / bucketUs) * paths.length;
        if (cells > MAX_CELLS) throw badParameter('bucket', `more than ${MAX_CELLS} values`);
        const known = await Promise.all(paths.map((p) => knownSignal(reader, p)));
        const signals = known.map((s) => answeredIn(s, query.unit));
        const periods = signals.map((s) => s.definition.expectedPeriodUs ?? 1000);
        const reading = {
          signalIds: signals.map((s) => s.id),
          periodUs: Math.min(...periods),
          signal: goneOf(c, DEFAULT_TIME_LIMIT_MS),
        };
        const result = inUnits(await aligned(reader, reading, range, bucketUs), signals);
        if (accept === CSV) {
          const partial = result.partial === null ? {} : { [PARTIAL_HEADER]: result.partial.reason };
          const unit = { [UNIT_HEADER]: signals.map((s) => s.unit).join(', ') };
          return new Response(csvOf(result, signals), {
            headers: { 'content-type': CSV, ...unit, ...partial },
          });
        }
        return json(c, {
          bucketS: bucketUs / 1e6,
          source: result.source,
          partial: partialAnswer(result.partial),
          t: result.atUs.map(iso),
          series: result.series.map((s, i) => ({ signal: signalHead(signals[i]!), ...s })),
        });
      },
    }),
  ];
}

/** Each signal's columns in its unit: a mean moves as the values do. */
function inUnits(found: Aligned, signals: readonly Answered[]): Aligned {
  const series = found.series.map((s, i) => {
    const say = (v: number | null): number | null => inUnit(signals[i]!.conversion, v);
    return { ...s, mean: s.mean.map(say), min: s.min.map(say), max: s.max.map(say) };
  });
  return { ...found, series };
}

function bucketOf(text: string): number {
  const us = bucketUsOf(text, '100ms, 10s or 1m');
  if (us < 1000 || us > 86_400_000_000 * 366) throw badParameter('bucket', 'from 1ms to 366d');
  return us;
}
