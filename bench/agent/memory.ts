/**
 * The agent's memory at 10,000 samples/s with a day's outbox on disk, run as its systemd unit runs it.
 *
 *     node bench/agent/memory.ts [HOURS]      how much waits on disk; default 1, a day takes 6 GB and some minutes
 *
 * First the outbox is filled, in the form that the agent itself would have left. Then the program samples without
 * a broker, and then it sends everything to one, with receipts. Each row has the largest resident set so far, what of
 * it is the program's own (the rest are pages of the Node binary and files, which the system may drop), and the CPU.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeBatch } from '@loadcycle/codecs';
import { addSeq, parseTopic, receiptsTopic, type SeqRanges, silentLogger } from '@loadcycle/contract';
import { uuidV7 } from '@loadcycle/edge-agent';
import { Batcher } from '@loadcycle/edge-agent/batcher';
import { type NewBatch, Outbox } from '@loadcycle/edge-agent/outbox';
import { Waveform } from '@loadcycle/edge-agent/sources/waveform';
import { openStore } from '@loadcycle/edge-agent/store';
import { Aedes } from 'aedes';

const RATE_HZ = 10_000;
const LIMIT_MB = 100;
/** no receipt within so long: the rest of the backlog is not waited for */
const DRAIN_S = 60;
const root = join(import.meta.dirname, '../..');
const hours = Number(process.argv[2] ?? 1);

/** Flags and environment of the service, so that what is measured is what runs on a device. */
function fromUnit(): { flags: string[]; env: Record<string, string> } {
  const unit = readFileSync(join(root, 'deploy/edge/loadcycle-agent.service'), 'utf8');
  const flags = /^ExecStart=\S+ (.*?) edge-agent/m.exec(unit)![1]!.split(' ');
  const env = Object.fromEntries([...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map((m) => [m[1]!, m[2]!]));
  return { flags, env };
}

/** A minute of real batches, again and again under new sessions: in form and size what a day would leave. */
function fill(folder: string): { batches: number; bytes: number; seconds: number } {
  const { db } = openStore(join(folder, 'outbox.local.device-1.db'), silentLogger);
  // what is filled here need not survive a power cut
  db.exec('PRAGMA synchronous = OFF');
  const outbox = new Outbox(db, 64e9);
  const minute: NewBatch[] = [];
  const form = { session: uuidV7(), signal: 'motor-voltage', unit: 'V', batchSize: 1000, decimals: 3 };
  const batcher = new Batcher({ ...form, onBatch: (batch) => minute.push(batch) });
  const { values } = new Waveform({ sampleRateHz: RATE_HZ }, 1).next(60 * RATE_HZ);
  batcher.push({ t0Us: Date.now() * 1000, dtUs: 1e6 / RATE_HZ, values });
  const sessionAt = Buffer.from(minute[0]!.payload).indexOf(form.session);
  const started = performance.now();
  for (let i = 0; i < hours * 60; i++) {
    const session = uuidV7();
    for (const { payload } of minute)
      Buffer.from(payload.buffer).write(session, payload.byteOffset + sessionAt);
    outbox.commit(
      minute.map((b) => ({ ...b, session })),
      [],
    );
  }
  const { batches, diskBytes } = outbox;
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  return { batches, bytes: diskBytes, seconds: (performance.now() - started) / 1000 };
}

function memory(child: ChildProcess): { peakMb: number; ownMb: number; cpuS: number } {
  const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const mb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)![1]) / 1024;
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return { peakMb: mb('VmHWM'), ownMb: mb('RssAnon'), cpuS: (Number(stat[11]) + Number(stat[12])) / 100 };
}

let failed = false;
function row(what: string, child: ChildProcess, more = ''): void {
  const { peakMb, ownMb, cpuS } = memory(child);
  if (peakMb > LIMIT_MB) failed = true;
  const verdict = peakMb > LIMIT_MB ? `over ${LIMIT_MB}` : `of ${LIMIT_MB} MB`;
  console.log(
    `  ${what.padEnd(34)} peak ${peakMb.toFixed(0).padStart(4)} MB (${verdict}), own ${ownMb.toFixed(0)} MB, CPU ${cpuS.toFixed(1)} s ${more}`,
  );
}

/** A broker, and the bridge's receipts gathered for 200 ms as it does. */
async function startReceipts(port: number): Promise<{ confirmed: () => number; close: () => Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let confirmed = 0;
  let gathered = new Map<string, { topic: string; session: string; signal: string; seqs: SeqRanges }>();
  aedes.on('publish', (packet) => {
    const topic = parseTopic(packet.topic);
    if (topic?.kind !== 'samples') return;
    const { session, seq } = decodeBatch(packet.payload as Buffer);
    const { signal } = topic;
    const known = gathered.get(session + signal) ?? {
      topic: receiptsTopic(topic),
      session,
      signal,
      seqs: [],
    };
    addSeq(known.seqs, seq);
    confirmed++;
    gathered.set(session + signal, known);
  });
  const timer = setInterval(() => {
    for (const { topic, ...receipt } of gathered.values()) {
      const payload = Buffer.from(JSON.stringify({ stage: 'logged', ...receipt }));
      aedes.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => {});
    }
    gathered = new Map();
  }, 200);
  return {
    confirmed: () => confirmed,
    close: async () => {
      clearInterval(timer);
      server.close();
      await new Promise((resolve) => aedes.close(() => resolve(null)));
    },
  };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-agent-memory-'));
  const { flags, env } = fromUnit();
  const data = join(folder, 'data');
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [...flags, 'edge-agent/main.ts', ...args], {
      cwd: root,
      env: { ...process.env, ...env, NODE_COMPILE_CACHE: join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  let child: ChildProcess | null = null;
  try {
    const filled = fill(data);
    console.log(
      `  outbox: ${hours} h at ${RATE_HZ} samples/s, ${filled.batches} batches, ${(filled.bytes / 1e9).toFixed(2)} GB on disk, filled in ${filled.seconds.toFixed(0)} s`,
    );
    // as the installer does: what is compiled once is at hand afterwards
    await once(start('--help'), 'exit');
    child = start(
      ...['simulate', '--rate', String(RATE_HZ), '--mqtt-url', `mqtt://127.0.0.1:${port}`],
      ...['--outbox-dir', data, '--outbox-limit', '64000000000', '--log-level', 'error'],
    );
    await delay(30_000);
    row('sampling, no broker, 30 s', child);
    const receipts = await startReceipts(port);
    const started = performance.now();
    while (receipts.confirmed() < filled.batches && performance.now() - started < DRAIN_S * 1000)
      await delay(500);
    const seconds = (performance.now() - started) / 1000;
    const rate = ((receipts.confirmed() * 1000) / seconds / RATE_HZ).toFixed(0);
    row(`sending the backlog, ${seconds.toFixed(0)} s`, child, `(${rate} times as fast as it is sampled)`);
    await delay(20_000);
    row('after it, 20 s', child);
    child.kill('SIGTERM');
    await once(child, 'exit');
    await receipts.close();
  } finally {
    if (child !== null && child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
  if (failed) console.log(`  over the limit of ${LIMIT_MB} MB`);
}

await main();
