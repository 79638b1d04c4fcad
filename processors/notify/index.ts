/**
 * notify: anomalies → MQTT, webhooks and e-mail.
 *
 * Each target is a consumer of `loadcycle.anomalies` of its own, with its own offset, back-off, failures and health, so
 * that none waits for another. Each is told at least once and in order, from the moment on when it was first configured;
 * one that is configured no longer is forgotten. MQTT waits for its broker; what a webhook or a mail server refuses, or has not
 * taken after its tries, is given up for it and kept in `notify_failure`.
 *
 * Targets come from the settings (all instances that run at a time have the same) and from `notify_definition`, which the API
 * changes at run time: they are looked at every second. What is silenced, and what escalates only later, waits in
 * `notify_anomaly`, which is looked at as often.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LoadcycleError } from '@loadcycle/contract';
import type { WorkerOptions } from '../work/worker-options.ts';
import { definitionsToRun, listDefinitions } from './definitions.ts';
import { testRecord } from './event.ts';
import { followSilences, pruneLedger, whoIsDue } from './ledger.ts';
import { smtpOf } from './mail.ts';
import { type MakeOptions, type MqttPublishing, targetOf, targetsOfSettings } from './make-target.ts';
import { NotifyMetrics } from './metrics.ts';
import { RunningTarget } from './running.ts';
import { NOTIFY_DEFAULTS, type NotifySettings } from './settings.ts';
import { forgetOthers } from './store.ts';
import { answerTest, pruneTests, takeTests } from './test-requests.ts';

export { type NotifySettings, notifySettings } from './settings.ts';

export interface NotifyOptions extends WorkerOptions<NotifySettings> {
  /** where anomalies are published; none where it is left out */
  readonly mqtt?: MqttPublishing | null;
  /** how often targets, tests and silences in the store are looked at; default a second */
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 1_000;
const TIDY_EVERY_MS = 60_000;
const TEST_MS = 15_000;
const EVERYTHING = { grants: ['*'], afterS: 0 };

/** Starts what the settings and the store ask for, and forgets every other target. Throws `settings.invalid`. */
export async function startNotify(options: NotifyOptions): Promise<{ close(): Promise<void> }> {
  const notify = new Notify(options);
  await notify.start();
  return { close: () => notify.close() };
}

class Notify {
  readonly #o: NotifyOptions;
  readonly #make: MakeOptions;
  readonly #metrics: NotifyMetrics;
  readonly #stop = new AbortController();
  /** of the settings, by consumer */
  readonly #given = new Map<string, RunningTarget>();
  /** made by the API, by id, with the version that they are of */
  readonly #made = new Map<
    number,
    { readonly version: number; readonly name: string; readonly running: RunningTarget }
  >();
  readonly #tests = new Set<Promise<void>>();
  #looking: Promise<void> = Promise.resolve();
  #tidiedAt = Number.NEGATIVE_INFINITY;

  constructor(options: NotifyOptions) {
    const settings = { ...NOTIFY_DEFAULTS, ...options.settings };
    this.#o = options;
    this.#make = { settings, smtp: smtpOf(settings), health: options.health };
    this.#metrics = new NotifyMetrics(
      options.health,
      () => this.#all().map((r) => r.target),
      options.registry,
    );
  }

  async start(): Promise<void> {
    const targets = targetsOfSettings(this.#make, this.#o.mqtt ?? null);
    await RunningTarget.enter(targets, this.#running());
    for (const target of targets) {
      this.#given.set(target.consumer, new RunningTarget(target, EVERYTHING, this.#running()));
    }
    this.#looking = this.#lookAgainAndAgain();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#all().map((r) => r.close()));
    await Promise.all(this.#tests);
  }

  #all(): RunningTarget[] {
    return [...this.#given.values(), ...[...this.#made.values()].map((m) => m.running)];
  }

  #running() {
    const { eventLog, database, health, log } = this.#o;
    return { eventLog, database, health, log, metrics: this.#metrics };
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { signal } = this.#stop;
    const everyMs = this.#o.lookEveryMs ?? LOOK_EVERY_MS;
    for (let well = true; !signal.aborted; ) {
      try {
        await this.#look();
        well = true;
      } catch (err) {
        // a store that is away says so in the health of every consumer
        if (well) this.#o.log.warn({ err }, 'targets, tests and silences are not looked at: trying again');
        well = false;
      }
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { database } = this.#o;
    await this.#followDefinitions();
    for (const test of await takeTests(database)) this.#test(test.id, test.targetId);
    await followSilences(database);
    const due = await whoIsDue(database);
    for (const running of due.size === 0 ? [] : this.#all()) {
      const partitions = due.get(running.target.consumer);
      if (partitions !== undefined && running.work.has(partitions)) running.tellDue();
    }
    if (performance.now() - this.#tidiedAt < TIDY_EVERY_MS) return;
    // again and again: an instance of before may still have been at work
    this.#tidiedAt = performance.now();
    await this.#forget();
    await pruneLedger(database);
    await pruneTests(database);
  }

  /** Starts, changes and ends the targets that the API has made. */
  async #followDefinitions(): Promise<void> {
    const { database, log } = this.#o;
    const listed = await listDefinitions(database);
    const same =
      listed.length === this.#made.size && listed.every((d) => this.#made.get(d.id)?.version === d.version);
    if (same) return;
    const wanted = await definitionsToRun(database);
    const versions = new Map(wanted.map((d) => [d.id, d.version]));
    let gone = 0;
    for (const [id, { version, name, running }] of [...this.#made]) {
      if (versions.get(id) === version) continue;
      await running.close();
      this.#made.delete(id);
      if (versions.has(id)) continue;
      gone++;
      log.info({ target: id, name }, 'a target is told no longer');
    }
    if (gone > 0) await this.#forget();
    for (const d of wanted) {
      if (this.#made.has(d.id) || this.#stop.signal.aborted) continue;
      const target = targetOf(d, this.#make);
      await RunningTarget.enter([target], this.#running());
      const running = new RunningTarget(target, d, this.#running());
      this.#made.set(d.id, { version: d.version, name: d.name, running });
      log.info(
        { target: d.id, name: d.name, kind: d.kind, version: d.version },
        'a target is told from now on',
      );
    }
  }

  async #forget(): Promise<void> {
    await forgetOthers(this.#o.database, [...this.#given.keys()]);
  }

  /** Sends a target one message, aside from what it is told, and writes down what came of it. */
  #test(id: string, targetId: number): void {
    const { database, log } = this.#o;
    const made = this.#made.get(targetId);
    const run = async (): Promise<void> => {
      if (made === undefined) throw new LoadcycleError('internal', 'the target is gone');
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TEST_MS)]);
      const answer = await made.running.target.send([testRecord(made.name, Date.now() * 1000)], signal);
      await answerTest(
        database,
        id,
        answer.taken
          ? { taken: true, code: null, detail: answer.said }
          : { taken: false, code: answer.code, detail: answer.why },
      );
    };
    const running = run()
      .catch((err) => log.warn({ err, target: targetId }, 'a test message has no answer'))
      .finally(() => this.#tests.delete(running));
    this.#tests.add(running);
  }
}
