import { LOG_TOPICS, type Logger } from '@loadcycle/contract';
import type { Database, Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';
import type { EventLog } from '@loadcycle/event-log/port';
import { consumerStates, notifyTargets, type TargetState, type Why, whyStalled } from './stalls.ts';

export interface ConsumerState {
  readonly consumer: string;
  readonly topic: string;
  /** records that it has not worked off */
  readonly lag: number;
  readonly perSecond: number;
  readonly state: 'ok' | 'behind' | 'stalled';
  readonly movedAtUs: number | null;
  /** where it is stalled */
  readonly why: Why | null;
}

export interface TopicState {
  readonly topic: string;
  readonly partitions: number;
  /** records kept */
  readonly records: number;
  readonly end: number;
  readonly perSecond: number;
}

export interface Counts {
  readonly samples: number;
  readonly batches: number;
  readonly duplicates: number;
  readonly deadLettered: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly ends: Map<string, number>;
  readonly next: Map<string, number>;
  readonly hours: Map<number, number>;
}

/** What comes into the log: the bridge, and the broker before it, as the log sees them. */
export interface IntakeState {
  /** silent: devices say that they are online, and nothing has come from any of them for half a minute */
  readonly state: 'ok' | 'silent';
  /** records of samples and status */
  readonly perSecond: number;
  /** when something came last, as far as this process has looked */
  readonly heardAtUs: number;
}

export interface PipelineState {
  readonly bridge: IntakeState;
  readonly topics: TopicState[];
  readonly consumers: ConsumerState[];
  readonly targets: TargetState[];
  readonly landedPerSecond: number;
  /** of the last 24 hours */
  readonly lastDay: Counts;
  readonly logError: string | null;
  /** topics whose log was lost, which nobody has acknowledged */
  readonly lostLogs: readonly string[];
}

const SAMPLE_EVERY_MS = 2_000;
/** Rates are means over this long. */
const WINDOW_MS = 10_000;
/** A consumer with work before it that has not moved for so long is stalled. */
const STALLED_US = 30_000_000;
/**
 * Agents tell their status every few seconds: when none has been heard for so long, bridge or broker is away. One that was
 * last heard more than an hour ago is gone itself, and says nothing of them.
 */
const SILENT_MS = 30_000;
const INTAKE: readonly string[] = [LOG_TOPICS.samples, LOG_TOPICS.status];
/** Less lag than what comes in two seconds is no lag worth a word. */
const BEHIND_S = 2;

interface OffsetRow {
  consumer: string;
  topic: string;
  partition: number;
  next: number;
  movedAtUs: number;
}
interface HourRow {
  hourUs: number;
  samples: number;
  batches: number;
  duplicates: number;
  dead: number;
}

/** What moves through the pipeline: ends of the log against the offsets in the store, and rates between two looks. */
export class PipelineMonitor {
  readonly #reader: Database;
  readonly #eventLog: EventLog;
  readonly #log: Logger;
  #history: Snapshot[] = [];
  #heard: { end: number; atMs: number } | null = null;
  #timer: NodeJS.Timeout | null = null;

  readonly #silentMs: number;
  readonly #stalledUs: number;

  constructor(
    reader: Database,
    eventLog: EventLog,
    log: Logger,
    silentMs = SILENT_MS,
    stalledUs = STALLED_US,
  ) {
    this.#silentMs = silentMs;
    this.#stalledUs = stalledUs;
    this.#reader = reader;
    this.#eventLog = eventLog;
    this.#log = log;
  }

  start(): void {
    const look = async (): Promise<void> => {
      await this.state().catch((error) =>
        this.#log.debug({ err: error }, 'the pipeline could not be looked at'),
      );
      if (this.#timer !== null) this.#timer = setTimeout(look, SAMPLE_EVERY_MS);
    };
    this.#timer = setTimeout(look, 0);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async state(): Promise<PipelineState> {
    const [ends, offsets, hours, [agents], workers, targets, lost] = await Promise.all([
      this.#eventLog.ends(Object.values(LOG_TOPICS)).catch((error: Error) => error),
      this.#reader.query<OffsetRow>(
        `SELECT consumer, topic, partition, next, ${us('moved_at')} AS "movedAtUs" FROM consumer_offset`,
      ),
      this.#reader.query<HourRow>(
        `SELECT ${us('hour')} AS "hourUs", sum(samples)::bigint AS samples, sum(landed)::bigint AS batches,
           sum(duplicates)::bigint AS duplicates, sum(dead_lettered)::bigint AS dead
         FROM account WHERE hour > now() - interval '24 hours' GROUP BY hour`,
      ),
      this.#reader.query<{ online: number }>(
        `SELECT count(*) AS online FROM device WHERE status->>'state' = 'online' AND status ? 'outbox'
           AND (status_at IS NULL OR status_at > now() - interval '1 hour')`,
      ),
      consumerStates(this.#reader),
      notifyTargets(this.#reader),
      this.#reader.query<{ topic: string }>(
        'SELECT DISTINCT topic FROM log_replacement WHERE acknowledged_at IS NULL ORDER BY topic',
      ),
    ]);
    const known = ends instanceof Error ? [] : ends;
    const now: Snapshot = {
      atMs: performance.now(),
      ends: new Map(known.map((e) => [`${e.topic}/${e.partition}`, e.end])),
      next: new Map(offsets.map((o) => [`${o.consumer}/${o.topic}/${o.partition}`, o.next])),
      hours: new Map(hours.map((h) => [h.hourUs, h.samples])),
    };
    const before = this.#remember(now);
    const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
    const rate = (grown: number): number => (seconds > 0.2 ? Math.max(0, grown / seconds) : 0);
    const grown = (pick: (s: Snapshot) => Map<string | number, number>, key: string | number): number =>
      before === null ? 0 : (pick(now).get(key) ?? 0) - (pick(before).get(key) ?? pick(now).get(key) ?? 0);

    const topics = Object.values(LOG_TOPICS).map((topic) => {
      const parts = known.filter((e) => e.topic === topic);
      return {
        topic,
        partitions: parts.length,
        records: sum(parts, (e) => e.end - e.begin),
        end: sum(parts, (e) => e.end),
        perSecond: rate(sum(parts, (e) => grown((s) => s.ends, `${topic}/${e.partition}`))),
      };
    });
    const heardAtMs = this.#listen(
      sum(known, (e) => (INTAKE.includes(e.topic) ? e.end : 0)),
      now.atMs,
    );
    const silent = known.length > 0 && agents!.online > 0 && now.atMs - heardAtMs > this.#silentMs;
    const bridge: IntakeState = {
      state: silent ? 'silent' : 'ok',
      perSecond: sum(topics, (t) => (INTAKE.includes(t.topic) ? t.perSecond : 0)),
      heardAtUs: Math.round((Date.now() - (now.atMs - heardAtMs)) * 1000),
    };
    const perTopic = new Map(topics.map((t) => [t.topic as string, t.perSecond]));
    const consumers = [...new Set(offsets.map((o) => `${o.consumer} ${o.topic}`))].map((name) => {
      const [consumer, topic] = name.split(' ') as [string, string];
      const mine = offsets.filter((o) => o.consumer === consumer && o.topic === topic);
      const at = new Map(mine.map((o) => [o.partition, o.next]));
      const lag = sum(
        known.filter((e) => e.topic === topic),
        (e) => Math.max(0, e.end - Math.max(e.begin, at.get(e.partition) ?? 0)),
      );
      const movedAtUs = Math.max(...mine.map((o) => o.movedAtUs));
      const idleUs = Date.now() * 1000 - movedAtUs;
      const behind = lag > Math.max(10, BEHIND_S * (perTopic.get(topic) ?? 0));
      const state: ConsumerState['state'] =
        lag > 0 && idleUs > this.#stalledUs ? 'stalled' : behind ? 'behind' : 'ok';
      const moved = sum(mine, (o) => grown((s) => s.next, `${consumer}/${topic}/${o.partition}`));
      const why = state === 'stalled' ? whyStalled(workers.filter((w) => w.consumer === consumer)) : null;
      return { consumer, topic, lag, perSecond: rate(moved), state, movedAtUs, why };
    });
    return {
      bridge,
      topics,
      consumers: consumers.sort((a, b) => a.consumer.localeCompare(b.consumer)),
      targets,
      landedPerSecond: rate(sum([...now.hours.keys()], (hour) => grownHour(now, before, hour))),
      lastDay: {
        samples: sum(hours, (h) => h.samples),
        batches: sum(hours, (h) => h.batches),
        duplicates: sum(hours, (h) => h.duplicates),
        deadLettered: sum(hours, (h) => h.dead),
      },
      logError: ends instanceof Error ? ends.message : null,
      lostLogs: lost.map((l) => l.topic),
    };
  }

  /** When the ends of what the bridge appends moved last, ms of the process's own clock. */
  #listen(end: number, nowMs: number): number {
    if (this.#heard?.end !== end) this.#heard = { end, atMs: nowMs };
    return this.#heard.atMs;
  }

  /** Keeps a look, and answers the oldest one within the window. */
  #remember(now: Snapshot): Snapshot | null {
    this.#history = this.#history.filter((s) => now.atMs - s.atMs <= WINDOW_MS);
    const oldest = this.#history[0] ?? null;
    const last = this.#history.at(-1);
    if (last === undefined || now.atMs - last.atMs >= SAMPLE_EVERY_MS / 2) this.#history.push(now);
    return oldest;
  }
}

/** An hour that has just begun starts from nothing. */
function grownHour(now: Snapshot, before: Snapshot | null, hour: number): number {
  return before === null ? 0 : (now.hours.get(hour) ?? 0) - (before.hours.get(hour) ?? 0);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** How long raw samples are kept, as the maintenance loop says; null: for ever, or it has not said yet. */
export async function rawRetentionS(db: Queryable): Promise<number | null> {
  const [row] = await db.query<{ raw: number | null }>('SELECT raw_us AS raw FROM retention');
  return row === undefined || row.raw === null ? null : row.raw / 1e6;
}
