import { ERROR_CODES, type ErrorCode, LoadcycleError } from './errors.ts';

/** One place of a request that is wrong: in its body (a JSON Pointer) or in a parameter. */
export interface ProblemPlace {
  /** JSON Pointer (RFC 6901) into the body */
  readonly pointer?: string | undefined;
  /** name of a path, query or header parameter */
  readonly parameter?: string | undefined;
  readonly detail: string;
}

/** An error as the API sends it: `application/problem+json` (RFC 9457). */
export interface ProblemDetails {
  /** Stable, relative to the API's own address, where it also answers with an explanation: `/problems/{code}`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** the request's id, for the logs */
  readonly requestId?: string | undefined;
  readonly errors?: readonly ProblemPlace[] | undefined;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Problem type URI of an error code. */
export const problemType = (code: ErrorCode): string => `/problems/${code}`;

/** Titles and HTTP statuses of the codes that are not covered by their family. */
const PROBLEMS: Partial<Record<ErrorCode, readonly [status: number, title: string]>> = {
  'request.invalid': [400, 'The request is malformed'],
  'request.unauthorized': [401, 'No valid credentials'],
  'request.forbidden': [403, 'The credentials do not allow this'],
  'request.not-found': [404, 'There is no such thing'],
  'request.method-not-allowed': [405, 'This method is not allowed here'],
  'request.not-acceptable': [406, 'None of the accepted media types can be produced'],
  'request.conflict': [409, 'The request conflicts with the present state'],
  'request.precondition-failed': [412, 'It was changed in the meantime'],
  'request.too-large': [413, 'The request is too large'],
  'request.target-too-long': [414, 'The address of the request is too long'],
  'request.headers-too-large': [431, 'The headers of the request are too large'],
  'request.unsupported-media-type': [415, 'This media type is not understood here'],
  'request.unprocessable': [422, 'The content is well-formed but can not be used'],
  'request.too-many': [429, 'Too many requests'],
  'request.timeout': [503, 'The request took too long'],
  'request.overloaded': [503, 'Too much is at work just now'],
  'notify.unavailable': [503, 'No process that tells of anomalies answers'],
  'request.too-slow': [408, 'The request did not arrive in time'],
  'message.too-large': [413, 'The message is too large'],
  'message.unsupported-content-type': [415, 'This media type is not understood here'],
  'signal.unknown': [404, 'There is no such signal'],
  'name.invalid': [400, 'This is not a name'],
  'folder.unwritable': [503, 'What has to be kept cannot be written'],
  internal: [500, 'Something went wrong inside'],
};

/** Families, by what stands before the dot. An engine that is away is 503: the request can be sent again. */
const FAMILIES: Record<string, readonly [status: number, title: string]> = {
  message: [422, 'The message does not pass validation'],
  senml: [422, 'The message does not pass validation'],
  sparkplug: [422, 'The message does not pass validation'],
  store: [503, 'The store is not available'],
  log: [503, 'The event log is not available'],
  broker: [503, 'The MQTT broker is not available'],
};

const entry = (code: ErrorCode): readonly [status: number, title: string] =>
  PROBLEMS[code] ?? FAMILIES[code.split('.')[0]!] ?? [500, 'Something went wrong inside'];

export const problemStatus = (code: ErrorCode): number => entry(code)[0];
export const problemTitle = (code: ErrorCode): string => entry(code)[1];
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

export type ProblemExtra = Pick<ProblemDetails, 'detail' | 'hint' | 'requestId' | 'errors'>;

export function problem(code: ErrorCode, extra: ProblemExtra = {}): ProblemDetails {
  return { type: problemType(code), title: problemTitle(code), status: problemStatus(code), code, ...extra };
}

/**
 * Any thrown thing as a problem. Only what is ours is told: the message of an unknown error, or of one inside
 * (500), may hold what the client must not see.
 */
export function problemOf(error: unknown, requestId?: string): ProblemDetails {
  if (!(error instanceof LoadcycleError) || problemStatus(error.code) === 500)
    return problem('internal', { requestId });
  const { code, message: detail, hint, pointer } = error;
  const errors = pointer === undefined ? undefined : [{ pointer, detail }];
  // an engine's own words (a query, an address) are for the log, not for the client
  const told = problemStatus(code) === 503 ? {} : { detail, hint, errors };
  return problem(code, { ...told, requestId });
}
