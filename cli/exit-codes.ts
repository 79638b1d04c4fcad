import { ApiError, UnreachableError } from '@loadcycle/client';
import { LoadcycleError } from '@loadcycle/contract';
import { printableJson, printableLine } from '@loadcycle/contract/printable';

/** What `loadcycle` ends with; documented in docs/cli.md, and stable. */
export const EXIT = { ok: 0, failure: 1, usage: 2, unreachable: 3, refused: 4, notFound: 5 } as const;

/** A command line that makes no sense. */
export class UsageError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** Ctrl-C, or SIGTERM, in the middle of work: says what is left and how to go on. Exit code 128 + the signal's number. */
export class Interrupted extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'Interrupted';
    this.exitCode = exitCode;
  }
}

/** A failure as it is told: in one line, or as JSON. */
export interface Told {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** HTTP status, where the API refused */
  readonly status?: number;
  readonly requestId?: string | undefined;
  /** every place that is wrong, one line each */
  readonly places?: readonly string[];
}

export function tell(error: unknown): Told {
  if (error instanceof UsageError) {
    return { exitCode: EXIT.usage, code: 'usage', message: error.message, hint: error.hint };
  }
  if (error instanceof Interrupted) {
    return { exitCode: error.exitCode, code: 'interrupted', message: error.message };
  }
  if (error instanceof UnreachableError) {
    return {
      exitCode: EXIT.unreachable,
      code: 'unreachable',
      message: error.message,
      hint: 'is the system running? --url names another address',
    };
  }
  if (error instanceof ApiError) return ofApi(error);
  if (error instanceof LoadcycleError) return ofOurs(error);
  const message = (error as Error)?.message ?? String(error);
  return { exitCode: EXIT.failure, code: 'internal', message: message.split('\n')[0]! };
}

function ofApi(error: ApiError): Told {
  const { status, code, message, problem } = error;
  const places = (problem.errors ?? []).map((e) =>
    [e.pointer || e.parameter, e.detail].filter(Boolean).join(': '),
  );
  return {
    exitCode: exitOf(status),
    code,
    message,
    hint: problem.hint ?? hintOf(status),
    status,
    requestId: problem.requestId,
    ...(places.length > 0 ? { places } : {}),
  };
}

function exitOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.refused;
  if (status === 404) return EXIT.notFound;
  if (status === 400) return EXIT.usage;
  return status === 502 || status === 503 || status === 504 ? EXIT.unreachable : EXIT.failure;
}

function hintOf(status: number): string | undefined {
  if (status === 401) return 'loadcycle login saves credentials that are good';
  if (status === 403) return 'the client lacks the scope or the grant; an administrator can give it';
  return undefined;
}

const USAGE_CODES = new Set(['settings.invalid', 'name.invalid', 'request.invalid', 'source.unavailable']);

function ofOurs({ code, message, hint }: LoadcycleError): Told {
  const exitCode = USAGE_CODES.has(code)
    ? EXIT.usage
    : code === 'broker.unavailable'
      ? EXIT.unreachable
      : code === 'broker.forbidden' || code === 'request.unauthorized'
        ? EXIT.refused
        : code === 'request.not-found'
          ? EXIT.notFound
          : EXIT.failure;
  return { exitCode, code, message, hint };
}

/** `loadcycle: there is no such signal (hint)`; with `json` one JSON object. */
export function tellLine(told: Told, json: boolean): string {
  if (json) {
    const { exitCode, ...error } = told;
    return `${printableJson({ error: { ...error, exitCode } })}\n`;
  }
  const head = `loadcycle: ${told.message}${told.hint ? ` (${told.hint})` : ''}`;
  // a single place that says no more than the message does is not said twice
  const places = (told.places ?? []).filter((p, _, all) => all.length > 1 || !p.endsWith(told.message));
  return `${[head, ...places.map((p) => `  ${p}`)].map(printableLine).join('\n')}\n`;
}
