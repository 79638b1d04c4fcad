import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EventLog } from '@loadcycle/event-log';
import type { KafkaSettings } from '@loadcycle/event-log/kafka/settings';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { expect } from 'vitest';
import { SHORT } from '../kafka-suite.ts';
import { type RunningKafka, startKafka } from '../support/kafka.ts';
import { SharedStore } from './store.ts';
import type { WorkerOrder } from './worker.ts';

export const SESSION_MS = 2000;
const PARTITIONS = 4;
const until = { timeout: 45_000, interval: 50 };
const program = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A Kafka, a producer that never stops, worker processes, and the store that they share. */
export class Scene {
  readonly kafka: RunningKafka;
  readonly store: SharedStore;
  readonly log: EventLog;
  readonly acknowledged = new Set<string>();
  readonly #kind: WorkerOrder['kind'];
  readonly #folder: string;
  readonly #settings: KafkaSettings;
  readonly #topic: string;
  readonly #workers = new Map<string, ChildProcess>();
  #producing: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #next = 0;

  private constructor(
    kind: WorkerOrder['kind'],
    folder: string,
    kafka: RunningKafka,
    settings: KafkaSettings,
    log: EventLog,
  ) {
    this.#kind = kind;
    this.#folder = folder;
    this.kafka = kafka;
    this.#settings = settings;
    this.log = log;
    this.store = new SharedStore(join(folder, 'store.db'));
    this.#topic = 'work';
  }

  static async open(kind: WorkerOrder['kind']): Promise<Scene | string> {
    const folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-'));
    let lack = '';
    const kafka = await startKafka({ folder, onLack: (reason) => void (lack = reason) });
    if (!kafka) return lack;
    const settings = { ...SHORT, sessionTimeoutMs: SESSION_MS, brokers: [kafka.brokers] };
    const open = kind === 'kafkajs' ? openKafkaJs : openPlatformatic;
    const log = await open({ ...settings, appendTimeoutMs: 60_000 });
    const scene = new Scene(kind, folder, kafka, settings, log);
    await log.ensureTopics([{ topic: scene.#topic, partitions: PARTITIONS, retentionMs: null }]);
    return scene;
  }

  /** About 300 records/s over 16 keys; an id counts once `append` has acknowledged it. */
  produce(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#producing = (async () => {
      while (!signal.aborted) {
        const ids = Array.from({ length: 15 }, () => `id-${this.#next++}`);
        const records = ids.map((id, i) => ({ topic: this.#topic, key: `key-${i}`, value: Buffer.from(id) }));
        await this.log.append(records);
        for (const id of ids) this.acknowledged.add(id);
        await delay(50);
      }
    })();
  }

  async stopProducing(): Promise<void> {
    this.#stop.abort();
    await this.#producing;
  }

  start(name: string, how: Partial<Pick<WorkerOrder, 'awakeMs' | 'blockedMs'>> = {}): ChildProcess {
    const order: WorkerOrder = {
      kind: this.#kind,
      name,
      topic: this.#topic,
      store: join(this.#folder, 'store.db'),
      settings: this.#settings,
      awakeMs: 0,
      blockedMs: 0,
      ...how,
    };
    const child = spawn(process.execPath, [program, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#workers.set(name, child);
    return child;
  }

  async end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#workers.get(name)!;
    this.#workers.delete(name);
    expect(child.exitCode, `${name} has ended by itself`).toBe(null);
    const gone = once(child, 'exit');
    child.kill(signal);
    const [code] = await gone;
    if (signal === 'SIGTERM') expect(code).toBe(0);
  }

  /** Each of these has done something after now. */
  async progress(...names: string[]): Promise<void> {
    const before = names.map((name) => this.store.doneBy(name));
    for (const [i, name] of names.entries()) {
      await expect
        .poll(() => this.store.doneBy(name), { ...until, message: `${name} goes on` })
        .toBeGreaterThan(before[i]!);
    }
  }

  /** Everything that was acknowledged was worked on, and no record of the log twice. */
  async nothingLostNothingDoubled(): Promise<void> {
    await this.stopProducing();
    const ends = await this.log.ends([this.#topic]);
    const all = ends.reduce((sum, e) => sum + e.end, 0);
    await expect
      .poll(() => this.store.done, { ...until, message: 'records worked on' })
      .toBeGreaterThanOrEqual(all);
    expect(this.store.done).toBe(all);
    expect(this.store.doubled).toBe(0);
    const { ids } = this.store;
    expect([...this.acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    for (const [name, child] of this.#workers) expect(child.exitCode, `${name} is alive`).toBe(null);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const child of this.#workers.values()) child.kill('SIGKILL');
    await Promise.race([this.log.close(), delay(10_000)]);
    await this.kafka.stop();
    this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
