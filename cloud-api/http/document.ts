import { z } from '@hono/zod-openapi';
import { PROBLEM_CONTENT_TYPE } from '@loadcycle/contract';
import type { Endpoint, Responses } from './endpoint.ts';
import { JSON_TYPE } from './media.ts';

const ProblemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/request.invalid' }),
    title: z.string(),
    status: z.int(),
    code: z
      .string()
      .openapi({ description: 'Stable; the same code shows in logs, metrics and dead letters' }),
    detail: z.string().optional(),
    hint: z.string().optional(),
    requestId: z.string().optional(),
    errors: z
      .array(
        z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }),
      )
      .optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' });

export const problemAnswer = (description: string): Responses[number] => ({
  description,
  content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } },
});

/** The refusals that an endpoint can give by what it takes, so that none is forgotten in the document. */
function refusals(e: Endpoint): Responses {
  const out: Record<number, Responses[number]> = {
    400: problemAnswer('The request is malformed'),
    406: problemAnswer('None of the accepted media types can be produced'),
    429: problemAnswer('Too many requests; Retry-After says when to come again'),
    503: problemAnswer('An engine behind the API is away; the request can be sent again'),
  };
  if (e.access !== 'public') {
    out[401] = problemAnswer('No valid token');
    out[403] = problemAnswer('The token lacks the scope or the grant');
  }
  if (e.path.includes('{')) out[404] = problemAnswer('There is no such thing');
  if (e.method !== 'get') out[409] = problemAnswer('Conflicts with the present state');
  if (e.body !== undefined) {
    out[413] = problemAnswer('The body is too large');
    out[415] = problemAnswer('The media type is not understood');
  }
  if (e.body !== undefined || e.method !== 'get') {
    out[422] = problemAnswer('Well-formed, but it can not be used');
  }
  return out;
}

const IdempotencyKey = z
  .object({ 'idempotency-key': z.string().min(1).max(255).optional() })
  .openapi({ description: 'A changing request sent again under the same key changes nothing' });

/** An endpoint as zod-to-openapi takes it. */
export function documentOf(e: Endpoint): object {
  const request: Record<string, unknown> = {};
  if (e.params !== undefined) request['params'] = e.params;
  if (e.query !== undefined) request['query'] = e.query;
  if (e.method !== 'get' && e.access !== 'public' && e.safe !== true) request['headers'] = IdempotencyKey;
  if (e.body !== undefined) {
    const { types, schema, documented = schema ?? z.string() } = e.body;
    const structured = (type: string): boolean => type.includes('json') || type.includes('form');
    const content = Object.fromEntries(
      types.map((type) => [type, { schema: structured(type) ? documented : z.string() }]),
    );
    request['body'] = { required: e.body.optional !== true, content };
  }
  const scopes =
    e.access === 'public' ? '' : `\n\nScope: ${e.access.scopes.map((s) => `\`${s}\``).join(' or ')}.`;
  return {
    method: e.method,
    path: e.path,
    operationId: e.id,
    tags: [e.tag],
    summary: e.summary,
    description: `${e.description ?? e.summary}${scopes}`,
    security: e.access === 'public' ? [] : [{ bearer: [...e.access.scopes] }],
    request,
    responses: { ...refusals(e), ...e.responses },
  };
}

/** A JSON answer for the document. */
export const jsonAnswer = (
  description: string,
  schema: z.ZodType,
  headers?: Record<string, object>,
): Responses[number] => ({
  description,
  content: { [JSON_TYPE]: { schema } },
  ...(headers === undefined ? {} : { headers: headers as never }),
});
