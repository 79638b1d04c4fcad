import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  type AgentChange,
  type Command,
  commandsTopic,
  type DeviceStatus,
  isName,
  LoadcycleError,
  type Logger,
  Receipt,
  receiptsTopic,
  resultsTopic,
  samplesTopic,
  silentLogger,
  statusTopic,
} from '@loadcycle/contract';
import { SourceSettings, type SourceSettingsInput } from '@loadcycle/contract/agent-settings';
import { Clock } from './clock.ts';
import { Commands } from './commands.ts';
import { Delivery } from './delivery.ts';
import { Link, type MqttSettings } from './link.ts';
import { Outbox } from './outbox.ts';
import { RunwayMeter } from './runway.ts';
import { Sampling } from './sampling.ts';
import { makeSource, type Source } from './sources/index.ts';
import { openStore } from './store.ts';
import { Writer } from './writer.ts';

export interface AgentOptions {
  readonly site: string;
  readonly device: string;
  /** holds the outbox, and what the device was told; one agent at a time */
  readonly dataDir: string;
  readonly mqtt: MqttSettings;
  readonly sources: readonly SourceSettingsInput[];
  /** how often open batches are put on disk, and so the most that a power cut can take; default 100, at most 200 */
  readonly flushIntervalMs?: number;
  /** most bytes that the outbox may take on disk; default 1 GiB */
  readonly outboxLimitBytes?: number;
  /** how often the status is told; default 5,000 */
  readonly statusIntervalMs?: number;
  /** a receipt that takes longer is overdue; default 5,000 */
  readonly confirmTimeoutMs?: number;
  /** batches and bytes that may be unconfirmed on the way; default 1,024 and 4 MiB */
  readonly windowBatches?: number;
  readonly windowBytes?: number;
  /** longest waiting time between two tries to connect; default 10,000 */
  readonly maxBackoffMs?: number;
  readonly version?: string;
  readonly log?: Logger;
}

export interface AgentStats {
  readonly session: string;
  readonly connected: boolean;
  readonly sampling: boolean;
  /** samples in finished batches, of this session */
  readonly samples: number;
  /** batches of this session that are on disk or were */
  readonly batches: number;
  /** batches handed to the broker, without those that were sent again */
  readonly published: number;
  readonly resent: number;
  /** batches taken off the disk because a receipt named them */
  readonly confirmed: number;
  /** batches dropped because the disk was full, since the data folder was made */
  readonly dropped: number;
  readonly outbox: { readonly batches: number; readonly bytes: number; readonly diskBytes: number };
  /** next sequence number of each signal */
  readonly signals: readonly { readonly signal: string; readonly seq: number }[];
  readonly error: string | null;
}

export interface RunningAgent {
  readonly session: string;
  /** Resolves when every source has come to its end (a file, a limit) and the log has everything. */
  readonly finished: Promise<void>;
  stats(): AgentStats;
  /** Puts on disk what is being filled, says good-bye, and closes. What is unconfirmed waits on disk. */
  close(): Promise<void>;
}

const DEFAULTS = {
  flushIntervalMs: 100,
  outboxLimitBytes: 1_073_741_824,
  statusIntervalMs: 5_000,
  confirmTimeoutMs: 5_000,
  windowBatches: 1_024,
  windowBytes: 4 * 1_048_576,
  maxBackoffMs: 10_000,
  version: '0.1.0',
};

/** The broker owes an acknowledgement for longer than this: the connection is dead, whatever TCP says. */
const ACK_LIMIT_MS = 30_000;

