/**
 * The embedded system as a user runs it, measured from outside of its parts, in one run:
 * - rows/s from the agent (a process of its own, as fast as its outbox takes them) over MQTT, bridge, log and landing
 *   to rows in the store;
 * - the time from a sample taken to its row queryable, at 10,000 samples/s in real time.
 *
 *   node bench/pipeline/embedded.ts [million samples] [seconds of latency]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, silentLogger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import { localSettings } from '@loadcycle/local/settings';
import { type RunningSystem, startSystem } from '@loadcycle/local/system';
import { Health, Registry } from '@loadcycle/service';
import { waitFor } from '../../tests/support/local-process.ts';

const RATE_HZ = 10_000;
const PROBE_MS = 4;

interface Lab {
  readonly system: RunningSystem;
  readonly folder: string;
  stop(): Promise<void>;
}

async function startLab(args: readonly string[]): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-'));
  const closers: (() => Promise<void> | void)[] = [];
  const all = ['--data-dir', folder, '--http-port', '0', '--mqtt-port', '0', ...args];
  const system = await startSystem({
    settings: readSettings(localSettings, all, {})!,
    log: silentLogger,
    health: new Health(),
    registry: new Registry(),
    onStop: (_name, close) => void closers.push(close),
  });
  return {
    system,
    folder,
    async stop() {
      for (const close of closers.reverse()) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const countRows = async (db: Database): Promise<number> =>
  (await db.query<{ rows: number }>('SELECT coalesce(sum(count), 0) AS rows FROM batch'))[0]!.rows;

export interface PipelineFigures {
  rowsPerS: number;
  /** CPU-seconds of the process with everything but the agent for a million samples */
  systemCpuSPerMillion: number;
}

/** Agent → MQTT → bridge → log → landing → row, `millions` of samples. */
async function measurePipeline(millions: number): Promise<PipelineFigures> {
  const lab = await startLab(['--device', 'false', '--mqtt-anonymous', 'publish']);
  const limit = millions * 1e6;
  try {
    const file = join(lab.folder, 'agent.json');
    const source = { kind: 'simulate', signal: 'v', rateHz: RATE_HZ, batchSize: 500, pace: 'max', limit };
    writeFileSync(file, JSON.stringify({ site: 'bench', device: 'agent', sources: [source] }));
    const cpu = process.cpuUsage();
    const started = performance.now();
    const agent = spawn(
      process.execPath,
      [
        join(import.meta.dirname, '../../edge-agent/main.ts'),
        ...['run', '--config', file],
        ...[
          '--mqtt-url',
          `mqtt://127.0.0.1:${lab.system.mqttPort}`,
          '--data-dir',
          join(lab.folder, 'device'),
        ],
        ...['--health-port', '0', '--log-level', 'warn'],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const ended = once(agent, 'exit');
    await waitFor('every row', async () => (await countRows(lab.system.database)) >= limit, 600_000);
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(cpu);
    agent.kill('SIGTERM');
    await ended;
    return {
      rowsPerS: limit / seconds,
      systemCpuSPerMillion: (used.user + used.system) / 1e6 / millions,
    };
  } finally {
    await lab.stop();
  }
}

export interface LatencyFigures {
  /** ms from a sample's own time to the first query that saw its row */
  p50: number;
  p99: number;
  max: number;
  samples: number;
}

/** Looks every few ms how far the rows have come; each sample counts with the first look that found it. */
async function measureLatency(seconds: number): Promise<LatencyFigures> {
  const lab = await startLab(['--rate-hz', String(RATE_HZ)]);
  const dtUs = 1e6 / RATE_HZ;
  const latencies: number[] = [];
  try {
    const newest = async (since: number): Promise<number | null> => {
      const [row] = await lab.system.database.query<{ newest: number | null }>(
        `SELECT ${us('max(ts)')} AS newest FROM sample
         WHERE signal_id = 1 AND ts > timestamptz 'epoch' + $1 * interval '1 microsecond'`,
        [since],
      );
      return row?.newest ?? null;
    };
    let seen = await waitFor('a first row', () => newest(0));
    // what piles up while everything starts is not what a running system shows
    const warm = performance.now() + 3000;
    const end = warm + seconds * 1000;
    while (performance.now() < end) {
      const at = await newest(seen);
      const nowUs = (performance.timeOrigin + performance.now()) * 1000;
      if (at !== null) {
        if (performance.now() > warm) {
          for (let t = seen + dtUs; t <= at; t += dtUs) latencies.push((nowUs - t) / 1000);
        }
        seen = at;
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    }
  } finally {
    await lab.stop();
  }
  latencies.sort((a, b) => a - b);
  const at = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))]!;
  return { p50: at(0.5), p99: at(0.99), max: at(1), samples: latencies.length };
}

if (import.meta.main) {
  const [millions = 2, seconds = 15] = process.argv.slice(2).map(Number);
  const pipeline = await measurePipeline(millions);
  console.log(
    `embedded pipeline, agent to row   ${Math.round(pipeline.rowsPerS).toLocaleString('en-US')} rows/s` +
      `   (${pipeline.systemCpuSPerMillion.toFixed(2)} CPU-s a million, agent apart)`,
  );
  const latency = await measureLatency(seconds);
  console.log(
    `sample taken to row queryable, ${RATE_HZ.toLocaleString('en-US')} samples/s   ` +
      `p50 ${latency.p50.toFixed(0)} ms   p99 ${latency.p99.toFixed(0)} ms   max ${latency.max.toFixed(0)} ms` +
      `   (${latency.samples.toLocaleString('en-US')} samples)`,
  );
}
