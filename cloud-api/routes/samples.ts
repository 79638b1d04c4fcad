import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { cursorParam, integerParam, rangeQuery, SignalParams } from '../http/params.ts';
import { rangeOf } from '../http/range.ts';
import { json } from '../http/respond.ts';
import { findSignal } from '../retrieval/catalogue.ts';
import { decodeCursor, encodeCursor } from '../retrieval/cursor.ts';
import { samplesPage } from '../retrieval/samples.ts';
import {
  NextSchema,
  QualitySchema,
  SampleSchema,
  SignalHeadSchema,
  sampleAnswer,
  signalHead,
} from './schemas.ts';

const MAX_PAGE = 100_000;

export const SamplesSchema = z
  .object({ signal: SignalHeadSchema, samples: z.array(SampleSchema), next: NextSchema })
  .openapi('Samples');

export function sampleRoutes({ reader }: { reader: Database }): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/samples',
      access: { scopes: ['samples:read'], on: 'path' },
      tag: 'Samples',
      id: 'getSamples',
      summary: 'Raw samples of a signal',
      description:
        'Ascending in time, `from` inclusive, `to` exclusive; the last 15 minutes where both are absent.',
      params: SignalParams,
      query: z.strictObject({
        ...rangeQuery,
        limit: integerParam('Samples in one answer at most; 1000 where it is absent', 1, MAX_PAGE).optional(),
        cursor: cursorParam.optional(),
        quality: z
          .array(QualitySchema)
          .optional()
          .openapi({ description: 'Only samples of these classes; repeat it for several' }),
      }),
      many: ['quality'],
      responses: { 200: jsonAnswer('Samples', SamplesSchema) },
      handle: async ({ c, params, query }) => {
        const range = rangeOf(query);
        const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor);
        const signal = await findSignal(reader, params);
        const wanted = { ...range, signalId: signal.id, quality: query.quality ?? [] };
        const page = await samplesPage(reader, wanted, query.limit ?? 1000, cursor);
        return json(c, {
          signal: signalHead(signal),
          samples: page.rows.map(sampleAnswer),
          next: page.next === null ? null : encodeCursor(page.next),
        });
      },
    }),
  ];
}
