import { type ErrorCode, LoadcycleError } from '@loadcycle/contract';

/** What PostgreSQL says of an error, whichever client carried it. */
interface ServerError {
  readonly code?: unknown;
  readonly message?: string;
}

const BY_STATE: Record<string, ErrorCode> = {
  '40001': 'store.conflict',
  '40P01': 'store.conflict',
  '55P03': 'store.conflict',
  '57014': 'store.timeout',
  '25P03': 'store.timeout',
  // a primary that became a standby: the pool's next connection finds the new one
  '25006': 'store.unavailable',
  '57P01': 'store.unavailable',
  '57P02': 'store.unavailable',
  '57P03': 'store.unavailable',
  '57P05': 'store.unavailable',
  '53200': 'store.unavailable',
  '53300': 'store.unavailable',
  '53400': 'store.unavailable',
  '55006': 'store.conflict',
  '53100': 'store.disk-full',
  '42501': 'store.forbidden',
  XX001: 'store.broken',
  XX002: 'store.broken',
};

const BY_CLASS: Record<string, ErrorCode> = {
  '08': 'store.unavailable',
  '22': 'request.invalid',
  '23': 'request.conflict',
  '28': 'store.forbidden',
  '3D': 'store.schema',
  '3F': 'store.schema',
  '42': 'store.schema',
  '0A': 'store.schema',
};

/** Errors of the socket below the protocol. */
const BY_SYSTEM: Record<string, ErrorCode> = {
  ECONNREFUSED: 'store.unavailable',
  ECONNRESET: 'store.unavailable',
  ENOTFOUND: 'store.unavailable',
  EAI_AGAIN: 'store.unavailable',
  EHOSTUNREACH: 'store.unavailable',
  ENETUNREACH: 'store.unavailable',
  ENOENT: 'store.unavailable',
  EPIPE: 'store.unavailable',
  ETIMEDOUT: 'store.timeout',
  ENOSPC: 'store.disk-full',
  EACCES: 'store.forbidden',
};

/** The SQLSTATE behind an error of the store, through any `LoadcycleError` around it; null where there is none. */
export function sqlState(error: unknown): string | null {
  const code =
    ((error as Error | undefined)?.cause as ServerError | undefined)?.code ?? (error as ServerError)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/**
 * Any error of an engine → the `LoadcycleError` with its stable code, the original as cause.
 * A constraint's violation (class 23) is `request.conflict`, a value that does not fit (22) `request.invalid`.
 */
export function storeError(cause: unknown): LoadcycleError {
  if (cause instanceof LoadcycleError) return cause;
  const { code, message = String(cause) } = cause as ServerError;
  const text = typeof code === 'string' ? code : '';
  const mapped =
    BY_STATE[text] ?? BY_SYSTEM[text] ?? (text.length === 5 ? BY_CLASS[text.slice(0, 2)] : undefined);
  const found = mapped ?? (LOST.test(message) ? 'store.unavailable' : 'internal');
  return new LoadcycleError(found, text === '' ? message : `${message} (${text})`, { cause });
}

/** Messages of node-postgres that carry no code. */
const LOST =
  /connection terminated|connection error|timeout exceeded when trying to connect|timeout expired|not queryable|client was closed|ended unexpectedly/i;
