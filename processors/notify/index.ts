/**
 * notify: anomalies → MQTT and webhooks.
 *
 * Each target is a consumer of `loadcycle.anomalies` of its own, with its own offset, back-off, failures and health, so
 * that none waits for another. Each is told at least once and in order, from the moment on when it was first configured;
 * one that is configured no longer is forgotten. MQTT waits for its broker; what a webhook refuses, or has not taken after
 * its tries, is given up for it and kept in `notify_failure`. All instances that run at a time have the same settings.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttLogin } from '@loadcycle/service';
import { LogWorker } from '../work/log-worker.ts';
import type { WorkerOptions } from '../work/worker-options.ts';
import { MqttTarget } from './mqtt.ts';
import { NOTIFY_DEFAULTS, type NotifySettings } from './settings.ts';
import { enterTarget, forgetOthers } from './store.ts';
import type { Target } from './target.ts';
import { NotifyMetrics, TellWork } from './tell-work.ts';
import { parseWebhooks, Webhook } from './webhook.ts';

export { type NotifySettings, notifySettings } from './settings.ts';

export interface NotifyOptions extends WorkerOptions<NotifySettings> {
  /** where anomalies are published; none where it is left out */
  readonly mqtt?: (MqttLogin & { readonly url: string; readonly protocolVersion: 4 | 5 }) | null;
}

const FORGET_EVERY_MS = 60_000;
const ENTER_MS = 5_000;
/** An event that waits for its target through restarts of this program is no poison: the target counts its own tries. */
const NEVER_POISON = Number.MAX_SAFE_INTEGER;

/** Starts what the settings ask for, and forgets every other target. Throws `settings.invalid`. */
export async function startNotify(options: NotifyOptions): Promise<{ close(): Promise<void> }> {
  const { database, eventLog, health, log, registry, mqtt = null } = options;
  const settings = { ...NOTIFY_DEFAULTS, ...options.settings };
  const stop = new AbortController();
  const { webhookSecret: secret, webhookTimeout, webhookTries: tries } = settings;
  const hooks = { secret, tries, timeoutMs: webhookTimeout / 1000, health, log };
  const targets: Target[] = parseWebhooks(settings.webhooks).map(
    (address) => new Webhook({ ...hooks, address }),
  );
  if (mqtt !== null) targets.push(new MqttTarget({ ...mqtt, health }));
  const names = targets.map((t) => t.consumer);

  const forget = async (): Promise<void> => {
    await forgetOthers(database, names).catch((err) =>
      log.warn({ err }, 'old targets are not forgotten yet'),
    );
  };
  const forgetting = (async () => {
    // again and again: an instance of before may still have been at work
    while (!stop.signal.aborted) {
      await forget();
      await delay(FORGET_EVERY_MS, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  })();
  // "from now on" is from the start, not from when the first partitions are given out; where the store or the log is
  // away, it is from when they are back
  const entered = Promise.allSettled(names.map((name) => enterTarget(database, eventLog, name)));
  await Promise.race([entered, delay(ENTER_MS)]);
  const metrics = new NotifyMetrics(health, targets, registry);
  const workers = targets.map((target) => {
    const work = new TellWork(target, { eventLog, database }, metrics, stop.signal);
    return new LogWorker({ eventLog, database, health, log, work, tries: NEVER_POISON });
  });
  return {
    async close() {
      stop.abort();
      const closed = workers.map((w) => w.close());
      // a publication that waits for its broker ends with the client
      await Promise.all(targets.map((t) => t.close()));
      await Promise.all([...closed, forgetting]);
    },
  };
}
