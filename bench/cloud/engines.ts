import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../../tests/support/kafka.ts';
import { type RunningMosquitto, startMosquitto } from '../../tests/support/mosquitto.ts';
import { openOnServer, type ServerDatabase } from '../../tests/support/server-database.ts';
import { cpuS, type Program, startProgram } from '../bridge/processes.ts';
import type { LoadArgument, Published } from './load.ts';
import type { LoadPlan } from './packets.ts';

export type LogKind = 'kafkajs' | 'platformatic';

/** Real engines, fresh for one measurement: what one leaves behind must not meet the next. */
export interface Engines {
  readonly mosquitto: RunningMosquitto;
  readonly kafka: RunningKafka;
  readonly store: ServerDatabase;
  readonly folder: string;
}

const ROOT = join(import.meta.dirname, '../..');
/** as in deploy/mosquitto/mosquitto.conf, but for TLS and passwords */
const BROKER = 'autosave_interval 5\nmax_inflight_messages 0\nmax_queued_messages 1000000\nlog_type error\n';

/** Why this machine has not all that it takes; null where it has. */
export class Lacking extends Error {}

export async function withEngines<T>(work: (engines: Engines) => Promise<T>): Promise<T> {
  const url = process.env['LOADCYCLE_TEST_DATABASE_URL'] ?? '';
  if (url === '') throw new Lacking('LOADCYCLE_TEST_DATABASE_URL names no server with TimescaleDB');
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-cloud-'));
  const closers: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const mosquitto = await startMosquitto({ folder: join(folder, 'mosquitto'), config: BROKER });
    if (mosquitto === null) throw new Lacking('mosquitto is not installed');
    closers.push(() => mosquitto.stop());
    let lack = '';
    const kafka = await startKafka({ folder: join(folder, 'kafka'), onLack: (why) => (lack = why) });
    if (kafka === null) throw new Lacking(lack);
    closers.push(() => kafka.stop());
    const store = await openOnServer(url);
    closers.push(() => store.close());
    return await work({ mosquitto, kafka, store, folder });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

const NODE_FLAGS = (process.env['LOADCYCLE_BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

function startService(file: string, environment: Record<string, string>): Program {
  const common = { LOADCYCLE_HEALTH_PORT: '0', LOADCYCLE_LOG_LEVEL: 'info' };
  return startProgram([...NODE_FLAGS, join(ROOT, file)], { ...common, ...environment });
}

/** The bridge as a process of its own, all its connections subscribed. */
export async function startBridgeProcess(
  { mosquitto, kafka }: Engines,
  kind: LogKind,
  { name = 'bridge-0', connections = 1, share = null as string | null } = {},
): Promise<Program> {
  const bridge = startService('broker-bridge/main.ts', {
    LOADCYCLE_MQTT_URL: mosquitto.url,
    LOADCYCLE_LOG_KIND: kind,
    LOADCYCLE_KAFKA_BROKERS: kafka.brokers,
    LOADCYCLE_CONNECTIONS: String(connections),
    LOADCYCLE_INSTANCE: name,
    ...(share === null ? {} : { LOADCYCLE_MQTT_SHARE: share }),
  });
  for (let c = 0; c < connections; c++) {
    await bridge.line((l) => l.includes('"subscribed"') && l.includes(`"${name}-${c}"`));
  }
  return bridge;
}

/** Landing as a process of its own; it is there when its first rows are. */
export function startLandingProcess({ kafka, store }: Engines, kind: LogKind): Program {
  return startService('processors/landing/main.ts', {
    LOADCYCLE_LOG_KIND: kind,
    LOADCYCLE_KAFKA_BROKERS: kafka.brokers,
    LOADCYCLE_DATABASE_URL: store.url,
  });
}

export async function endService(program: Program): Promise<void> {
  program.child.kill('SIGTERM');
  await program.line((l) => l === '(exit)');
}

export function startLoad(argument: LoadArgument): Program {
  return startProgram([join(import.meta.dirname, 'load.ts'), JSON.stringify(argument)]);
}

export interface PreparedLoad {
  readonly pid: number;
  /** Sends all; resolves when all is acknowledged. */
  send(): Promise<Published>;
}

/** A publisher with every packet made. */
export async function prepareLoad(plan: Omit<LoadPlan, 'session'>): Promise<PreparedLoad> {
  const program = startLoad({ publish: { ...plan, session: randomUUID() } });
  await program.line((l) => l === 'ready');
  return {
    pid: program.pid,
    async send() {
      program.child.kill('SIGUSR2');
      return JSON.parse(await program.line((l) => l.includes('cpuS'))) as Published;
    },
  };
}

/** CPU of landing's connections at the server, where that runs on this machine; seconds so far. */
export async function storeCpuS({ store }: Engines, application: string): Promise<number | null> {
  const rows = await store.db.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [application],
  );
  try {
    return rows.reduce((sum, { pid }) => sum + cpuS(pid), 0);
  } catch {
    return null;
  }
}

export const load = (): string => `load average ${loadavg()[0]!.toFixed(1)}`;
export const seconds = (since: number): number => (performance.now() - since) / 1e3;
export const whole = (n: number): string => Math.round(n).toLocaleString('en');

/** `figure (limit)`, and whether it is kept. */
export function against(figure: number, limit: number, kind: 'least' | 'most', digits: number): string {
  const kept = kind === 'least' ? figure >= limit : figure <= limit;
  return `${figure.toFixed(digits)} (at ${kind} ${limit}${kept ? '' : ': missed'})`;
}
