/**
 * The dashboard's queries and exports through HTTP, each beside the same question asked of the store itself.
 *
 *   node bench/api/api.ts [million rows]
 *
 * The embedded store with 2 million rows; LOADCYCLE_TEST_DATABASE_URL names a server, which gets 100 million.
 */
import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import type { Database } from '@loadcycle/database/port';
import { type Filled, fill } from './fill.ts';
import { openEmbeddedStore, openNativeStore, Peak } from './service.ts';

const server = process.env['LOADCYCLE_TEST_DATABASE_URL'] ?? '';
const native = server !== '';
const millions = Number(process.argv[2] ?? (native ? 100 : 2));
const REPEATS = 200;
const store = native ? await openNativeStore(server) : await openEmbeddedStore();
const { reader } = store;
const started = performance.now();
const filled = await fill(store.db, millions * 1e6, Math.floor(Date.now() / 1000) * 1e6);
console.log(
  `${native ? 'native' : 'embedded'} store, ${millions} million rows at 1 kHz, ${filled.cycles} cycles`,
);
console.log(`filled and aggregated in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
const SIGNAL = '/v1/sites/bench/devices/motor/signals/voltage';
const iso = (us: number): string => encodeURIComponent(new Date(us / 1000).toISOString());
const agent = new Agent({ keepAlive: true });
let api = await store.start();

function ask(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${api.token}`, 'accept-encoding': 'gzip' };
    get(`${api.url}${path}`, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (d: Buffer) => {
        bytes += d.byteLength;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${response.statusCode}`)),
      );
    }).on('error', reject);
  });
}

async function times(work: (i: number) => Promise<unknown>): Promise<{ p50: number; p99: number }> {
  const ms: number[] = [];
  for (let i = 0; i < REPEATS + 20; i++) {
    const at = performance.now();
    await work(i);
    if (i >= 20) ms.push(performance.now() - at);
  }
  ms.sort((a, b) => a - b);
  return { p50: ms[Math.floor(REPEATS * 0.5)]!, p99: ms[Math.floor(REPEATS * 0.99)]! };
}

const show = (n: number): string => n.toFixed(1).padStart(8);
const M15 = 900e6;
const DAY = Math.min(86_400e6, filled.toUs - filled.fromUs);
/** A range of this length that ends a little earlier each time, so that nothing is asked twice. */
const ending = (i: number, spanUs: number): { from: number; to: number } => {
  const to = filled.toUs - 61e6 - i * 37_000;
  return { from: Math.max(filled.fromUs, to - spanUs), to };
};
const lit = (us: number): string => `timestamptz '${new Date(us / 1000).toISOString()}'`;

interface Query {
  readonly name: string;
  readonly path: (i: number) => string;
  /** the least that the store must do for it */
  readonly sql: (i: number) => string;
}

const range = (i: number, spanUs: number): string => {
  const { from, to } = ending(i, spanUs);
  return `from=${iso(from)}&to=${iso(to)}`;
};
const where = (i: number, spanUs: number, column: string): string => {
  const { from, to } = ending(i, spanUs);
  return `signal_id = ${filled.signalId} AND ${column} >= ${lit(from)} AND ${column} < ${lit(to)}`;
};
const QUERIES: Query[] = [
  {
    name: '15 min in 2,000 points',
    path: (i) => `${SIGNAL}/samples?${range(i, M15)}&points=2000`,
    sql: (i) => `SELECT bucket, min, max FROM sample_1s WHERE ${where(i, M15, 'bucket')} ORDER BY bucket`,
  },
  {
    name: `${(DAY / 3600e6).toFixed(1)} h in 2,000 points`,
    path: (i) => `${SIGNAL}/samples?${range(i, DAY)}&points=2000`,
    sql: (i) => `SELECT bucket, min, max FROM sample_1m WHERE ${where(i, DAY, 'bucket')} ORDER BY bucket`,
  },
  {
    name: '1,000 cycles',
    path: (i) => `${SIGNAL}/cycles?${range(i, 2000e6)}&limit=1000`,
    sql: (i) => `SELECT * FROM cycle WHERE ${where(i, 2000e6, 'started_at')} ORDER BY started_at LIMIT 1000`,
  },
  {
    name: 'cycle metrics by 5 min',
    path: (i) => `${SIGNAL}/cycles/metrics?${range(i, DAY)}&bucket=5m`,
    sql: (i) => `SELECT * FROM cycle_1m WHERE ${where(i, DAY, 'bucket')} ORDER BY bucket`,
  },
  {
    name: '1,000 raw samples',
    path: (i) => `${SIGNAL}/samples?${range(i, 1e6)}&limit=1000`,
    sql: (i) => `SELECT ts, value, quality FROM sample WHERE ${where(i, 1e6, 'ts')} ORDER BY ts`,
  },
];

console.log(`${'ms'.padEnd(28)}     p50     p99 | store p50     p99 |  ratio (aim: p99 below 50 ms)`);
for (const q of QUERIES) {
  const http = await times((i) => ask(q.path(i)));
  const bare = await times((i) => reader.query(q.sql(i)));
  const ratio = (http.p50 / bare.p50).toFixed(2);
  console.log(
    `${q.name.padEnd(28)}${show(http.p50)}${show(http.p99)} |${show(bare.p50)}${show(bare.p99)} | ${ratio.padStart(6)}`,
  );
}

async function bareCopyOut(db: Database, f: Filled): Promise<number> {
  const at = performance.now();
  let bytes = 0;
  const step = 100_000 * 1000;
  for (let from = f.fromUs; from < f.toUs; from += step) {
    const sql = `SELECT ts, value, quality FROM sample WHERE signal_id = ${f.signalId} AND ts >= ${lit(from)} AND ts < ${lit(Math.min(from + step, f.toUs))} ORDER BY ts`;
    for await (const piece of db.copyOut(sql)) bytes += piece.byteLength;
  }
  if (bytes < f.rows * 30) throw new Error(`${bytes} bytes are fewer than the rows have`);
  return f.rows / ((performance.now() - at) / 1000);
}

/** Landing's wait for one small write after another, while somebody exports. */
async function waits(until: Promise<unknown>): Promise<{ count: number; p99: number; max: number }> {
  let running = true;
  void until.finally(() => {
    running = false;
  });
  const ms: number[] = [];
  while (running) {
    const at = performance.now();
    await store.db.transaction((tx) => tx.query(`UPDATE site SET name = name`), { priority: 'write' });
    ms.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  ms.sort((a, b) => a - b);
  return { count: ms.length, p99: ms[Math.floor(ms.length * 0.99)] ?? 0, max: ms.at(-1) ?? 0 };
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
const bareRate = await bareCopyOut(reader, filled);
console.log(
  `\nexport of all rows; the store's own COPY out: ${(bareRate / 1e6).toFixed(2)} million rows/s (the limit)`,
);
for (const [name, accept] of [
  ['NDJSON', 'application/x-ndjson'],
  ['CSV', 'text/csv'],
  ['Arrow', 'application/vnd.apache.arrow.stream'],
] as const) {
  if (native) {
    // from a cold start each
    await api.close();
    api = await store.start();
  }
  const memory = new Peak(api.pid);
  const before = memory.now;
  const url = `${api.url}${SIGNAL}/samples?from=${iso(filled.fromUs)}&to=${iso(filled.toUs)}`;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'drain.ts'), url, accept, api.token], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (d) => {
    output += d;
  });
  const done = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const wait = native ? null : await waits(done);
  await done;
  const { bytes, seconds } = JSON.parse(output) as { bytes: number; seconds: number };
  const rate = filled.rows / seconds;
  const waited =
    wait === null
      ? ''
      : `; landing waited p99 ${wait.p99.toFixed(0)} ms, at most ${wait.max.toFixed(0)} ms of 250 (${wait.count} writes)`;
  console.log(
    `${name.padEnd(7)}${(rate / 1e6).toFixed(2).padStart(6)} million rows/s, ${(rate / bareRate).toFixed(2)} of the limit, ${(bytes / 1e6).toFixed(0)} MB, process ${mb(before)} → at most ${mb(memory.most)} MB${waited}`,
  );
}
await api.close();
await store.close();
