import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { asRole, jsonOf, openBroker, post, until } from './api-support.ts';
import { cliWith } from './cli-support.ts';
import { type Hook, type Notifying, openHook, openNotifying, toldOf } from './notify-support.ts';

/** Targets of anomalies, managed while everything runs: real HTTP servers, a real mail server, a real store and log. */
let n: Notifying;
let hook: Hook;
beforeAll(async () => {
  n = await openNotifying();
  hook = await openHook();
});
afterAll(async () => {
  hook.close();
  await n.close();
});

const webhook = (o: object = {}) => ({ kind: 'webhook', name: 'ops', grants: ['*'], url: hook.url, ...o });
const listed = async (token?: string) =>
  (await jsonOf(n.t.call('/v1/notify/targets', token === undefined ? {} : { token }))).targets as {
    id: number | null;
    name: string;
    readOnly: boolean;
  }[];

it('one that is made is told of what comes from then on, changed and removed without a restart', async () => {
  const before = await n.raise();
  await until(() => toldOf(n.given, before).length > 0);
  const { id, consumer } = await n.target(webhook({ signingSecret: 's3cret-key' }));
  const first = await n.raise();
  await until(() => toldOf(hook, first).length > 0);
  expect(toldOf(hook, before)).toEqual([]);
  expect(hook.headers.at(-1)!['x-loadcycle-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  // of plant2 only from now on; URL and key stay as they are
  const changed = { kind: 'webhook', name: 'ops2', grants: ['plant2'], afterS: 0 };
  expect((await n.t.call(`/v1/notify/targets/${id}`, post(changed, 'PUT'))).status).toBe(200);
  await until(async () => n.health.snapshot()[`target ${id} (ops2)`]?.state === 'ok');
  const there = await n.raise({ site: 'plant2', device: 'pump1' });
  const elsewhere = await n.raise();
  await until(() => toldOf(hook, there).length > 0);
  await n.caughtUp(consumer);
  expect(toldOf(hook, elsewhere)).toEqual([]);
  expect(hook.headers.at(-1)!['x-loadcycle-signature']).toBeDefined();
  await n.remove(id);
  const after = await n.raise({ site: 'plant2', device: 'pump1' });
  await until(() => toldOf(n.given, after).length > 0);
  expect(toldOf(hook, after)).toEqual([]);
  const left = await n.t.db.query('SELECT 1 FROM consumer_offset WHERE consumer = $1', [consumer]);
  expect(left).toEqual([]);
});

it('its secrets are never answered, and stand sealed in the store', async () => {
  const made = await n.target(webhook({ signingSecret: 's3cret-key' }));
  const answers = await Promise.all(
    ['/v1/notify/targets', `/v1/notify/targets/${made.id}`, '/v1/pipeline'].map(async (path) =>
      (await n.t.call(path)).text(),
    ),
  );
  const kept = await n.t.db.query('SELECT * FROM notify_definition, consumer_state, access_log');
  expect(JSON.stringify([made, answers, kept, n.t.logLines])).not.toContain('s3cret');
  await expect(asRole(n.t.db, 'reader').query('SELECT secret FROM notify_definition')).rejects.toMatchObject({
    code: 'store.forbidden',
  });
  await n.remove(made.id);
});

it('those of the settings are listed, and are read-only', async () => {
  const [given, ...others] = await listed();
  expect(given).toMatchObject({ id: null, name: 'given', kind: 'webhook', readOnly: true, grants: ['*'] });
  expect(others).toEqual([]);
});

it('a client makes, sees and changes what its grants reach, and nothing else', async () => {
  const one = await n.t.token(['notify:write'], ['plant1']);
  const make = (grants: string[]) =>
    n.t.call('/v1/notify/targets', { ...post(webhook({ grants })), token: one });
  for (const beyond of [['*'], ['plant2'], ['plant1', 'plant2/pump1']]) {
    expect((await make(beyond)).status).toBe(403);
  }
  const { id } = await jsonOf(make(['plant1/motor1']));
  expect((await listed(one)).map((t) => t.id)).toEqual([id]);
  const other = await n.t.token(['notify:write'], ['plant2', 'plant1/motor2']);
  expect(await listed(other)).toEqual([]);
  for (const [path, request] of [
    [`/v1/notify/targets/${id}`, {}],
    [`/v1/notify/targets/${id}`, post(webhook({ grants: ['plant2'] }), 'PUT')],
    [`/v1/notify/targets/${id}`, { method: 'DELETE' }],
    [`/v1/notify/targets/${id}/test`, { method: 'POST' }],
  ] as const) {
    expect([path, (await n.t.call(path, { ...request, token: other })).status]).toEqual([path, 404]);
  }
  // nor may it give one away that it has
  const away = { ...post(webhook({ grants: ['*'] }), 'PUT'), token: one };
  expect((await n.t.call(`/v1/notify/targets/${id}`, away)).status).toBe(403);
  await n.remove(id);
});

it('a test message answers what the other side said', async () => {
  const { id } = await n.target(webhook());
  const test = () => jsonOf(n.t.call(`/v1/notify/targets/${id}/test`, { method: 'POST' }));
  expect(await test()).toEqual({ taken: true, code: null, detail: 'HTTP 204' });
  expect(hook.bodies.at(-1)).toMatchObject({ test: true, target: 'ops', signal: 'test' });
  hook.answer = () => 410;
  expect(await test()).toEqual({ taken: false, code: 'webhook.refused', detail: 'HTTP 410' });
  hook.answer = () => 204;
  await n.remove(id);
  const mail = await n.target({ kind: 'email', name: 'mail', grants: ['*'], to: ['a@example.org'] });
  const send = () => jsonOf(n.t.call(`/v1/notify/targets/${mail.id}/test`, { method: 'POST' }));
  expect(await send()).toEqual({ taken: true, code: null, detail: expect.stringMatching(/^250 /) });
  expect(n.smtp.mails.at(-1)).toMatchObject({ to: ['a@example.org'], secure: true, user: 'loadcycle' });
  expect(n.smtp.mails.at(-1)!.text).toMatch(/^A test message/);
  n.smtp.answers = { recipient: (address) => `550 5.1.1 no such user ${address}` };
  expect(await send()).toEqual({
    taken: false,
    code: 'mail.refused',
    detail: 'refused: 550 5.1.1 no such user (address)',
  });
  n.smtp.answers = {};
  await n.remove(mail.id);
});

it('a broker of somebody else is a target as well', async () => {
  const broker = await openBroker();
  const seen: string[] = [];
  const client = await connectAsync(broker.url);
  client.on(
    'message',
    (topic, payload) => void seen.push(`${topic} ${JSON.parse(payload.toString()).state}`),
  );
  await client.subscribeAsync('loadcycle/v1/#', { qos: 1 });
  onTestFinished(async () => {
    await client.endAsync();
    await broker.close();
  });
  const url = broker.url;
  const { id } = await n.target({ kind: 'mqtt', name: 'plc', grants: ['plant1'], url, mqttVersion: '3.1.1' });
  const test = await jsonOf(n.t.call(`/v1/notify/targets/${id}/test`, { method: 'POST' }));
  expect(test).toEqual({
    taken: true,
    code: null,
    detail: 'acknowledged by the broker on loadcycle/v1/test/test/anomalies/test',
  });
  await n.raise();
  await until(() => seen.includes('loadcycle/v1/plant1/motor1/anomalies/motor-voltage open'));
  await n.remove(id);
});

it('what makes no sense is refused with its place', async () => {
  const wrong = async (input: object): Promise<unknown> =>
    (await jsonOf(n.t.call('/v1/notify/targets', post(input)))).errors?.map(
      (e: { pointer: string }) => e.pointer,
    );
  expect(await wrong({ kind: 'webhook', name: 'x', grants: ['*'] })).toEqual(['/url']);
  expect(await wrong(webhook({ url: 'ftp://example.org' }))).toEqual(['/url']);
  expect(await wrong(webhook({ afterS: -1 }))).toEqual(['/afterS']);
  expect(await wrong({ kind: 'email', name: 'x', grants: ['*'], to: ['no address'] })).toEqual(['/to/0']);
  expect(await wrong({ kind: 'email', name: 'x', grants: ['*'], to: ['a@b\r\nBcc: c@d'] })).toEqual([
    '/to/0',
  ]);
});

it('the command line makes, changes, tries and removes one, silences and shelves', async () => {
  const cli = cliWith({
    env: { LOADCYCLE_URL: n.t.url, LOADCYCLE_TOKEN: n.t.admin },
    stdin: `${hook.url}\n`,
  });
  const made = await cli.json(
    'notify',
    'add',
    'webhook',
    'cli',
    '--url-file',
    '-',
    '--of',
    'plant1',
    '--after',
    '15m',
  );
  expect(made).toMatchObject({
    name: 'cli',
    kind: 'webhook',
    grants: ['plant1'],
    afterS: 900,
    signed: false,
  });
  const changed = await cli.json('notify', 'change', 'cli', '--of', 'plant1,plant2/pump1');
  expect(changed).toMatchObject({ id: made.id, grants: ['plant1', 'plant2/pump1'], afterS: 900 });
  await until(() => n.health.snapshot()[`target ${made.id} (cli)`]?.state === 'ok');
  hook.answer = () => 410;
  const test = await cli('notify', 'test', 'cli');
  expect([test.code, test.out]).toEqual([1, 'cli has not taken it: HTTP 410 (webhook.refused)\n']);
  hook.answer = () => 204;
  const { out } = await cli('notify', 'list');
  expect(out).toMatch(/^ *id +name +kind/);
  expect(out).toMatch(new RegExp(`^ *${made.id} +cli +webhook +plant1,plant2/pump1 +after 900 s`, 'm'));
  expect((await cli('notify', 'remove', 'given', '--yes')).err).toContain('of the settings of notify');
  expect((await cli('notify', 'remove', 'nobody', '--yes')).code).toBe(5);
  expect(await cli.json('notify', 'remove', String(made.id), '--yes')).toEqual({ removed: made.id });

  const quiet = await cli.json('silence', 'add', 'plant1/motor1', '--for', '2h', '--note', 'repair');
  expect(quiet).toMatchObject({
    site: 'plant1',
    device: 'motor1',
    signal: null,
    note: 'repair',
    active: true,
  });
  const a = await n.raise();
  const shelved = await cli.json('anomalies', 'shelve', String(a.id), '--for', '1d');
  expect(shelved).toMatchObject({ anomaly: a.id, active: true });
  for (const { id } of [quiet, shelved]) {
    expect(await cli.json('silence', 'end', String(id))).toMatchObject({ active: false });
  }
  expect((await cli.json('silence', 'list')).silences).toEqual([]);
  expect((await cli('silence', 'list', '--ended')).out).toMatch(/anomaly \d+ +ended 20/);
  expect((await cli('silence', 'add', 'plant1')).code).toBe(2);
  await until(() => toldOf(n.given, a).length > 0);
});
