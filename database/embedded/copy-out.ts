import { COPY_TRAILER, copyHeader } from '../copy-format.ts';
import { storeError } from '../errors.ts';
import type { Session } from './session.ts';

const PIECE_ROWS = 20_000;
/** pieces that may wait for the reader while the connection is held */
const AHEAD = 4;

interface Piece {
  readonly data: Uint8Array;
  readonly rows: number;
}
type Run = <T>(job: (session: Session) => Promise<T>) => Promise<T>;

/**
 * `COPY … TO STDOUT` in pieces of bounded size. The engine has no such thing (a COPY runs to its end in one call),
 * but a binary cursor's rows are tuples of the same format. A fast reader takes them in one transaction. A slow one
 * must not hold the only connection: once it falls behind, the transaction commits, the engine sets the rest aside
 * in a temporary file (cursor WITH HOLD), and further pieces are fetched one by one between others' transactions.
 */
export async function* copyOutPieces(sql: string, run: Run, role: string | null): AsyncGenerator<Uint8Array> {
  const cursor = `loadcycle_out_${++cursors}`;
  const queue: Piece[] = [];
  let held = false;
  let ended = false;
  let wake = Promise.withResolvers<void>();
  let failure: unknown;
  let left = false;
  const begin = role === null ? 'BEGIN' : `BEGIN; SET LOCAL ROLE ${role}`;

  const first = run(async (session) => {
    try {
      await session.call({
        op: 'exec',
        sql: `${begin}; DECLARE ${cursor} BINARY NO SCROLL CURSOR WITH HOLD FOR ${sql}`,
      });
      while (queue.length < AHEAD && !left && !ended) {
        const piece = await session.call<Piece>({ op: 'fetch', cursor, rows: PIECE_ROWS });
        queue.push(piece);
        ended = piece.rows < PIECE_ROWS;
        wake.resolve();
      }
      held = !ended && !left;
      await session.call({ op: 'exec', sql: held ? 'COMMIT' : `CLOSE ${cursor}; COMMIT` });
    } catch (error) {
      if (session.dead === null) await session.call({ op: 'exec', sql: 'ROLLBACK' });
      throw error;
    }
  });
  const done = first.then(
    () => wake.resolve(),
    (error) => {
      failure = error;
      ended = true;
      wake.resolve();
    },
  );
  try {
    yield copyHeader();
    for (;;) {
      if (failure !== undefined) throw storeError(failure);
      const piece = queue.shift();
      if (piece !== undefined) {
        if (piece.rows > 0) yield piece.data;
        if (piece.rows < PIECE_ROWS) break;
      } else if (held) {
        queue.push(await run((session) => session.call<Piece>({ op: 'fetch', cursor, rows: PIECE_ROWS })));
      } else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
    yield COPY_TRAILER;
  } finally {
    left = true;
    await done;
    if (held) await run((session) => session.call({ op: 'exec', sql: `CLOSE ${cursor}` })).catch(() => {});
  }
}

let cursors = 0;
