import { z } from '@hono/zod-openapi';
import { ERROR_CODES, isErrorCode, problemStatus, problemTitle } from '@loadcycle/contract';
import { EXPLANATIONS } from '@loadcycle/contract/explanations';
import { nearNames } from '@loadcycle/contract/near';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { Refusal } from '../http/refusal.ts';
import type { Readiness } from '../readiness.ts';

const CheckSchema = z.object({
  state: z.enum(['ok', 'failing']),
  ms: z.number(),
  code: z.string().optional(),
});

const PartSchema = z.object({ state: z.enum(['waiting', 'failing']), code: z.string().optional() });

const ReadySchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'not-ready']).openapi({
      description: 'degraded: reads are served, and something beside them is away (see checks and parts)',
    }),
    checks: z.record(z.string(), CheckSchema),
    parts: z
      .record(z.string(), PartSchema)
      .openapi({ description: "What else in this process is not well, such as the store's maintenance" }),
  })
  .openapi('Readiness');

export function healthRoutes({ readiness }: { readonly readiness: Readiness }): Endpoint[] {
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
    description:
      'It can where the store answers and tokens can be verified. Without the event log or the MQTT broker it is `degraded`, and the status is 200.',
    responses: { 200: jsonAnswer('It can', ReadySchema), 503: jsonAnswer('It can not', ReadySchema) },
    handle: async ({ c }) => {
      const looked = await readiness.look();
      const ok = looked.status !== 'not-ready';
      return c.json(looked, ok ? 200 : 503, {
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
          kind: z.enum(['transient', 'standing', 'poison']).openapi({
            description:
              'transient: it passes by itself; standing: until somebody acts; poison: this message or request never passes as it is',
          }),
          meaning: z.string(),
          next: z.string().openapi({ description: 'What to do' }),
        }),
      ),
    },
    handle: ({ c, params }) => {
      const { code } = params;
      if (!isErrorCode(code)) {
        const near = nearNames(code, Object.keys(ERROR_CODES));
        throw new Refusal('request.not-found', `there is no problem type ${code}`, {
          hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'contract/errors.ts lists them all',
        });
      }
      return c.json({
        code,
        title: problemTitle(code),
        status: problemStatus(code),
        kind: ERROR_CODES[code],
        ...EXPLANATIONS[code],
      });
    },
  });
  return [alive, ready, problems];
}
