import { z } from '@hono/zod-openapi';
import type { Logger } from '@loadcycle/contract';
import { type Conversion, convert } from '@loadcycle/contract/units/conversion';
import type { Database } from '@loadcycle/database/port';
import { cutConnection, goneOf } from '../http/connection.ts';
import { type AppContext, type Call, type Endpoint, endpoint } from '../http/endpoint.ts';
import { JSON_TYPE } from '../http/media.ts';
import {
  cursorParam,
  integerParam,
  type Range,
  rangeQuery,
  SignalParams,
  unitParam,
} from '../http/params.ts';
import { rangeOf } from '../http/range.ts';
import { badParameter } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { type SampleBlock, sampleBlocks } from '../retrieval/blocks.ts';
import { knownSignal } from '../retrieval/catalogue.ts';
import { downsample, METHODS } from '../retrieval/downsample.ts';
import { encoded, STREAM_TYPES, type StreamType, streamed } from '../retrieval/export.ts';
import { decodeSampleCursor, encodeSampleCursor } from '../retrieval/sample-cursor.ts';
import { type SampleRow, samplesPage } from '../retrieval/samples.ts';
import { inOrder } from '../retrieval/ties.ts';
import { type Answered, answeredIn, convertBlock, inUnit } from '../retrieval/units.ts';
import {
  exact,
  iso,
  NextSchema,
  PARTIAL_HEADER,
  PartialSchema,
  partialAnswer,
  QualitySchema,
  SampleSchema,
  SignalHeadSchema,
  sampleAnswer,
  signalHead,
  UNIT_HEADER,
} from './schemas.ts';

const MAX_PAGE = 100_000;
const MAX_POINTS = 20_000;

export const SamplesSchema = z
  .object({
    signal: SignalHeadSchema,
    samples: z.array(SampleSchema),
    next: NextSchema,
    downsampled: z
      .object({
        method: z.enum(METHODS),
        source: z
          .enum(['raw', '1s', '1m', '1h'])
          .openapi({ description: 'The rows themselves, or a rollup' }),
        bucketS: z.number(),
        partial: PartialSchema,
      })
      .optional()
      .openapi({ description: 'How, where `points` was asked for' }),
  })
  .openapi('Samples');

const QuerySchema = z.strictObject({
  ...rangeQuery,
  unit: unitParam.optional(),
  limit: integerParam(
    'Samples in one answer at most; in JSON 1000 where it is absent',
    1,
    MAX_PAGE,
  ).optional(),
  cursor: cursorParam.optional(),
  quality: z
    .array(QualitySchema)
    .optional()
    .openapi({ description: 'Only samples of these classes; repeat it for several' }),
  points: integerParam('Downsample to this many points at most, extremes kept', 3, MAX_POINTS).optional(),
  method: z.enum(METHODS).optional().openapi({
    description:
      'How `points` are chosen: `minmax` (the default; from a rollup where one is fine enough), `m4` (four points at least), or `lttb`',
  }),
});
type Query = z.infer<typeof QuerySchema>;

const text = (description: string) => ({ schema: z.string().openapi({ description }) });

const responses: Endpoint['responses'] = {
  200: {
    description: 'Samples',
    content: {
      [JSON_TYPE]: { schema: SamplesSchema },
      'application/x-ndjson': text('One sample a line, as in `samples`'),
      'text/csv': text('Columns t, value, quality, reason'),
      'application/vnd.apache.arrow.stream': {
        schema: z
          .string()
          .openapi({ format: 'binary', description: 'Columns t, value, quality, qualityCode' }),
      },
    },
    headers: {
      Link: {
        description: 'rel="next" where a page of a stream type ends early',
        schema: { type: 'string' },
      },
      'Loadcycle-Unit': {
        description: 'Of a stream type: UCUM code that the values are in',
        schema: { type: 'string' },
      },
      'Loadcycle-Partial': {
        description: 'Of `points` in a stream type: why not all that has landed is there, as in `partial`',
        schema: { type: 'string' },
      },
    } as never,
  },
};

