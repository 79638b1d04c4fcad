import { z } from '@hono/zod-openapi';
import { ERROR_CODES, isErrorCode, problemStatus, problemTitle } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import type { Health } from '@loadcycle/service';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { notFound } from '../http/refusal.ts';

const CheckSchema = z.object({
  state: z.enum(['ok', 'failing']),
  ms: z.number(),
  code: z.string().optional(),
});

const ReadySchema = z
  .object({ status: z.enum(['ok', 'not-ready']), checks: z.record(z.string(), CheckSchema) })
  .openapi('Readiness');

/** An engine that has not answered by then is taken for away. */
const CHECK_MS = 2_000;

async function check(work: () => Promise<unknown>): Promise<z.infer<typeof CheckSchema>> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'request.timeout' })), CHECK_MS);
    });
    await Promise.race([work(), late]);
    return { state: 'ok', ms: ms() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    return {
      state: 'failing',
      ms: ms(),
      code: typeof code === 'string' && isErrorCode(code) ? code : 'internal',
    };
  } finally {
    clearTimeout(timer);
  }
}

export interface HealthServices {
  readonly reader: Database;
  readonly control: Database;
  readonly eventLog: EventLog;
  readonly health: Health;
  /** null: no broker is configured; otherwise whether it is connected */
  readonly broker: () => boolean | null;
  /** null: tokens are verified with keys of the store */
  readonly issuer: (() => Promise<void>) | null;
}

export function healthRoutes(s: HealthServices): Endpoint[] {
  const alive = endpoint({
    method: 'get',
    path: '/healthz',
    access: 'public',
    tag: 'Health',
    id: 'isAlive',
    summary: 'Is the process alive?',
    responses: { 200: jsonAnswer('It is', z.object({ status: z.literal('ok') })) },
    handle: ({ c }) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }),
  });
  const ready = endpoint({
    method: 'get',
    path: '/readyz',
    access: 'public',
    tag: 'Health',
    id: 'isReady',
    summary: 'Can it serve? Asks each engine behind it',
    responses: { 200: jsonAnswer('It can', ReadySchema), 503: jsonAnswer('It can not', ReadySchema) },
    handle: async ({ c }) => {
      const broker = s.broker();
      const [issuer, store, control, log] = await Promise.all([
        s.issuer === null ? null : check(s.issuer),
        check(() => s.reader.query('SELECT 1')),
        check(() => s.control.query('SELECT 1')),
        check(() => s.eventLog.ends(['loadcycle.samples'])),
      ]);
      const mqtt = broker === null ? {} : { broker: { state: broker ? 'ok' : 'failing', ms: 0 } as const };
      const checks = { store, control, log, ...mqtt, ...(issuer === null ? {} : { issuer }) };
      const ok = Object.values(checks).every((k) => k.state === 'ok');
      return c.json({ status: ok ? 'ok' : 'not-ready', checks }, ok ? 200 : 503, {
        'cache-control': 'no-store',
        ...(ok ? {} : { 'retry-after': '2' }),
      });
    },
  });
  const problems = endpoint({
    method: 'get',
    path: '/problems/{code}',
    access: 'public',
    tag: 'Health',
    id: 'explainProblem',
    summary: 'What a problem type means',
    params: z.object({
      code: z
        .string()
        .max(64)
        .openapi({ param: { name: 'code', in: 'path' } }),
    }),
    responses: {
      200: jsonAnswer(
        'The problem type',
        z.object({
          code: z.string(),
          title: z.string(),
          status: z.int(),
          kind: z.enum(['transient', 'standing', 'poison']),
        }),
      ),
    },
    handle: ({ c, params }) => {
      const { code } = params;
      if (!isErrorCode(code)) throw notFound('problem of that type');
      return c.json({
        code,
        title: problemTitle(code),
        status: problemStatus(code),
        kind: ERROR_CODES[code],
      });
    },
  });
  return [alive, ready, problems];
}
