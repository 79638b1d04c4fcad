import type { Database, Queryable, Transaction } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';

export const CHUNK_US = 600_000_000;
/** rows of the first signal in each chunk, a second apart */
export const ROWS = 5;

/**
 * A store whose samples lie in `count` chunks of ten minutes, the last of them just over: signal `dense` has a batch of a
 * few rows in each, `sparse` one row in the oldest and one in the newest, `empty` none. Answers where they begin, µs.
 */
export async function makeChunks(db: Database, count: number): Promise<number> {
  await db.exec(`INSERT INTO site (name) VALUES ('s'); INSERT INTO device (site_id, name) VALUES (1, 'd');
    INSERT INTO signal (device_id, name, unit, definition, automatic)
      SELECT 1, name, 'V', '{}', true FROM unnest(ARRAY['dense', 'sparse', 'empty']) name;
    SELECT set_chunk_time_interval('sample', interval '10 minutes')`);
  const lastUs = Math.floor((Date.now() * 1000) / CHUNK_US - 1) * CHUNK_US;
  const fromUs = lastUs - (count - 1) * CHUNK_US;
  // each makes its chunks in the transaction, with their locks
  for (let at = 0; at < count; at += 20) {
    const chunks = [fromUs + at * CHUNK_US, Math.min(20, count - at)];
    await db.query(
      `INSERT INTO sample SELECT ${ts(`$1::bigint + c * ${CHUNK_US}::bigint + i * 1000000`)}, 1, i, 0
       FROM generate_series(0, $2::int - 1) c, generate_series(0, ${ROWS - 1}) i`,
      chunks,
    );
    await db.query(
      `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, period, good, uncertain, bad, received_at, definition_version)
       SELECT ${ts(`$1::bigint + c * ${CHUNK_US}::bigint`)}, ${ts(`$1::bigint + c * ${CHUNK_US}::bigint + ${(ROWS - 1) * 1e6}`)}, 1,
         '00000000-0000-4000-8000-000000000001', $3::int + c, ${ROWS}, 1000000, ${ROWS}, 0, 0, now(), 1
       FROM generate_series(0, $2::int - 1) c`,
      [...chunks, at],
    );
  }
  for (const us of [fromUs, lastUs])
    await db.query(`INSERT INTO sample VALUES (${ts('$1')}, 2, 7, 0)`, [us + 1000]);
  return fromUs;
}

/** The store, and the most locks that any one transaction (or statement on its own) held at its end. */
export function countingLocks(db: Database): {
  db: Database;
  most: () => number;
  windows: [number, number][];
} {
  let most = 0;
  const windows: [number, number][] = [];
  const look = async (tx: Queryable): Promise<void> => {
    const [row] = await tx.query<{ n: number }>(
      'SELECT count(*) AS n FROM pg_locks WHERE pid = pg_backend_pid()',
    );
    most = Math.max(most, row!.n);
  };
  const transaction: Database['transaction'] = (work, options) =>
    db.transaction(async (tx: Transaction) => {
      const result = await work(tx);
      await look(tx);
      return result;
    }, options);
  const counted: Database = {
    features: db.features,
    transaction,
    query: (sql, params) => transaction((tx) => tx.query(sql, params)),
    exec: (sql) => {
      // a refresh runs in no transaction: its window tells
      const times = /refresh_continuous_aggregate\('sample_1s', .*?\((\d+)\).*?\((\d+)\)/s.exec(sql);
      if (times !== null) windows.push([Number(times[1]), Number(times[2])]);
      return db.exec(sql);
    },
    copyOut: async function* (sql) {
      await transaction((tx) => tx.query(`EXPLAIN ${sql}`));
      yield* db.copyOut(sql);
    },
    close: () => db.close(),
  };
  return { db: counted, most: () => most, windows };
}
