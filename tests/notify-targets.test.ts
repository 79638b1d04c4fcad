import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PipelineMonitor } from '@loadcycle/cloud-api/retrieval/pipeline';
import { LOG_TOPICS, type Logger, silentLogger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { type NotifyOptions, startNotify } from '@loadcycle/processors/notify/index';
import { Health, Registry } from '@loadcycle/service';
import { expect, onTestFinished, test } from 'vitest';
import { asNotifier, type Bench, openBench, until } from './landing-support.ts';
import { freePort } from './support/ports.ts';

/** Each target of anomalies on its own, with real HTTP servers, a real log and a real store. */
type Answer = number | 'hang';
interface Hook {
  readonly got: { body: string; key: string | undefined; signature: string | undefined }[];
  readonly url: string;
  answer(n: number): Answer;
}

async function hook(answer: (n: number) => Answer = () => 204): Promise<Hook> {
  const got: Hook['got'] = [];
  const it = { got, url: '', answer };
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (d: Buffer) => {
      body += d.toString();
    });
    request.on('end', () => {
      const { 'idempotency-key': key, 'x-loadcycle-signature': signature } = request.headers;
      got.push({ body, key: key as string, signature: signature as string });
      const said = it.answer(got.length);
      if (said !== 'hang') response.writeHead(said, { location: '/elsewhere' }).end('x'.repeat(1_000));
    });
  });
  it.url = `${await open(http)}/s3cret`;
  return it;
}

async function open(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (s) => void sockets.add(s));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const s of sockets) s.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Notifying {
  readonly health: Health;
  readonly registry: Registry;
  readonly lines: string[];
  close(): Promise<void>;
}

async function notifying(b: Bench, settings: NotifyOptions['settings']): Promise<Notifying> {
  const health = new Health();
  const registry = new Registry();
  const lines: string[] = [];
  const write = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const database = asNotifier(b.db);
  const notify = await startNotify({ eventLog: b.eventLog, database, health, log, registry, settings });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await notify.close();
    closed = true;
  };
  onTestFinished(close);
  return { health, registry, lines, close };
}

const event = (n: number) => ({
  topic: LOG_TOPICS.anomalies,
  key: `s/d${n % 5}/voltage`,
  value: Buffer.from(JSON.stringify({ n })),
});
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i));
/** At least once: an answer that was late brings an event again. */
const told = (h: Hook): number[] => [...new Set(numbers(h))];
const numbers = (h: Hook): number[] =>
  h.got.map((g) => (JSON.parse(g.body) as { n: number }).n).sort((a, c) => a - c);
const offsetsOf = async (db: Database, consumer: string): Promise<number> =>
  (await db.query('SELECT 1 FROM consumer_offset WHERE consumer = $1', [consumer])).length;
/** A consumer with work before it that has not moved for so long is stalled here, not in half a minute. */
const look = (b: Bench) => new PipelineMonitor(b.db, b.eventLog, silentLogger, 60_000, 100_000).state();

