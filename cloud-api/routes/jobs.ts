import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { parseSignalKey, signalKey } from '@loadcycle/contract';
import { type CycleSettings, CycleSettingsSchema } from '@loadcycle/contract/cycle-settings';
import { momentUs } from '@loadcycle/contract/moment';
import { type Conversion, inverse, SAME } from '@loadcycle/contract/units/conversion';
import { cycleSettingsUnit } from '@loadcycle/contract/units/definition-units';
import type { Database } from '@loadcycle/database/port';
import { jobsOf, requestReprocess, requestRevalidation } from '@loadcycle/processors/jobs';
import { allows } from '../auth/principal.ts';
import { unprocessable } from '../http/check.ts';
import { jsonAnswer, problemAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { nowUs } from '../http/range.ts';
import { beyondGrants, notFound } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { allSignals, findSignal, type SignalRow } from '../retrieval/catalogue.ts';

const SignalKeySchema = z.string().regex(/^[a-z0-9_-]{1,64}(\/[a-z0-9_-]{1,64}){2}$/, 'site/device/signal');

const range = {
  signals: z.array(SignalKeySchema).min(1).max(1000),
  from: z.string().max(64).openapi({ description: 'Inclusive: a date and time, `now`, or `-15m`' }),
  to: z.string().max(64).openapi({ description: 'Exclusive, in the same ways' }),
};

const ReprocessSchema = z
  .strictObject({
    ...range,
    settings: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'Cycle settings for this range; those of the catalogue where absent' }),
    settingsVersion: z
      .int()
      .min(1)
      .max(2_000_000_000)
      .optional()
      .openapi({ description: 'Or those of an earlier version' }),
  })
  .openapi('Reprocess');

const JobsSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['running', 'done', 'failed']),
    progress: z.number().min(0).max(1),
    jobs: z.array(
      z.object({
        signal: z.string(),
        kind: z.enum(['reprocess', 'revalidation']),
        state: z.enum(['waiting', 'running', 'done', 'failed']),
        progress: z.number(),
        changed: z.int().openapi({ description: 'Cycles, or samples, that are other than before' }),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi('Job');

type RangeBody = { signals: string[]; from: string; to: string };

function timesOf(body: RangeBody): { fromUs: number; toUs: number } {
  const now = nowUs();
  const read = (name: 'from' | 'to'): number => {
    try {
      const us = momentUs(body[name], now);
      if (Number.isSafeInteger(us)) return us;
    } catch {
      // refused below
    }
    throw unprocessable(`/${name}`, 'no date and time');
  };
  const [fromUs, toUs] = [read('from'), read('to')];
  if (fromUs >= toUs) throw unprocessable('/from', 'is not before to');
  return { fromUs, toUs };
}

function settingsOf(input: Record<string, unknown> | undefined): CycleSettings | undefined {
  if (input === undefined) return undefined;
  const read = CycleSettingsSchema.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  throw unprocessable(`/settings${issue.path.map((p) => `/${String(p)}`).join('')}`, issue.message);
}

export interface JobServices {
  readonly reader: Database;
  readonly control: Database;
}

export function jobRoutes({ reader, control }: JobServices): Endpoint[] {
  const signalsOf = async (body: RangeBody, grants: readonly string[]): Promise<SignalRow[]> => {
    const signals: SignalRow[] = [];
    for (const path of [...new Set(body.signals)].map(parseSignalKey)) {
      if (!allows(grants, path.site, path.device)) throw beyondGrants(signalKey(path));
      signals.push(await findSignal(reader, path));
    }
    return signals;
  };
  const progress = async (id: string, grants: readonly string[]): Promise<z.infer<typeof JobsSchema>> => {
    const jobs = await jobsOf(reader, id);
    const signals = new Map((await allSignals(reader)).map((s) => [s.id, s]));
    const shown = jobs.flatMap((job) => {
      const signal = signals.get(job.signalId);
      return signal !== undefined && allows(grants, signal.site, signal.device)
        ? [{ ...job, key: signalKey(signal) }]
        : [];
    });
    if (shown.length === 0) throw notFound(`job ${id}`);
    const running = shown.some((j) => j.state === 'waiting' || j.state === 'running');
    return {
      id,
      state: running ? 'running' : shown.some((j) => j.state === 'failed') ? 'failed' : 'done',
      progress: shown.reduce((sum, j) => sum + j.progress, 0) / shown.length,
      jobs: shown.map(({ key: signal, kind, state, progress: p, changed, error }) => {
        return { signal, kind, state, progress: p, changed, error };
      }),
    };
  };
  const accepted = {
    202: jsonAnswer('Accepted; poll the job', JobsSchema),
    404: problemAnswer('There is no such signal'),
  };
  return [
    endpoint({
      method: 'post',
      path: '/v1/reprocess',
      access: { scopes: ['signals:write'], on: 'named' },
      tag: 'Cycles',
      id: 'reprocess',
      summary: 'Cuts the cycles of a range again, in the background',
      body: { schema: ReprocessSchema, types: ['application/json'] },
      responses: accepted,
      handle: async ({ c, body, principal }) => {
        const times = timesOf(body);
        const settings = settingsOf(body.settings);
        const operationId = randomUUID();
        const signals = await signalsOf(body, principal.grants);
        const version = body.settingsVersion === undefined ? {} : { settingsVersion: body.settingsVersion };
        await control.transaction(async (tx) => {
          // levels and steps are said in each signal's unit
          for (const [conversion, some] of Map.groupBy(signals, (s) =>
            JSON.stringify(s.units?.conversion ?? SAME),
          )) {
            const stored =
              settings === undefined
                ? {}
                : { settings: cycleSettingsUnit(settings, inverse(JSON.parse(conversion) as Conversion)) };
            const signalIds = some.map((s) => s.id);
            await requestReprocess(tx, { signalIds, ...times, operationId, ...stored, ...version });
          }
        });
        const headers = { location: `/v1/jobs/${operationId}` };
        return json(c, await progress(operationId, principal.grants), 202, headers);
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/revalidate',
      access: { scopes: ['signals:write'], on: 'named' },
      tag: 'Samples',
      id: 'revalidate',
      summary: "Judges a range's samples again by the definitions of today, in the background",
      body: { schema: z.strictObject(range).openapi('Revalidate'), types: ['application/json'] },
      responses: accepted,
      handle: async ({ c, body, principal }) => {
        const times = timesOf(body);
        const operationId = randomUUID();
        const signalIds = (await signalsOf(body, principal.grants)).map((s) => s.id);
        await requestRevalidation(control, { signalIds, ...times, operationId });
        const headers = { location: `/v1/jobs/${operationId}` };
        return json(c, await progress(operationId, principal.grants), 202, headers);
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/jobs/{id}',
      access: { scopes: ['signals:write', 'cycles:read', 'samples:read'], on: 'allowed' },
      tag: 'Cycles',
      id: 'getJob',
      summary: 'How far a job has come',
      params: z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) }),
      responses: { 200: jsonAnswer('The job', JobsSchema) },
      handle: async ({ c, params, principal }) => json(c, await progress(params.id, principal.grants)),
    }),
  ];
}
