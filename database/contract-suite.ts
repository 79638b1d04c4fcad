import { LoadcycleError } from '@loadcycle/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeColumns } from './copy-decoder.ts';
import { CopyEncoder } from './copy-encoder.ts';
import type { Database } from './port.ts';
import { ts, us } from './sql.ts';

export interface Opened {
  readonly db: Database;
  close(): Promise<void>;
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof LoadcycleError ? error.code : String(error)),
  );

/** What every adapter of the port must do alike. Needs no TimescaleDB. `open` answers a reason where it cannot run. */
export function databaseContract(name: string, open: () => Promise<Opened | string>): void {
  describe(`${name}: the contract of Database`, () => {
    let opened: Opened | string;
    let db: Database;
    beforeAll(async () => {
      opened = await open();
      if (typeof opened === 'string') return;
      db = opened.db;
      await db.exec(`
        CREATE TABLE IF NOT EXISTS ct (id int PRIMARY KEY, n bigint);
        CREATE TABLE IF NOT EXISTS ct_copy (ts timestamptz, signal_id int, value float8, quality smallint)`);
    });
    afterAll(async () => {
      if (typeof opened !== 'string') await opened?.close();
    });
    const check = (title: string, run: () => Promise<void>) =>
      test(title, async (context) => {
        if (typeof opened === 'string') context.skip(opened);
        await run();
      });

    check('types come back as the port says', async () => {
      const [row] =
        await db.query(`SELECT 9007199254740991::int8 AS big, 1.5::float8 AS f, 'NaN'::float8 AS nan,
        7::int2 AS s, true AS yes, '{"a":[1,null]}'::jsonb AS j, '\\x00ff'::bytea AS b, 1.10::numeric AS num,
        '0199a0f0-0000-7000-8000-000000000001'::uuid AS u, ARRAY[1,null,3]::int8[] AS ints, ARRAY['a','b"c\\','{}', null] AS texts,
        '{{1,2},{3,4}}'::int4[] AS grid, timestamptz '2026-11-24T10:00:00.000001Z' AS t, null AS nothing, 'ä' AS text`);
      expect(row).toEqual({
        big: Number.MAX_SAFE_INTEGER,
        f: 1.5,
        nan: Number.NaN,
        s: 7,
        yes: true,
        j: { a: [1, null] },
        b: new Uint8Array([0, 255]),
        num: '1.10',
        u: '0199a0f0-0000-7000-8000-000000000001',
        ints: [1, null, 3],
        texts: ['a', 'b"c\\', '{}', null],
        grid: [
          [1, 2],
          [3, 4],
        ],
        t: '2026-11-24 10:00:00.000001+00',
        nothing: null,
        text: 'ä',
      });
      expect(Object.getPrototypeOf(row!['b'])).toBe(Uint8Array.prototype);
      expect(await code(db.query('SELECT 9007199254740993::int8'))).toBe('store.schema');
    });

    check('parameters of every kind arrive', async () => {
      const [row] = await db.query(
        `SELECT $1::text AS t, $2::int8 AS n, $3::float8 AS f, $4::boolean AS b, $5::bytea AS bytes, $6::jsonb AS j,
                $7::text[] AS texts, $8::float8[] AS floats, $9::int AS nothing, $10::int8 AS big`,
        [
          "it's",
          42,
          -0.1,
          false,
          new Uint8Array([1, 2, 255]),
          { k: ['v'] },
          ['a,b', '"q"', null],
          [1.5, -2e300],
          null,
          5n,
        ],
      );
      expect(row).toEqual({
        t: "it's",
        n: 42,
        f: -0.1,
        b: false,
        bytes: new Uint8Array([1, 2, 255]),
        j: { k: ['v'] },
        texts: ['a,b', '"q"', null],
        floats: [1.5, -2e300],
        nothing: null,
        big: 5,
      });
    });

    check('µs → timestamptz → µs is exact', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 8.64e15 }), { minLength: 1, maxLength: 50 }),
          async (times) => {
            const rows = await db.query<{ a: number; b: number }>(
              `SELECT ${us(ts('v'))} AS a, v AS b FROM unnest($1::int8[]) AS v`,
              [times],
            );
            expect(rows.map((r) => r.a)).toEqual(times);
          },
        ),
        { numRuns: 20 },
      );
    });

    check('a transaction is all or nothing', async () => {
      await db.transaction((tx) => tx.query('INSERT INTO ct VALUES (1, 1)'), { priority: 'write' });
      const failed = db.transaction(async (tx) => {
        await tx.query('INSERT INTO ct VALUES (2, 2)');
        throw new Error('mine');
      });
      await expect(failed).rejects.toThrow('mine');
      expect(await db.query('SELECT id FROM ct ORDER BY id')).toEqual([{ id: 1 }]);
    });

    check('a transaction whose error was swallowed does not pass for a committed one', async () => {
      const swallowed = db.transaction(async (tx) => {
        await tx.query('INSERT INTO ct VALUES (3, 3)');
        await tx.query('SELECT 1/0').catch(() => {});
      });
      expect(await code(swallowed)).toBe('request.invalid');
      expect(await db.query('SELECT id FROM ct WHERE id = 3')).toEqual([]);
    });

    check('a transaction cannot be used when it is over', async () => {
      let late: (() => Promise<unknown>) | undefined;
      await db.transaction(async (tx) => {
        late = () => tx.query('SELECT 1');
      });
      expect(await code(late!())).toBe('internal');
    });

    check('concurrent transactions do not mix', async () => {
      await db.query('INSERT INTO ct VALUES (10, 0) ON CONFLICT (id) DO UPDATE SET n = 0');
      const add = () =>
        db.transaction(async (tx) => {
          const [row] = await tx.query<{ n: number }>('SELECT n FROM ct WHERE id = 10 FOR UPDATE');
          await tx.query('UPDATE ct SET n = $1 WHERE id = 10', [row!.n + 1]);
        });
      await Promise.all(Array.from({ length: 25 }, add));
      expect(await db.query('SELECT n FROM ct WHERE id = 10')).toEqual([{ n: 25 }]);
    });

    check('errors have their codes', async () => {
      await db.query('INSERT INTO ct VALUES (20, 0) ON CONFLICT DO NOTHING');
      expect(await code(db.query('INSERT INTO ct VALUES (20, 0)'))).toBe('request.conflict');
      expect(await code(db.query('SELECT * FROM no_such_table'))).toBe('store.schema');
      expect(await code(db.query("SELECT 'x'::int"))).toBe('request.invalid');
      expect(await code(db.transaction((tx) => tx.query('DELETE FROM ct'), { readOnly: true }))).toBe(
        'store.unavailable',
      );
      expect(await db.query('SELECT 1 AS still')).toEqual([{ still: 1 }]);
    });

    check('a transaction that takes too long is rolled back', async () => {
      const hung = db.transaction(
        async (tx) => {
          await tx.query('INSERT INTO ct VALUES (30, 0)');
          await new Promise(() => {});
        },
        { timeoutMs: 50 },
      );
      expect(await code(hung)).toBe('store.timeout');
      expect(await db.query('SELECT id FROM ct WHERE id = 30')).toEqual([]);
    });

    const encoded = (rows: number): Uint8Array => {
      const encoder = new CopyEncoder(16);
      const values = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? Number.NaN : i / 3));
      const quality = Uint8Array.from(values, (_, i) => (i % 7 === 0 ? 129 : 0));
      encoder.samples({
        signalId: 5,
        t0Us: 1_790_000_000_000_001,
        dtUs: 1_003,
        offsetsUs: null,
        values,
        quality,
      });
      return encoder.finish();
    };
    const columns = ['ts', 'signal_id', 'value', 'quality'];
    const types = ['timestamptz', 'int4', 'float8', 'int2'] as const;

    check('binary COPY goes in and comes out the same', async () => {
      const rows = 45_000;
      expect(await db.transaction((tx) => tx.copyIn('ct_copy', columns, encoded(rows)))).toBe(rows);
      let seen = 0;
      for await (const chunk of decodeColumns(
        db.copyOut('SELECT * FROM ct_copy ORDER BY ts'),
        types,
        1_000,
      )) {
        const [t, id, value, quality] = chunk.columns;
        for (let i = 0; i < chunk.rows; i++, seen++) {
          const bad = seen % 7 === 0;
          if (t![i] !== 1_790_000_000_000_001 + seen * 1_003 || id![i] !== 5) throw new Error(`row ${seen}`);
          if (!Object.is(value![i], bad ? Number.NaN : seen / 3) || quality![i] !== (bad ? 129 : 0)) {
            throw new Error(`value of row ${seen}`);
          }
        }
      }
      expect(seen).toBe(rows);
    });

    check('a COPY that fails leaves nothing and a usable connection', async () => {
      const before = await db.query('SELECT count(*) AS n FROM ct_copy');
      const broken = encoded(100).slice(0, -3);
      expect(await code(db.transaction((tx) => tx.copyIn('ct_copy', columns, broken)))).toBe(
        'request.invalid',
      );
      expect(await code(db.transaction((tx) => tx.copyIn('ct_none', columns, encoded(1))))).toBe(
        'store.schema',
      );
      expect(await db.query('SELECT count(*) AS n FROM ct_copy')).toEqual(before);
    });

    check('a reader may leave in the middle, be slow, or ask for nonsense', async () => {
      const sql = 'SELECT i::int4, i::float8 FROM generate_series(1, 200000) AS i';
      for await (const _ of decodeColumns(db.copyOut(sql), ['int4', 'float8'])) break;
      let rows = 0;
      let sum = 0;
      for await (const chunk of decodeColumns(db.copyOut(sql), ['int4', 'float8'])) {
        // others get their turn while this reader is slow
        expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
        rows += chunk.rows;
        sum += chunk.columns[0]!.reduce((a, b) => a + b, 0);
      }
      expect([rows, sum]).toEqual([200_000, (200_000 * 200_001) / 2]);
      const nonsense = async () => {
        for await (const _ of db.copyOut('SELECT nonsense')) break;
        for await (const _ of db.copyOut('SELECT nonsense'));
      };
      expect(await code(nonsense())).toBe('store.schema');
      expect(await code(decodeAll(db, 'SELECT 1/(3-i)::int4 FROM generate_series(1, 5) AS i'))).toBe(
        'request.invalid',
      );
      expect(await decodeAll(db, 'SELECT 1::int4 WHERE false')).toBe(0);
    });

    check('several statements at once', async () => {
      await db.exec(
        "SELECT 1; CREATE TABLE IF NOT EXISTS ct_exec (a int); COMMENT ON TABLE ct_exec IS 'a;b'",
      );
      expect(await code(db.exec('SELECT 1; SELECT * FROM no_such_table'))).toBe('store.schema');
    });
  });
}

async function decodeAll(db: Database, sql: string): Promise<number> {
  let rows = 0;
  for await (const chunk of decodeColumns(db.copyOut(sql), ['int4'])) rows += chunk.rows;
  return rows;
}
