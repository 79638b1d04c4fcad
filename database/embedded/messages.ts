import type { EngineModule } from './module.ts';

/** What passes between the adapter and its worker thread. One answer for each request, in order. */
export type Request =
  | { id: number; op: 'query'; sql: string; params: (string | null)[] }
  | { id: number; op: 'exec'; sql: string }
  | { id: number; op: 'copyIn'; table: string; columns: readonly string[]; data: Uint8Array }
  | { id: number; op: 'fetch'; cursor: string; rows: number }
  | { id: number; op: 'close' };

export interface ErrorData {
  readonly message: string;
  /** an SQLSTATE, or an `ErrorCode` of ours where it has a dot in it */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly where?: string | undefined;
  readonly position?: string | undefined;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
}

/** `id` 0 answers the opening. `syncs` and `memoryBytes` ride along with each answer. */
export type Answer = { id: number; syncs: number; memoryBytes: number } & (
  | { value: unknown; error?: undefined }
  | { error: ErrorData; value?: undefined; fatal: boolean }
);

export interface WorkerData {
  readonly folder: string;
  /** nothing is there yet: make the store */
  readonly fresh: boolean;
  readonly module: EngineModule;
}
