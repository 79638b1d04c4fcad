import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { type NotifySettings, startNotify } from '@loadcycle/processors/notify/index';
import { Health, Registry } from '@loadcycle/service';
import { onTestFinished } from 'vitest';
import { jsonOf, openTestApi, post, seed, type TestApi, until } from './api-support.ts';
import { asNotifier } from './landing-support.ts';
import { openSmtp, SMTP_PASSWORD, SMTP_USER, type TestSmtp } from './support/smtp.ts';

export interface Hook {
  readonly url: string;
  readonly bodies: Record<string, unknown>[];
  readonly headers: Record<string, unknown>[];
  answer: () => number;
  close(): void;
}

/** A real HTTP server that keeps what it was posted. */
export async function openHook(): Promise<Hook> {
  const sockets = new Set<Socket>();
  const hook: Hook & { url: string } = {
    url: '',
    bodies: [],
    headers: [],
    answer: () => 204,
    close: () => end(),
  };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (d) => (body += d));
    request.on('end', () => {
      hook.bodies.push(JSON.parse(body));
      hook.headers.push(request.headers);
      response.writeHead(hook.answer()).end();
    });
  });
  server.on('connection', (s) => void sockets.add(s));
  const end = (): void => {
    server.close();
    for (const s of sockets) s.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3cret-path`;
  return hook;
}

export interface Raised {
  readonly site: string;
  readonly device: string;
  readonly signal: string;
  readonly kind: string;
  readonly metric: string | null;
  readonly sinceUs: number;
}

/** The API, notify beside it on the same store and log, a mail server and a webhook of the settings. */
export interface Notifying {
  readonly t: TestApi;
  readonly smtp: TestSmtp;
  readonly given: Hook;
  readonly health: Health;
  /** makes a target for this test, and waits until it is told */
  target(input: object): Promise<{ id: number; consumer: string }>;
  remove(id: number): Promise<void>;
  /** an anomaly in the store and in the log, as the cycles worker does */
  raise(o?: Partial<Raised> & { state?: string; acknowledged?: boolean }): Promise<Raised & { id: number }>;
  /** so many at once, on plant1/motor1 and plant1/motor2 */
  storm(count: number): Promise<void>;
  end(a: Raised): Promise<void>;
  /** until a consumer has worked off all there is in the log */
  caughtUp(consumer: string): Promise<void>;
  /** notify, and nothing else */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const KEY_SECRET = 'notify-key';

export async function openNotifying(settings: Partial<NotifySettings> = {}): Promise<Notifying> {
  const t = await openTestApi({ notifyKeySecret: KEY_SECRET });
  await seed(t.db);
  const smtp = await openSmtp(join(t.folder, 'smtp'));
  const given = await openHook();
  const health = new Health();
  const options = {
    eventLog: t.eventLog,
    database: asNotifier(t.db),
    health,
    log: silentLogger,
    lookEveryMs: 50,
    settings: {
      webhooks: `given=${given.url}`,
      smtpHost: '127.0.0.1',
      smtpPort: smtp.port,
      smtpUser: SMTP_USER,
      smtpPassword: SMTP_PASSWORD,
      smtpCaFile: smtp.caFile,
      smtpFrom: 'Loadcycle <loadcycle@example.org>',
      notifyKeySecret: KEY_SECRET,
      ...settings,
    },
  };
  const start = () => startNotify({ ...options, registry: new Registry() });
  let notify = await start();
  let sinceUs = Date.now() * 1000;
  const record = (a: Raised, state: string) => {
    const untilUs = state === 'open' ? null : a.sinceUs + 1;
    const event = { ...a, state, untilUs, value: 2, expected: 1, score: 7 };
    const key = `${a.site}/${a.device}/${a.signal}`;
    return { topic: LOG_TOPICS.anomalies, key, value: Buffer.from(JSON.stringify(event)) };
  };
  const append = (a: Raised, state: string): Promise<void> => t.eventLog.append([record(a, state)]);
  const remove = async (id: number): Promise<void> => {
    await t.call(`/v1/notify/targets/${id}`, { method: 'DELETE' });
    await until(() => health.snapshot()[`notify-target-${id}`] === undefined);
  };
  return {
    t,
    smtp,
    given,
    health,
    target: async (input) => {
      const made = await jsonOf(t.call('/v1/notify/targets', post(input)));
      onTestFinished(() => remove(made.id));
      return until(async () => {
        const now = await jsonOf(t.call(`/v1/notify/targets/${made.id}`));
        return now.state === 'ok' && now.since !== null ? now : null;
      });
    },
    remove,
    raise: async ({ state = 'open', acknowledged = false, ...o } = {}) => {
      const where = { site: 'plant1', device: 'motor1', signal: 'motor-voltage' };
      const a = { ...where, kind: 'outlier', metric: 'riseTimeS', sinceUs: ++sinceUs, ...o };
      const [row] = await t.db.query<{ id: number }>(
        `INSERT INTO anomaly (signal_id, kind, metric, since, state, acknowledged_at)
         SELECT signal_id, $4, $5, timestamptz 'epoch' + interval '1 microsecond' * $6::bigint, $7, CASE WHEN $8 THEN now() END
         FROM signal_path WHERE site = $1 AND device = $2 AND signal = $3 RETURNING id`,
        [a.site, a.device, a.signal, a.kind, a.metric ?? '', a.sinceUs, state, acknowledged],
      );
      await append(a, 'open');
      return { ...a, id: row!.id };
    },
    storm: (count) => {
      const one = { site: 'plant1', signal: 'motor-voltage', kind: 'outlier', metric: 'riseTimeS' };
      return t.eventLog.append(
        Array.from({ length: count }, (_, i) =>
          record({ ...one, device: i % 2 === 0 ? 'motor1' : 'motor2', sinceUs: ++sinceUs }, 'open'),
        ),
      );
    },
    end: async (a) => {
      await t.db.query(
        `UPDATE anomaly SET state = 'closed' WHERE since = timestamptz 'epoch' + interval '1 microsecond' * $1::bigint`,
        [a.sinceUs],
      );
      await append(a, 'closed');
    },
    caughtUp: async (consumer) => {
      const ends = await t.eventLog.ends([LOG_TOPICS.anomalies]);
      await until(async () => {
        const at = await t.db.query<{ partition: number; next: number }>(
          'SELECT partition, next FROM consumer_offset WHERE consumer = $1',
          [consumer],
        );
        return ends.every(
          (e) => e.end === 0 || at.some((p) => p.partition === e.partition && p.next >= e.end),
        );
      });
    },
    restart: async () => {
      await notify.close();
      notify = await start();
    },
    close: async () => {
      await notify.close();
      await smtp.close();
      given.close();
      await t.close();
    },
  };
}

/** What a webhook was told of this anomaly. */
export const toldOf = (hook: Hook, a: Raised): unknown[] =>
  hook.bodies.filter((b) => b['sinceUs'] === a.sinceUs).map((b) => b['state']);
