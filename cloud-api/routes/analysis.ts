import { z } from '@hono/zod-openapi';
import { UcumCode } from '@loadcycle/contract';
import { type Call, type Endpoint, endpoint, type RawBody } from '../http/endpoint.ts';
import { CSV, JSON_TYPE } from '../http/media.ts';
import { ANALYSIS_LIMITS } from '../threads/analysis-limits.ts';
import type { Threads } from '../threads/threads.ts';
import { AnalysedCycleSchema, OpenCycleSchema } from './cycles.ts';

/** What the document says of the bodies. A thread checks them ({@link ../threads/analysis.ts}). */
const value = z.number().nullable();
const samples = {
  t0: z.int().min(0).max(9e15).openapi({ description: 'µs since the epoch, of the first value' }),
  dt: z.int().min(1).max(86_400_000_000).optional().openapi({ description: 'Sampling period, µs' }),
  offsets: z
    .array(z.int().min(0).max(9e15))
    .max(ANALYSIS_LIMITS.samples)
    .optional()
    .openapi({ description: 'µs from t0, ascending' }),
  unit: UcumCode.optional(),
  values: z.array(value).min(1).max(ANALYSIS_LIMITS.samples).openapi({ description: 'null: missing' }),
  settings: z.record(z.string(), z.unknown()).optional().openapi({ description: 'Cycle settings' }),
};

const includeOpen = z.boolean().optional().openapi({
  description: 'The cycle under way at the end as well, as `open` of a JSON answer',
});
const SamplesSchema = z.strictObject({ ...samples, includeOpen }).openapi('SamplesToCut', {
  description: 'Exactly one of dt and offsets',
  example: { t0: 1790000000000000, dt: 1000, unit: 'V', values: [230, 230.1, null, 270] },
});

const time = z
  .union([z.int().min(0).max(9e15), z.string().max(64)])
  .openapi({ description: 'µs since the epoch, or RFC 3339' });
const MeasureSchema = z
  .strictObject({
    ...samples,
    boundaries: z
      .array(z.strictObject({ startedAt: time, offsetAt: time.nullable().optional(), endedAt: time }))
      .max(ANALYSIS_LIMITS.boundaries),
  })
  .openapi('SamplesToMeasure');

const AnswerSchema = z
  .object({
    units: z.record(z.string(), z.string()),
    cycles: z.array(AnalysedCycleSchema),
    open: OpenCycleSchema.nullable().optional().openapi({ description: 'With includeOpen' }),
  })
  .openapi('AnalysedCycles');

const limitBytes = ANALYSIS_LIMITS.bytes;

const responses: Endpoint['responses'] = {
  200: {
    description: 'Cycles with their metrics',
    content: { [JSON_TYPE]: { schema: AnswerSchema }, [CSV]: { schema: z.string() } },
  },
};

export interface AnalysisServices {
  readonly threads: Threads;
}

/** Nothing of a body is looked at on the event loop: a thread reads it, works, and gives the answer's bytes. */
export function analysisRoutes({ threads }: AnalysisServices): Endpoint[] {
  const run = async (
    task: 'analyseCycles' | 'analyseMetrics',
    { c, body, accept, principal }: Call<unknown, unknown, RawBody>,
  ): Promise<Response> => {
    const asker = { client: principal.clientId, gone: c.req.raw.signal };
    const bytes = await threads.run(asker, task, { ...body, accept }, [body.bytes.buffer]);
    const type = accept === CSV ? CSV : 'application/json; charset=utf-8';
    const headers = { 'content-type': type, 'content-length': String(bytes.byteLength) };
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
  };
  const common = {
    method: 'post',
    safe: true,
    access: { scopes: ['cycles:read'], on: 'allowed' },
    tag: 'Analysis',
    produces: [JSON_TYPE, CSV],
    responses,
  } as const;
  const limits = `At most ${ANALYSIS_LIMITS.samples} samples, ${ANALYSIS_LIMITS.boundaries} cycles and ${ANALYSIS_LIMITS.bytes / 1_048_576} MiB.`;
  return [
    endpoint<unknown, unknown, RawBody>({
      ...common,
      path: '/v1/analysis/cycles',
      id: 'analyseCycles',
      summary: 'Samples in, load cycles out; nothing is stored',
      description: `The segmenter of the pipeline, on what is sent. CSV: lines of t,value. ${limits}`,
      body: { raw: true, documented: SamplesSchema, types: [JSON_TYPE, CSV], limitBytes },
      handle: (call) => run('analyseCycles', call),
    }),
    endpoint<unknown, unknown, RawBody>({
      ...common,
      path: '/v1/analysis/metrics',
      id: 'analyseMetrics',
      summary: 'Samples and boundaries in, metrics out; nothing is stored',
      description: limits,
      body: { raw: true, documented: MeasureSchema, types: [JSON_TYPE], limitBytes },
      handle: (call) => run('analyseMetrics', call),
    }),
  ];
}
