import { type ErrorCode, LoadcycleError, type ProblemPlace } from '@loadcycle/contract';

export interface RefusalExtra {
  readonly hint?: string;
  readonly errors?: readonly ProblemPlace[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A request that is turned down: becomes the problem of its code, with these headers. */
export class Refusal extends LoadcycleError {
  readonly errors: readonly ProblemPlace[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, extra: RefusalExtra = {}) {
    super(code, detail, {
      ...(extra.hint === undefined ? {} : { hint: extra.hint }),
      ...(extra.cause === undefined ? {} : { cause: extra.cause }),
    });
    this.errors = extra.errors;
    this.headers = extra.headers ?? {};
  }
}

export const notFound = (what: string): Refusal => new Refusal('request.not-found', `there is no ${what}`);

/** A site, a device or a signal that is not there. The answer names what may have been meant (`near-names.ts`). */
export class UnknownPath extends Refusal {
  readonly path: { readonly site: string; readonly device?: string; readonly signal?: string };

  constructor(path: UnknownPath['path'], extra: RefusalExtra = {}) {
    const { site, device, signal } = path;
    const kind = signal !== undefined ? 'signal' : device !== undefined ? 'device' : 'site';
    const key = [site, device, signal].filter((part) => part !== undefined).join('/');
    super('request.not-found', `there is no ${kind} ${key}`, extra);
    this.path = path;
  }
}

export const badParameter = (parameter: string, detail: string): Refusal =>
  new Refusal('request.invalid', `${parameter}: ${detail}`, { errors: [{ parameter, detail }] });

export const beyondGrants = (what: string): Refusal =>
  new Refusal('request.forbidden', `the client's grants do not reach ${what}`, {
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  });
