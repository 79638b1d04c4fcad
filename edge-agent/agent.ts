import type { DatabaseSync } from 'node:sqlite';
import { readJson } from '@loadcycle/codecs';
import {
  type AgentChange,
  type Command,
  commandsTopic,
  DeviceNotice,
  LoadcycleError,
  Receipt,
  receiptsTopic,
  resultsTopic,
  STATUS_LIMITS,
  samplesTopic,
  statusTopic,
} from '@loadcycle/contract';
import type { SourceSettings } from '@loadcycle/contract/agent-settings';
import { Clock } from './clock.ts';
import { Commands } from './commands.ts';
import { Delivery } from './delivery.ts';
import { adoptUnnamed, HeldOutboxes, outboxFile } from './held.ts';
import { IdentityNotice } from './identity-notice.ts';
import { Link } from './link.ts';
import { type AgentOptions, type CompleteOptions, completeOptions, parseSource } from './options.ts';
import { Outbox } from './outbox.ts';
import { type AgentStats, Report } from './report.ts';
import { Sampling } from './sampling.ts';
import { makeSource, type Source } from './sources/index.ts';
import { openStore, roomOnDisk } from './store.ts';
import { uuidV7 } from './uuid.ts';
import { Writer } from './writer.ts';

export type { AgentOptions } from './options.ts';
export type { AgentStats } from './report.ts';

export interface RunningAgent {
  readonly session: string;
  /** Resolves when every source has come to its end (a file, a limit) and the log has everything. */
  readonly finished: Promise<void>;
  stats(): AgentStats;
  /** Ends the connection to the broker and begins the next one, which signs in anew. What is sampled waits on disk. */
  reconnect(why: string): void;
  /** Puts on disk what is being filled, says good-bye, and closes. What is unconfirmed waits on disk. */
  close(): Promise<void>;
}

/** The broker owes an acknowledgement for longer than this: the connection is dead, whatever TCP says. */
const ACK_LIMIT_MS = 30_000;
/** Receipts come within a second; the event log may be away for a moment. */
const NO_RECEIPT_MS = 30_000;
/** How often the folder is searched for other devices' outboxes. */
const HELD_EVERY_MS = 60_000;

/** Starts an agent. Throws `settings.invalid`, `name.invalid`, `folder.*` or `source.unavailable` where it cannot. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const o = completeOptions(options);
  const settings = o.sources.map(parseSource);
  const sources = settings.map(makeSource);
  const session = uuidV7();
  const clock = new Clock();
  const file = outboxFile(o.outboxDir, o);
  adoptUnnamed(file, o.log);
  const { db, setAside } = openStore(file, o.log);
  try {
    return compose(o, { settings, sources, session, clock, file, db, setAside });
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
  readonly file: string;
  readonly db: DatabaseSync;
  readonly setAside: string | null;
}

function compose(
  o: CompleteOptions,
  { settings, sources, session, clock, file, db, setAside }: Parts,
): RunningAgent {
  const { site, device, log } = o;
  const outbox = new Outbox(db, o.outboxLimitBytes, () => roomOnDisk(file));
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

  const held = new HeldOutboxes(file, log);
  const identity = new IdentityNotice(`${site}/${device}`, session, log);
  const { version, statusIntervalMs } = o;
  const report: Report = new Report({
    ...{
      session,
      version,
      statusIntervalMs,
      clock,
      outbox,
      delivery,
      writer,
      sampling,
      setAside,
      held,
      identity,
    },
    connected: () => link.up,
    broker: () => link.trouble ?? silence(),
  });
  let unanswered: LoadcycleError | null = null;
  /** The broker acknowledges, and the far end says nothing: said once, until a receipt comes. */
  function silence(): LoadcycleError | null {
    if (!link.up || delivery.unansweredMs < NO_RECEIPT_MS) unanswered = link.up ? null : unanswered;
    else if (unanswered === null) {
      unanswered = new LoadcycleError(
        'broker.no-receipts',
        `the broker takes the batches and no receipt has come for ${Math.round(NO_RECEIPT_MS / 1000)} s`,
        {
          hint:
            'the bridge or the event log is away; or the broker drops what this user may not publish, which it says with ' +
            '--mqtt-protocol 5 only',
        },
      );
      log.warn({ code: unanswered.code }, `${unanswered.message} (${unanswered.hint})`);
    }
    return unanswered;
  }

  let told = '';
  function tellStatus(): void {
    if (!link.up) return;
    told = report.news;
    link
      .publish(statusTopic({ site, device }), JSON.stringify(report.status('online')), true)
      .catch(() => {});
  }

  const login = { ...o.mqtt, ...o.mqtt.login?.() };
  const link = new Link({
    mqtt: o.mqtt,
    who: {
      site,
      device,
      clientId: o.mqtt.clientId ?? `loadcycle-${site}-${device}`,
      username: login.username ?? null,
      certificate: login.cert !== undefined,
    },
    topics: [receiptsTopic({ site, device }), commandsTopic({ site, device })],
    will: () => ({ topic: statusTopic({ site, device }), payload: JSON.stringify(report.status('offline')) }),
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
    let message: unknown;
    try {
      message = readJson(payload, STATUS_LIMITS);
    } catch (err) {
      log.warn({ code: (err as LoadcycleError).code, err }, 'a receipt that cannot be read');
      return;
    }
    const notice = DeviceNotice.safeParse(message);
    if (notice.success) {
      identity.take(notice.data);
      return;
    }
    const receipt = Receipt.safeParse(message);
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
    setInterval(() => held.look(), HELD_EVERY_MS),
    setInterval(silence, 1_000),
    setInterval(() => {
      if (report.news !== told) tellStatus();
    }, 250),
  ];
  // without sources the agent only sends what waits
  const sampled = sources.length === 0 ? Promise.resolve() : sampling.finished;
  const finished = sampled.then(() => writer.drained());

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await sampling.close();
    await commands.idle();
    for (const timer of timers) clearInterval(timer);
    writer.stop();
    await Promise.race([
      link
        .publish(statusTopic({ site, device }), JSON.stringify(report.status('offline')), true)
        .catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
    await link.close();
    for (const source of sources) await source.close();
    last = report.stats();
    db.close();
  }
  let last: AgentStats | null = null;
  return {
    session,
    finished,
    stats: () => last ?? report.stats(),
    reconnect: (why) => link.reconnect(why),
    close: () => (closing ??= close()),
  };
}

async function execute(command: Command, sampling: Sampling): Promise<void> {
  if (command.action === 'start') await sampling.turn(true);
  else if (command.action === 'stop') await sampling.turn(false);
  else await sampling.change(command.changes as AgentChange[]);
}