export function sampleRoutes({ reader, log }: { reader: Database; log: Logger }): Endpoint[] {
  const broken = (c: AppContext) => (error: unknown) => {
    log.warn({ err: error, requestId: c.get('requestId') }, 'an export broke off');
    cutConnection(c);
  };
  const page = async (
    c: Call<unknown, Query, unknown>,
    signal: Answered,
    range: Range,
  ): Promise<Response> => {
    const { query, accept } = c;
    const cursor = query.cursor === undefined ? null : decodeSampleCursor(query.cursor);
    const wanted = { ...range, signalId: signal.id, quality: query.quality ?? [] };
    const { rows, next } = await samplesPage(
      reader,
      wanted,
      query.limit ?? 1000,
      cursor,
      signal.definition.expectedPeriodUs ?? null,
      goneOf(c.c),
    );
    if (accept === JSON_TYPE) {
      return json(c.c, {
        signal: signalHead(signal),
        samples: rows.map((r) => sampleAnswer({ ...r, value: inUnit(signal.conversion, r.value) })),
        next: next === null ? null : encodeSampleCursor(next),
      });
    }
    const headers: Record<string, string> = { [UNIT_HEADER]: signal.unit };
    if (next !== null) {
      const url = new URL(c.c.req.url);
      url.searchParams.set('cursor', encodeSampleCursor(next));
      headers['link'] = `<${url.pathname}${url.search}>; rel="next"`;
    }
    return streamed(
      accept,
      encoded(accept as StreamType, [convertBlock(blockOf(rows), signal.conversion)], true),
      broken(c.c),
      headers,
    );
  };
  const points = async (
    { c, query, accept }: Call<unknown, Query, unknown>,
    signal: Answered,
    range: Range,
  ) => {
    if (query.limit !== undefined || query.cursor !== undefined) {
      throw badParameter('points', 'not together with limit or cursor');
    }
    const wanted = { ...range, signalId: signal.id, quality: query.quality ?? [] };
    const period = signal.definition.expectedPeriodUs ?? null;
    const d = await downsample(reader, wanted, query.points!, query.method ?? 'minmax', period, goneOf(c));
    const { atUs } = d;
    const value = d.value.map((v) => convert(signal.conversion, v));
    if (accept !== JSON_TYPE) {
      const block = {
        count: atUs.length,
        atUs: Float64Array.from(atUs),
        value: Float64Array.from(value),
        quality: null,
      };
      const unit = { [UNIT_HEADER]: signal.unit };
      const headers: Record<string, string> =
        d.partial === null ? unit : { ...unit, [PARTIAL_HEADER]: d.partial.reason };
      return streamed(accept, encoded(accept as StreamType, [block], false), broken(c), headers);
    }
    return json(c, {
      signal: signalHead(signal),
      samples: atUs.map((at, i) => ({ t: iso(at), value: exact(value[i]!) })),
      next: null,
      downsampled: {
        method: d.method,
        source: d.source,
        bucketS: d.bucketUs / 1e6,
        partial: partialAnswer(d.partial),
      },
    });
  };
  return [
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/samples',
      access: { scopes: ['samples:read'], on: 'path' },
      tag: 'Samples',
      id: 'getSamples',
      summary: 'Samples of a signal',
      description:
        'Ascending in time, `from` inclusive, `to` exclusive; the last 15 minutes where both are absent. NDJSON, CSV and Arrow stream the whole range where no `limit` is given; JSON comes in pages.',
      params: SignalParams,
      query: QuerySchema,
      many: ['quality'],
      produces: [JSON_TYPE, ...STREAM_TYPES],
      timeLimitMs: null,
      responses,
      handle: async (call) => {
        const { params, query, accept } = call;
        const range = rangeOf(query);
        if (query.method !== undefined && query.points === undefined) {
          throw badParameter('method', 'only together with points');
        }
        const signal = answeredIn(await knownSignal(reader, params), query.unit);
        if (query.points !== undefined) return points(call, signal, range);
        const whole = query.limit === undefined && query.cursor === undefined;
        if (accept === JSON_TYPE || !whole) return page(call, signal, range);
        const wanted = { ...range, signalId: signal.id, quality: query.quality ?? [] };
        const period = signal.definition.expectedPeriodUs ?? null;
        const blocks = ahead(sampleBlocks(reader, wanted, period), signal.conversion);
        return streamed(accept, encoded(accept as StreamType, blocks, true), broken(call.c), {
          [UNIT_HEADER]: signal.unit,
        });
      },
    }),
  ];
}

/** Asks for the next block while this one is being encoded and sent: one block ahead, no more. */
async function* ahead(
  blocks: AsyncGenerator<SampleBlock>,
  conversion: Conversion,
): AsyncGenerator<SampleBlock> {
  try {
    let next = blocks.next();
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = blocks.next();
      // a failure is told when its turn comes
      next.catch(() => {});
      yield convertBlock(inOrder(value), conversion);
    }
  } finally {
    await blocks.return(undefined);
  }
}

function blockOf(rows: readonly SampleRow[]): SampleBlock {
  return {
    count: rows.length,
    atUs: Float64Array.from(rows, (r) => r.atUs),
    value: Float64Array.from(rows, (r) => r.value ?? Number.NaN),
    quality: Float64Array.from(rows, (r) => r.quality),
  };
}
