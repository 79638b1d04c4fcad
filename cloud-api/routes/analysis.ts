import { z } from '@hono/zod-openapi';
import { formatUs, parseTimeUs, UcumCode } from '@loadcycle/contract';
import { CYCLE_METRICS, type Cycle, unitOf } from '@loadcycle/contract/cycle';
import { type CycleSettings, CycleSettingsSchema } from '@loadcycle/contract/cycle-settings';
import { cutCycles, measure, type SampleChunk } from '@loadcycle/processors/cycles/index';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { JSON_TYPE } from '../http/media.ts';
import { Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { METRIC_NAMES } from '../retrieval/cycle-sql.ts';
import { CSV } from '../retrieval/export.ts';
import { AnalysedCycleSchema } from './cycles.ts';

/** The most that one request may bring. */
export const ANALYSIS_LIMITS = { samples: 1_000_000, bytes: 33_554_432, boundaries: 100_000 } as const;

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

const SamplesSchema = z.strictObject(samples).openapi('SamplesToCut', {
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
  .object({ units: z.record(z.string(), z.string()), cycles: z.array(AnalysedCycleSchema) })
  .openapi('AnalysedCycles');

const wrong = (pointer: string, detail: string): Refusal =>
  new Refusal('request.unprocessable', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });

function chunkOf(body: Pick<z.infer<typeof SamplesSchema>, 't0' | 'dt' | 'offsets' | 'values'>): SampleChunk {
  const { t0, dt, offsets, values } = body;
  if ((dt === undefined) === (offsets === undefined)) throw wrong('/dt', 'exactly one of dt and offsets');
  if (offsets !== undefined && offsets.length !== values.length) throw wrong('/offsets', 'as many as values');
  const bad = offsets?.findIndex((o, i) => i > 0 && o <= offsets[i - 1]!) ?? -1;
  if (bad > 0) throw wrong(`/offsets/${bad}`, 'offsets must ascend');
  return {
    t0Us: t0,
    dtUs: dt ?? null,
    offsetsUs: offsets ?? null,
    values: Float64Array.from(values, (v) => v ?? Number.NaN),
  };
}

function settingsOf(input: Record<string, unknown> | undefined): CycleSettings {
  const read = CycleSettingsSchema.safeParse(input ?? {});
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  throw wrong(`/settings${issue.path.map((p) => `/${String(p)}`).join('')}`, issue.message);
}

function timeOf(t: number | string, pointer: string): number {
  if (typeof t === 'number') return t;
  try {
    return parseTimeUs(t);
  } catch {
    throw wrong(pointer, 'no date and time');
  }
}

const answerOf = ({ startedAtUs, endedAtUs, offsetAtUs, complete, ...metrics }: Cycle) => ({
  startedAt: formatUs(startedAtUs),
  endedAt: formatUs(endedAtUs),
  offsetAt: offsetAtUs === null ? null : formatUs(offsetAtUs),
  complete,
  ...metrics,
});

function csvOf(cycles: readonly Cycle[]): string {
  const head = ['startedAt', 'endedAt', 'offsetAt', 'complete', ...METRIC_NAMES];
  const lines = cycles
    .map(answerOf)
    .map((c) => head.map((name) => c[name as keyof typeof c] ?? '').join(','));
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

/** `t,value` lines: µs since the epoch or RFC 3339, and a number or nothing. */
function readCsv(text: string): z.infer<typeof SamplesSchema> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (/^"?[a-z]/i.test(lines[0] ?? '')) lines.shift();
  if (lines.length === 0) throw wrong('', 'no lines of t,value');
  if (lines.length > ANALYSIS_LIMITS.samples) throw wrong('', `more than ${ANALYSIS_LIMITS.samples} samples`);
  const at = lines.map((line, i) => {
    const [t = '', v, ...rest] = line.split(/[,;\t]/).map((s) => s.trim());
    if (v === undefined) throw wrong(`/${i}`, 'not t,value');
    const us = /^\d{1,16}$/.test(t) ? Number(t) : timeOf(t, `/${i}`);
    const number = v === '' ? null : Number(v);
    if (rest.length > 2 || (number !== null && !Number.isFinite(number))) throw wrong(`/${i}`, 'not t,value');
    return { us, number };
  });
  const t0 = at[0]!.us;
  return { t0, offsets: at.map((s) => s.us - t0), values: at.map((s) => s.number) };
}

const limitBytes = ANALYSIS_LIMITS.bytes;

const responses: Endpoint['responses'] = {
  200: {
    description: 'Cycles with their metrics',
    content: { [JSON_TYPE]: { schema: AnswerSchema }, [CSV]: { schema: z.string() } },
  },
};

export function analysisRoutes(): Endpoint[] {
  const answer = (
    c: Parameters<typeof json>[0],
    accept: string,
    unit: string,
    cycles: readonly Cycle[],
  ): Response => {
    if (accept === CSV) return new Response(csvOf(cycles), { headers: { 'content-type': CSV } });
    const units = Object.fromEntries(CYCLE_METRICS.map((m) => [m.name, unitOf(m, unit)]));
    return json(c, { units, cycles: cycles.map(answerOf) });
  };
  const common = {
    method: 'post',
    safe: true,
    access: { scopes: ['cycles:read'], on: 'allowed' },
    tag: 'Analysis',
    produces: [JSON_TYPE, CSV],
    responses,
  } as const;
  const limits = `At most ${ANALYSIS_LIMITS.samples} samples and ${ANALYSIS_LIMITS.bytes / 1_048_576} MiB.`;
  return [
    endpoint({
      ...common,
      path: '/v1/analysis/cycles',
      id: 'analyseCycles',
      summary: 'Samples in, load cycles out; nothing is stored',
      description: `The segmenter of the pipeline, on what is sent. CSV: lines of t,value. ${limits}`,
      body: { schema: SamplesSchema, types: [JSON_TYPE, CSV], read: readCsv, limitBytes },
      handle: ({ c, body: b, accept }) =>
        answer(c, accept, b.unit ?? '1', cutCycles(chunkOf(b), settingsOf(b.settings))),
    }),
    endpoint({
      ...common,
      path: '/v1/analysis/metrics',
      id: 'analyseMetrics',
      summary: 'Samples and boundaries in, metrics out; nothing is stored',
      description: limits,
      body: { schema: MeasureSchema, types: [JSON_TYPE], limitBytes },
      handle: ({ c, body: b, accept }) => {
        const boundaries = b.boundaries.map((x, i) => ({
          startedAtUs: timeOf(x.startedAt, `/boundaries/${i}/startedAt`),
          offsetAtUs:
            x.offsetAt === null || x.offsetAt === undefined
              ? null
              : timeOf(x.offsetAt, `/boundaries/${i}/offsetAt`),
          endedAtUs: timeOf(x.endedAt, `/boundaries/${i}/endedAt`),
        }));
        try {
          return answer(c, accept, b.unit ?? '1', measure(chunkOf(b), boundaries, settingsOf(b.settings)));
        } catch (error) {
          if (error instanceof RangeError) throw wrong('/boundaries', error.message);
          throw error;
        }
      },
    }),
  ];
}