/** Starts an agent. Throws `settings.invalid`, `name.invalid`, `folder.*` or `source.unavailable` where it cannot. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const o = { ...DEFAULTS, log: silentLogger, ...withoutUndefined(options) };
  const { site, device, log } = o;
  for (const name of [site, device]) {
    if (!isName(name)) throw new LoadcycleError('name.invalid', `"${name}" is no name for a site or device`);
  }
  if (o.flushIntervalMs < 10 || o.flushIntervalMs > 200) {
    throw new LoadcycleError('settings.invalid', 'the flush interval must be from 10 to 200 ms');
  }
  const settings = o.sources.map(parseSource);
  const sources = settings.map(makeSource);
  const session = uuidV7();
  const clock = new Clock();
  const { db, setAside } = openStore(o.dataDir, log);
  try {
    return compose(o, { settings, sources, session, clock, db, setAside });
  } catch (error) {
    db.close();
    for (const source of sources) await source.close();
    throw error;
  }
}

interface Parts {
  readonly settings: SourceSettings[];
  readonly sources: Source[];
  readonly session: string;
  readonly clock: Clock;
  readonly db: DatabaseSync;
  readonly setAside: string | null;
}

function compose(
  o: typeof DEFAULTS & AgentOptions & { log: Logger },
  { settings, sources, session, clock, db, setAside }: Parts,
): RunningAgent {
  const { site, device, log } = o;
  const outbox = new Outbox(db, o.outboxLimitBytes);
  const steadyMs = (): number => clock.monotonicUs() / 1000;

  const delivery = new Delivery({
    outbox,
    windowBatches: o.windowBatches,
    windowBytes: o.windowBytes,
    confirmTimeoutMs: o.confirmTimeoutMs,
    nowMs: steadyMs,
    publish: (batch, acknowledged) =>
      link.send(samplesTopic({ site, device, signal: batch.signal }), batch.payload, acknowledged),
  });
  const writer = new Writer({ outbox, delivery, session, flushIntervalMs: o.flushIntervalMs, log });
  const sampling = new Sampling({ sources, settings, writer, clock, db, log, onChange: () => tellStatus() });
  const commands = new Commands({
    db,
    execute: (command) => execute(command, sampling),
    tell: (result) => link.publish(resultsTopic({ site, device }), JSON.stringify(result)),
    nowUs: () => clock.nowUs(),
    log,
  });

  const runway = new RunwayMeter();
  const status = (state: 'online' | 'offline'): DeviceStatus => ({
    state,
    at: clock.nowUs(),
    version: o.version,
    session,
    sampling: state === 'online' && sampling.on,
    signals: sampling.signals.map(({ signal, unit, rateHz }) => ({
      signal,
      unit,
      rateHz,
      seq: writer.seq(signal),
    })),
    outbox: runway.measure(
      {
        batches: outbox.batches,
        bytes: outbox.bytes,
        diskBytes: outbox.diskBytes,
        diskLimitBytes: outbox.diskLimitBytes,
        totalBytes: writer.totalBytes,
      },
      steadyMs(),
      clock.nowUs(),
    ),
    dropped: outbox.dropped,
    ...(problem() === null ? {} : { error: problem()! }),
  });
  const problem = (): string | null =>
    writer.problem ??
    sampling.problem ??
    (setAside === null ? null : `the outbox was damaged and set aside: ${setAside}`);
  let lastTold = '';
  function tellStatus(): void {
    if (!link.up) return;
    lastTold = changesOf();
    link.publish(statusTopic({ site, device }), JSON.stringify(status('online')), true).catch(() => {});
  }
  const changesOf = (): string => JSON.stringify([problem(), outbox.dropped, sampling.on, sampling.signals]);

  const link = new Link({
    mqtt: o.mqtt,
    clientId: o.mqtt.clientId ?? `loadcycle-${site}-${device}`,
    topics: [receiptsTopic({ site, device }), commandsTopic({ site, device })],
    will: () => ({ topic: statusTopic({ site, device }), payload: JSON.stringify(status('offline')) }),
    onUp: () => {
      tellStatus();
      // receipts that waited at the broker: what they name must not be sent again
      writer.flush();
      delivery.connected();
      commands.tellAgain();
    },
    onDown: () => delivery.disconnected(),
    onMessage: (topic, payload) => {
      if (topic === commandsTopic({ site, device })) commands.receive(payload);
      else takeReceipt(payload);
    },
    log,
    maxBackoffMs: o.maxBackoffMs,
  });

  function takeReceipt(payload: Uint8Array): void {
    const receipt = Receipt.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    if (!receipt.success) log.warn({ code: 'message.invalid-field' }, 'a receipt that makes no sense');
    // both stages mean that the log has it
    else writer.confirm(receipt.data);
  }

  writer.start();
  link.start();
  sampling.start();
  const timers = [
    setInterval(() => {
      const stepUs = clock.checkWall();
      if (stepUs === null) return;
      log.warn({ stepUs }, `the wall clock has stepped by ${stepUs / 1e6} s: new batches begin`);
    }, o.flushIntervalMs),
    setInterval(
      () => {
        if (delivery.tick() > ACK_LIMIT_MS) link.drop('the broker does not acknowledge any more');
      },
      Math.min(500, o.confirmTimeoutMs / 4),
    ),
    setInterval(tellStatus, o.statusIntervalMs),
    setInterval(() => {
      if (changesOf() !== lastTold) tellStatus();
    }, 250),
  ];
  const finished = sampling.finished.then(() => writer.drained());

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await sampling.stop();
    await commands.idle();
    for (const timer of timers) clearInterval(timer);
    writer.stop();
    await Promise.race([
      link.publish(statusTopic({ site, device }), JSON.stringify(status('offline')), true).catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
    await link.close();
    for (const source of sources) await source.close();
    last = stats();
    db.close();
  }
  let last: AgentStats | null = null;
  const stats = (): AgentStats => ({
    session,
    connected: link.up,
    sampling: sampling.on,
    samples: writer.samples,
    batches: writer.batches,
    confirmed: writer.confirmed,
    published: delivery.stats.published,
    resent: delivery.stats.resent,
    dropped: outbox.dropped,
    outbox: { batches: outbox.batches, bytes: outbox.bytes, diskBytes: outbox.diskBytes },
    signals: sampling.signals.map(({ signal }) => ({ signal, seq: writer.seq(signal) })),
    error: problem(),
  });
  return {
    session,
    finished,
    stats: () => last ?? stats(),
    close: () => (closing ??= close()),
  };
}

async function execute(command: Command, sampling: Sampling): Promise<void> {
  if (command.action === 'start') await sampling.turn(true);
  else if (command.action === 'stop') await sampling.turn(false);
  else await sampling.change(command.changes as AgentChange[]);
}

function parseSource(input: SourceSettingsInput): SourceSettings {
  const parsed = SourceSettings.safeParse(input);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ');
  throw new LoadcycleError('settings.invalid', `source: ${why}`);
}

function withoutUndefined<T extends object>(o: T): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;
}

/** RFC 9562, version 7: 48 bits of Unix milliseconds, then random. */
export function uuidV7(nowMs = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
