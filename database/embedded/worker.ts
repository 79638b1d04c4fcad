import { parentPort, workerData } from 'node:worker_threads';
import { LoadcycleError } from '@loadcycle/contract';
import { Engine } from './engine.ts';
import type { Answer, ErrorData, Request, WorkerData } from './messages.ts';

/** The thread that the engine blocks: requests in, answers out, strictly one after the other. */
const port = parentPort!;
let engine: Engine | null = null;

function answer(id: number, value: unknown, transfer: ArrayBuffer[] = []): void {
  const { syncs = 0, memoryBytes = 0 } = engine ?? {};
  port.postMessage({ id, value, syncs, memoryBytes } satisfies Answer, transfer);
}

function fail(id: number, error: unknown): void {
  const e = error as ErrorData & { name?: string };
  // what the server says has an SQLSTATE; anything else is the engine itself having died (a panic, a trap)
  const fatal = !(error instanceof LoadcycleError) && (typeof e.code !== 'string' || e.code.length !== 5);
  const data: ErrorData = {
    message: e.message ?? String(error),
    code: e.code,
    detail: e.detail,
    hint: e.hint,
    where: e.where,
    position: e.position,
    constraint: e.constraint,
    table: e.table,
  };
  port.postMessage({ id, error: data, fatal, syncs: engine?.syncs ?? 0, memoryBytes: 0 } satisfies Answer);
  if (fatal) process.exit(1);
}

async function handle(request: Request, db: Engine): Promise<void> {
  switch (request.op) {
    case 'query':
      return answer(request.id, db.query(request.sql, request.params));
    case 'exec':
      return answer(request.id, db.exec(request.sql));
    case 'copyIn':
      return answer(request.id, db.copyIn(request.table, request.columns, request.data));
    case 'fetch': {
      const piece = db.fetch(request.cursor, request.rows);
      return answer(request.id, piece, [piece.data.buffer as ArrayBuffer]);
    }
    case 'close':
      await db.close();
      answer(request.id, null);
      port.close();
  }
}

let last: Promise<void> = Engine.open(workerData as WorkerData).then(
  (opened) => {
    engine = opened;
    answer(0, null);
  },
  (error) => fail(0, error),
);
port.on('message', (request: Request) => {
  last = last.then(() => handle(request, engine!)).catch((error) => fail(request.id, error));
});