test('neither a target that refuses connections nor one that hangs keeps anything from the others', async () => {
  const b = await openBench();
  const good = await hook();
  const hangs = await hook(() => 'hang');
  const dead = `http://127.0.0.1:${await freePort()}/s3cret`;
  const webhooks = `good=${good.url},dead=${dead},hangs=${hangs.url}`;
  const notify = await notifying(b, { webhooks, webhookTimeout: 2_000_000 });
  await b.eventLog.append(events(1, 40));
  await until(
    async () => told(good),
    (got) => got.length >= 40,
  );
  expect(told(good)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  // each says how it is, and all are ready: what one target does not take is no reason to restart the program
  await until(
    async () => notify.health.snapshot(),
    (parts) => parts['webhook dead']?.state === 'waiting' && parts['webhook hangs']?.state === 'waiting',
  );
  expect(notify.health.snapshot()).toMatchObject({
    'webhook good': { state: 'ok' },
    'webhook dead': { code: 'webhook.unavailable', detail: 'no connection: ECONNREFUSED' },
    'webhook hangs': { code: 'webhook.unavailable', detail: 'no answer within 2 s' },
  });
  expect(notify.health.ready).toBe(true);
  // the pipeline says which one is stalled, and why
  const { consumers } = await until(
    () => look(b),
    (p) => p.consumers.filter((c) => c.why?.code === 'webhook.unavailable').length === 2,
  );
  const state = Object.fromEntries(
    consumers.map((c) => [c.consumer, c.state === 'stalled' ? c.why?.detail : c.state]),
  );
  expect(state).toEqual({
    'notify-webhook-good': 'ok',
    'notify-webhook-dead': 'no connection: ECONNREFUSED',
    'notify-webhook-hangs': 'no answer within 2 s',
  });
  await notify.close();
  // a URL can be a secret
  const kept = await b.db.query('SELECT * FROM consumer_state, notify_target');
  expect(JSON.stringify([notify.lines, notify.health.snapshot(), kept])).not.toContain('s3cret');
});

test('a target that is configured no longer is forgotten, and the pipeline is not stalled', async () => {
  const b = await openBench();
  const good = await hook();
  const dead = `http://127.0.0.1:${await freePort()}/`;
  // as versions before had it: one consumer for all webhooks
  await b.db.query(`INSERT INTO consumer_offset VALUES ('notify-webhooks', $1, 0, 0)`, [
    LOG_TOPICS.anomalies,
  ]);
  const first = await notifying(b, { webhooks: `good=${good.url},dead=${dead}` });
  await b.eventLog.append(events(1, 10));
  await until(
    async () => good.got.length,
    (n) => n >= 10,
  );
  await until(
    () => look(b),
    (p) => p.consumers.some((c) => c.consumer === 'notify-webhook-dead' && c.state === 'stalled'),
  );
  await first.close();
  const second = await notifying(b, { webhooks: `good=${good.url}` });
  await until(
    () => offsetsOf(b.db, 'notify-webhook-dead'),
    (n) => n === 0,
  );
  const { consumers, targets } = await look(b);
  expect(consumers.map((c) => [c.consumer, c.state])).toEqual([['notify-webhook-good', 'ok']]);
  expect(targets.map((t) => [t.consumer, t.delivered])).toEqual([['notify-webhook-good', 10]]);
  // those that stay go on where they were
  await b.eventLog.append(events(11, 12));
  await until(
    async () => told(good),
    (got) => got.length >= 12,
  );
  await second.close();
  const none = await notifying(b, {});
  await until(
    () => offsetsOf(b.db, 'notify-webhook-good'),
    (n) => n === 0,
  );
  await none.close();
  expect(told(good)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
});

test('a new target starts at now, and goes on from there after a restart', async () => {
  const b = await openBench();
  await b.eventLog.append(events(1, 50));
  const fresh = await hook();
  const webhooks = `fresh=${fresh.url}`;
  const first = await notifying(b, { webhooks });
  await b.eventLog.append(events(51, 55));
  await until(
    async () => fresh.got.length,
    (n) => n >= 5,
  );
  await first.close();
  // what comes while notify is away is told
  await b.eventLog.append(events(56, 60));
  await notifying(b, { webhooks });
  await until(
    async () => told(fresh).length,
    (n) => n >= 10,
  );
  expect(told(fresh)).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
});

test('what is refused, and what is not taken after its tries, is given up, kept and counted, and the target goes on', async () => {
  const b = await openBench({ partitions: 1 });
  // 1: not now, then taken. 2: refused. 3: away for three tries. 4: a redirect. 5: taken.
  const answers = [503, 204, 400, 500, 429, 503, 302, 204];
  const picky = await hook((n) => answers[n - 1] ?? 204);
  const notify = await notifying(b, { webhooks: `picky=${picky.url}`, webhookTries: 3, webhookSecret: 's' });
  await b.eventLog.append(events(1, 5));
  await until(
    async () => picky.got.length,
    (n) => n >= 8,
  );
  expect(numbers(picky)).toEqual([1, 1, 2, 3, 3, 3, 4, 5]);
  // the same event is posted with the same key and signature
  expect(new Set(picky.got.map((g) => `${g.body} ${g.key} ${g.signature}`)).size).toBe(5);
  expect(picky.got[0]!.signature).toMatch(/^sha256=[0-9a-f]{64}$/);
  const [target] = await until(
    async () => (await look(b)).targets,
    ([t]) => (t?.delivered ?? 0) + (t?.failed ?? 0) >= 5,
  );
  expect(target).toMatchObject({ delivered: 2, failed: 3, lastFailure: { code: 'webhook.refused' } });
  const kept = await b.db.query(
    `SELECT convert_from(event, 'UTF8') AS event, tries, code, detail FROM notify_failure ORDER BY id`,
  );
  expect(kept).toEqual([
    { event: '{"n":2}', tries: 1, code: 'webhook.refused', detail: 'HTTP 400' },
    { event: '{"n":3}', tries: 3, code: 'webhook.unavailable', detail: 'HTTP 503' },
    { event: '{"n":4}', tries: 1, code: 'webhook.refused', detail: 'HTTP 302: redirects are not followed' },
  ]);
  const metrics = await notify.registry.metrics();
  expect(metrics).toContain('loadcycle_notify_delivered_total{target="notify-webhook-picky"} 2');
  expect(metrics).toContain(
    'loadcycle_notify_failed_total{target="notify-webhook-picky",code="webhook.refused"} 2',
  );
  expect(notify.health.snapshot()['webhook picky']).toMatchObject({ state: 'ok' });
});

test('while the store does not take it nobody is told again, and restarts make no poison of what waits for a target', async () => {
  const b = await openBench({ partitions: 1 });
  const good = await hook();
  const waits = await hook(() => 503);
  const webhooks = `good=${good.url},waits=${waits.url}`;
  const first = await notifying(b, { webhooks });
  // the store refuses what is written with the event, for a reason that is not the event's
  await b.db.exec('ALTER TABLE notify_target RENAME delivered TO gone');
  await b.eventLog.append([event(1)]);
  await until(
    async () => first.health.snapshot()['notify-webhook-good'],
    (part) => part?.code === 'store.schema',
  );
  const tries = () => first.lines.filter((l) => l.startsWith('notify-webhook-good: ')).length;
  await until(
    async () => tries(),
    (n) => n >= 3,
  );
  await b.db.exec('ALTER TABLE notify_target RENAME gone TO delivered');
  const delivered = async () => (await look(b)).targets.find((t) => t.consumer.endsWith('good'))?.delivered;
  await until(delivered, (n) => n === 1);
  expect(good.got).toHaveLength(1);
  await first.close();
  for (let restart = 1; restart <= 7; restart++) {
    const before = waits.got.length;
    const again = await notifying(b, { webhooks });
    await until(
      async () => waits.got.length,
      (n) => n > before,
    );
    await again.close();
  }
  expect((await look(b)).targets.map((t) => t.failed)).toEqual([0, 0]);
  waits.answer = () => 204;
  await notifying(b, { webhooks });
  await until(
    async () => (await look(b)).targets.map((t) => t.delivered),
    (counts) => counts.join() === '1,1',
  );
});

test('the role that tells others can neither read samples nor write them', async (context) => {
  const b = await openBench();
  if (!('as' in b.db)) return context.skip('roles of a server are tried in cloud-processes.test.ts');
  const notifier = asNotifier(b.db);
  await expect(notifier.query('SELECT 1 FROM sample LIMIT 1')).rejects.toMatchObject({
    code: 'store.forbidden',
  });
  await expect(notifier.query('DELETE FROM dead_letter')).rejects.toMatchObject({ code: 'store.forbidden' });
});
