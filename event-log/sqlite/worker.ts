/** The thread that owns the file: a synced commit takes milliseconds, and they are not the main thread's. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Replies, Request, WorkerSettings } from './messages.ts';
import { Tables } from './tables.ts';

const port = parentPort!;
const settings = workerData as WorkerSettings;

/** Held from the first moment to the last; the system lets go of it when the process dies, however it dies. */
function takeFolder(): DatabaseSync {
  const lock = new DatabaseSync(join(settings.folder, 'owner.lock'));
  lock.exec('BEGIN EXCLUSIVE');
  return lock;
}

function answer(request: Request, tables: Tables): Replies[keyof Replies] {
  switch (request.kind) {
    case 'ensure':
      return tables.ensure(request.topics);
    case 'write': {
      const from = performance.now();
      const { bases, timestampMs } = tables.write(request.batch, request.committed);
      const values = request.batch?.values ?? new ArrayBuffer(0);
      return { bases, timestampMs, values, tookMs: performance.now() - from };
    }
    case 'read':
      return tables.read(request.part, request.next, request.maxRecords, request.maxBytes);
    case 'trim':
      return trimStep(request.nowMs, tables);
    case 'close':
      tables.close();
      return null;
  }
}

function trimStep(nowMs: number, tables: Tables): Replies['trim'] {
  const { changed, more } = tables.trim(nowMs, settings.maxBytes);
  // the next step comes after whatever waits in the queue: retention never holds up appends for long
  if (more) setImmediate(() => port.postMessage({ trimMore: true }));
  return changed;
}

const failed = (error: unknown): { message: string; errcode: number } => ({
  message: (error as Error).message,
  errcode: (error as { errcode?: number }).errcode ?? 0,
});

try {
  const lock = takeFolder();
  const tables = new Tables(join(settings.folder, 'events.db'), settings.retentionMs);
  port.on('message', ({ id, request }: { id: number; request: Request }) => {
    try {
      const value = answer(request, tables);
      const transfer =
        value !== null && 'values' in value && value.values instanceof ArrayBuffer ? [value.values] : [];
      port.postMessage({ id, ok: true, value }, transfer);
    } catch (error) {
      port.postMessage({ id, ok: false, ...failed(error) });
    }
    if (request.kind === 'close') {
      lock.close();
      port.close();
    }
  });
  port.postMessage({ opened: tables.opened() });
} catch (error) {
  port.postMessage({ failed: failed(error) });
}
