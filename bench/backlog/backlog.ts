/**
 * Memory of landing and cycles while they drain what waits in Kafka: constant signals, noise, one sample a message. The most
 * that each process ever had resident (VmHWM), beside the limit. Processes of this machine with the heap that Node takes in
 * a container of 512 MB. What waits by default is drained in a few minutes; `LOADCYCLE_BACKLOG_MB` says how much of each instead,
 * unpacked (10000 for hours), `LOADCYCLE_BACKLOG_SHAPES` which of them, and `LOADCYCLE_LOG_KIND` by which client.
 * `LOADCYCLE_BACKLOG_IMAGE` runs them as containers of this image instead, with the compose file's memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { composeServices } from '../../tests/cloud-compose.ts';
import { startKafka } from '../../tests/support/kafka.ts';
import { openOnServer, type ServerDatabase } from '../../tests/support/server-database.ts';
import { type Program, startProgram } from '../bridge/processes.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIMIT_MB = 400;
const HEAP_MB = 256;
const DEVICES = 20;
const kinds = process.env['LOADCYCLE_LOG_KIND']?.split(',') ?? ['platformatic', 'kafkajs'];

const SHAPES: Record<string, { megabytes: number; samples: number; value: () => number }> = {
  constant: { megabytes: 500, samples: 1_000, value: () => 230.5 },
  noise: { megabytes: 250, samples: 1_000, value: () => 231 + Math.random() },
  single: { megabytes: 40, samples: 1, value: () => Math.round(Math.random() * 1e4) / 100 },
};
const shapes = process.env['LOADCYCLE_BACKLOG_SHAPES']?.split(',') ?? Object.keys(SHAPES);
/** as the image has it */
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' };
const image = process.env['LOADCYCLE_BACKLOG_IMAGE'];
const size = process.env['LOADCYCLE_BACKLOG_MB'];

async function fill(log: EventLog, shape: (typeof SHAPES)[string]): Promise<number> {
  const { samples, value } = shape;
  const most = Number(size ?? shape.megabytes) * 1e6;
  const t0Us = Date.now() * 1000 - 86_400_000_000;
  const session = crypto.randomUUID();
  let bytes = 0;
  for (let seq = 0; bytes < most; ) {
    const records: NewRecord[] = [];
    for (const until = seq + Math.ceil(2_000 / samples) + 20; seq < until; seq++) {
      for (let device = 0; device < DEVICES; device++) {
        const payload = encodeBatch({
          session,
          seq,
          unit: 'V',
          t0Us: t0Us + seq * samples * 1000,
          dtUs: 1000,
          offsetsUs: null,
          values: Float64Array.from({ length: samples }, value),
        });
        bytes += payload.byteLength;
        records.push({
          topic: LOG_TOPICS.samples,
          key: `plant/press-${device}/voltage`,
          value: payload,
          headers: {
            [HEADERS.mqttTopic]: `loadcycle/v1/plant/press-${device}/samples/voltage`,
            [HEADERS.contentType]: 'application/vnd.loadcycle.batch+json',
            [HEADERS.receivedAt]: String(Date.now() * 1000),
          },
        });
      }
    }
    await log.append(records);
  }
  return bytes;
}

interface Service {
  readonly program: Program;
  pid(): number;
}

/** landing or cycles, as the compose file starts it. */
function startService(name: 'landing' | 'cycles', env: Record<string, string>): Service {
  const { command, mem_limit: memory } = composeServices()[name]!;
  const main = command!.at(-1)!;
  if (image === undefined) {
    const program = startProgram([`--max-old-space-size=${HEAP_MB}`, join(ROOT, main)], {
      ...MALLOC,
      ...env,
    });
    return { program, pid: () => program.pid };
  }
  const container = `loadcycle-backlog-${name}-${process.pid}`;
  const variables = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const limits = ['--memory', memory!, '--memory-swap', memory!, '--read-only', '--tmpfs', '/tmp'];
  const run = ['run', '--rm', '--name', container, '--network', 'host', ...limits, ...variables];
  const program = startProgram([...run, image, 'node', main], {}, 'docker');
  const inspect = ['inspect', '--format', '{{.State.Pid}}', container];
  return { program, pid: () => Number(execFileSync('docker', inspect, { encoding: 'utf8' })) };
}

/** The most that a process had resident so far, MB. */
const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

async function drained(log: EventLog, { db }: ServerDatabase, consumers: readonly string[]): Promise<void> {
  const ends = await log.ends([LOG_TOPICS.samples]);
  const end = ends.reduce((sum, e) => sum + e.end, 0) * consumers.length;
  for (;;) {
    const [row] = await db.query<{ next: number }>(
      'SELECT coalesce(sum(next), 0)::float8 AS next FROM consumer_offset WHERE consumer = ANY($1) AND topic = $2',
      [consumers, LOG_TOPICS.samples],
    );
    if (row!.next >= end) return;
    await delay(250);
  }
}

async function measure(kind: string, shape: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-bench-backlog-'));
  const closers: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const kafka = await startKafka({ folder, onLack: (why) => console.log(`left out: ${why}`) });
    if (kafka === null) return true;
    closers.push(() => kafka.stop());
    const store = await openOnServer(process.env['LOADCYCLE_TEST_DATABASE_URL']!);
    closers.push(() => store.close());
    const log = await openPlatformatic({ brokers: [kafka.brokers], log: silentLogger });
    closers.push(() => log.close());
    await log.ensureTopics(
      Object.values(LOG_TOPICS).map((topic) => ({ topic, partitions: 6, retentionMs: null })),
    );
    const bytes = await fill(log, SHAPES[shape]!);
    const started = performance.now();
    const services = (['landing', 'cycles'] as const).map((name) =>
      startService(name, {
        LOADCYCLE_LOG_KIND: kind,
        LOADCYCLE_KAFKA_BROKERS: kafka.brokers,
        LOADCYCLE_DATABASE_URL: store.url,
        LOADCYCLE_HEALTH_PORT: '0',
      }),
    );
    closers.push(async () => {
      for (const { program } of services) {
        program.child.kill('SIGTERM');
        await program.line((l) => l === '(exit)');
      }
    });
    const dead = services.map(({ program }) =>
      program
        .line((l) => l === '(exit)')
        .then(() => Promise.reject(new Error('a service died while it drained'))),
    );
    for (const d of dead) d.catch(() => {});
    await Promise.race([drained(log, store, ['landing', 'cycles']), ...dead]);
    const seconds = (performance.now() - started) / 1000;
    const peaks = services.map(({ pid }) => peakMb(pid()));
    const [landing, cycles] = peaks.map((mb) => Math.round(mb));
    console.log(
      `${kind}${image === undefined ? '' : ' in containers'}, ${shape}: ${Math.round(bytes / 1e6)} MB drained in ${seconds.toFixed(0)} s; most resident: landing ${landing} MB, cycles ${cycles} MB (limit ${LIMIT_MB})`,
    );
    return peaks.every((mb) => mb < LIMIT_MB);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

if ((process.env['LOADCYCLE_TEST_DATABASE_URL'] ?? '') === '') {
  console.log('left out: LOADCYCLE_TEST_DATABASE_URL names no server with TimescaleDB');
} else {
  for (const kind of kinds) {
    for (const shape of shapes) {
      if (!(await measure(kind, shape))) process.exitCode = 1;
    }
  }
}
