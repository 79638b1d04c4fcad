/** The thread that owns the file: a synced commit takes milliseconds, and they are not the main thread's. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Failure, Replies, Request, WorkerSettings } from './messages.ts';
import { FilesDeleted, Owner } from './owner.ts';

const port = parentPort!;
const settings = workerData as WorkerSettings;

function answer(request: Request, owner: Owner): Replies[keyof Replies] {
  const { tables } = owner;
  switch (request.kind) {
    case 'ensure':
      return tables.ensure(request.topics);
    case 'write':
      return {
        ...owner.write(request.batch, request.committed),
        values: request.batch?.values ?? new ArrayBuffer(0),
      };
    case 'read':
      return tables.read(request.part, request.next, request.maxRecords, request.maxBytes);
    case 'trim':
      return trimStep(request.nowMs, owner);
    case 'check':
      owner.check();
      return null;
    case 'close':
      // what was read and written goes with the process unless it stands in the folder
      owner.check();
      owner.close();
      return null;
  }
}

function trimStep(nowMs: number, { tables }: Owner): Replies['trim'] {
  const { changed, more } = tables.trim(nowMs, settings.maxBytes);
  // the next step comes after whatever waits in the queue: retention never holds up appends for long
  if (more) setImmediate(() => port.postMessage({ trimMore: true }));
  return changed;
}

const failed = (error: unknown): Failure => ({
  message: (error as Error).message,
  errcode: (error as { errcode?: number }).errcode ?? 0,
  filesDeleted: error instanceof FilesDeleted,
});

try {
  const owner = new Owner(settings, (files) => port.postMessage({ files }));
  port.on('message', ({ id, request }: { id: number; request: Request }) => {
    try {
      const value = answer(request, owner);
      const transfer =
        value !== null && 'values' in value && value.values instanceof ArrayBuffer ? [value.values] : [];
      port.postMessage({ id, ok: true, value }, transfer);
    } catch (error) {
      port.postMessage({ id, ok: false, ...failed(error) });
    }
    if (request.kind === 'close') port.close();
  });
  port.postMessage({ opened: owner.tables.opened() });
} catch (error) {
  port.postMessage({ failed: failed(error) });
}
