import type { ProblemPlace } from '@loadcycle/contract';
import type { ZodError, ZodType } from 'zod';
import { Refusal } from './refusal.ts';

/** Places that one answer names at most, and the length of what it says of each. */
const MOST_PLACES = 20;
const MOST_TEXT = 200;

/** What somebody sent, where an answer repeats it. */
export const shorter = (text: string): string =>
  text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT).toWellFormed()}…`;

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((p) => `/${String(p).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** One place of a body that is wrong: 422. */
export function unprocessable(pointer: string, detail: string): Refusal {
  return refusal('request.unprocessable', [{ pointer: shorter(pointer), detail: shorter(detail) }]);
}

/** What a schema found, as a refusal: the first places, each in a few words, however much was found. */
export function refusalOf(
  error: ZodError,
  place: 'parameter' | 'pointer',
  code: 'request.invalid' | 'request.unprocessable',
  under = '',
): Refusal {
  const places = error.issues.slice(0, MOST_PLACES).map((issue) => {
    const detail = shorter(issue.message);
    return place === 'pointer'
      ? { pointer: shorter(`${under}${pointerOf(issue.path)}`), detail }
      : { parameter: shorter(String(issue.path[0] ?? firstKey(issue))), detail };
  });
  return refusal(code, places);
}

function refusal(
  code: 'request.invalid' | 'request.unprocessable',
  places: readonly ProblemPlace[],
): Refusal {
  const { pointer, parameter, detail } = places[0]!;
  const where = pointer ?? parameter ?? '';
  return new Refusal(code, `${where === '' ? '' : `${where}: `}${detail}`, { errors: places });
}

const firstKey = (issue: { code?: string; keys?: string[] } | object): string =>
  ('keys' in issue ? issue.keys?.[0] : undefined) ?? '';

/** A part of a body as its schema takes it; `under` is the JSON Pointer to it. Refuses with 422. */
export function checked<T>(schema: ZodType<T>, value: unknown, under = ''): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refusalOf(result.error, 'pointer', 'request.unprocessable', under);
}
