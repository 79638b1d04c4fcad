import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonOf, post, until } from './api-support.ts';
import { type Hook, type Notifying, openHook, openNotifying, type Raised, toldOf } from './notify-support.ts';

/** What is not told for a while, and what is told later: a real store, log and API, and webhooks that are real servers. */
let n: Notifying;
let later: Hook;
beforeAll(async () => {
  n = await openNotifying();
  later = await openHook();
});
afterAll(async () => {
  later.close();
  await n.close();
});

const GIVEN = 'notify-webhook-given';
const silence = async (body: object, path = '/v1/notify/silences') => {
  const answer = await n.t.call(path, post(body));
  expect(answer.status).toBe(201);
  return jsonOf(answer);
};
const end = (id: number) => n.t.call(`/v1/notify/silences/${id}/end`, { method: 'POST' });
const told = (a: Raised) => toldOf(n.given, a);
const anomaly = (id: number) => jsonOf(n.t.call(`/v1/anomalies/${id}`));

it('what is silenced is recorded and shown, not told; its end tells what is still open, and only that', async () => {
  const before = await n.raise();
  await until(() => told(before).length > 0);
  const { id, until: ends } = await silence({
    site: 'plant1',
    device: 'motor1',
    until: '+1h',
    note: 'repair',
  });
  const open = await n.raise();
  const over = await n.raise({ metric: 'ripple' });
  const elsewhere = await n.raise({ device: 'motor2' });
  await until(() => told(elsewhere).length > 0);
  await n.end(over);
  // who was told of the beginning is told of the end
  await n.end(before);
  await n.caughtUp(GIVEN);
  expect([told(open), told(over)]).toEqual([[], []]);
  expect(told(before)).toEqual(['open', 'closed']);
  expect(await anomaly(open.id)).toMatchObject({ state: 'open', silencedUntil: ends });
  expect(await anomaly(elsewhere.id)).toMatchObject({ silencedUntil: null });
  expect(await jsonOf(end(id))).toMatchObject({ active: false, endedBy: 'admin' });
  await until(() => told(open).length > 0);
  await n.end(open);
  await until(() => told(open).length > 1);
  expect([told(open), told(over)]).toEqual([['open', 'closed'], []]);
  expect(await anomaly(open.id)).toMatchObject({ silencedUntil: null });
  const waiting = await n.t.db.query('SELECT 1 FROM notify_anomaly WHERE site = $1 AND device = $2', [
    'plant1',
    'motor1',
  ]);
  expect(waiting).toEqual([]);
});

it('by kind and signal: only what it names', async () => {
  const { id } = await silence({
    site: 'plant1',
    device: 'motor1',
    signal: 'current',
    kind: 'limit',
    until: '+1h',
  });
  const its = await n.raise({ signal: 'current', kind: 'limit', metric: 'topLevel' });
  const kind = await n.raise({ signal: 'current', kind: 'regime', metric: 'topLevel' });
  const signal = await n.raise({ kind: 'limit', metric: 'topLevel' });
  await until(() => told(kind).length > 0 && told(signal).length > 0);
  await n.caughtUp(GIVEN);
  expect(told(its)).toEqual([]);
  await end(id);
  await until(() => told(its).length > 0);
});

it('a shelved anomaly is told when its time is over, where it is still open', async () => {
  // metric null: of no cycle
  const everything = await silence({ until: '+1h' });
  const one = await n.raise({ kind: 'no-data', metric: null });
  const until1 = new Date(Date.now() + 2_500).toISOString();
  const shelved = await silence({ until: until1, note: 'known' }, `/v1/anomalies/${one.id}/shelve`);
  expect(shelved).toMatchObject({ anomaly: one.id, kind: 'no-data', note: 'known', active: true });
  await end(everything.id);
  // the same kind at another time is another anomaly
  const next = await n.raise({ kind: 'no-data', metric: null });
  await until(() => told(next).length > 0);
  await until(() => told(one).length > 0);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until1));
  expect(told(one)).toEqual(['open']);
});

it('a target with afterS is told only of what nobody has acknowledged by then, and of its end', async () => {
  const { consumer } = await n.target({
    kind: 'webhook',
    name: 'boss',
    grants: ['plant2'],
    url: later.url,
    afterS: 1,
  });
  const where = { site: 'plant2', device: 'pump1' };
  const acknowledged = await n.raise({ ...where, metric: 'periodS', acknowledged: true });
  const over = await n.raise({ ...where, metric: 'ripple', state: 'closed' });
  await n.end(over);
  const open = await n.raise(where);
  await until(() => toldOf(later, open).length > 0);
  // the others were told at once
  expect(told(open)).toEqual(['open']);
  await n.end(open);
  await n.end(acknowledged);
  await until(() => toldOf(later, open).length > 1);
  await n.caughtUp(consumer);
  expect(toldOf(later, open)).toEqual(['open', 'closed']);
  expect([toldOf(later, acknowledged), toldOf(later, over)]).toEqual([[], []]);
  // in a silence its time has not begun
  const { id: quiet } = await silence({ site: 'plant2', until: '+1h' });
  const silenced = await n.raise(where);
  await n.caughtUp(consumer);
  const endedAt = Date.now();
  await end(quiet);
  await until(() => toldOf(later, silenced).length > 0);
  expect(Date.now() - endedAt).toBeGreaterThanOrEqual(1_000);
});

it('a target that is changed while something waits is told of it by what it is now', async () => {
  const input = { kind: 'webhook', name: 'moved', grants: ['plant1', 'plant2'], url: later.url };
  const { id, consumer } = await n.target(input);
  const { id: quiet } = await silence({ until: '+1h' });
  const left = await n.raise();
  const kept = await n.raise({ site: 'plant2', device: 'pump1' });
  await n.caughtUp(consumer);
  await n.t.call(`/v1/notify/targets/${id}`, post({ ...input, name: 'moved2', grants: ['plant2'] }, 'PUT'));
  await until(() => n.health.snapshot()[`target ${id} (moved2)`]?.state === 'ok');
  await end(quiet);
  await until(() => toldOf(later, kept).length > 0 && told(left).length > 0);
  const waiting = () =>
    n.t.db.query('SELECT 1 FROM notify_anomaly WHERE consumer = $1 AND told_at IS NULL', [consumer]);
  await until(async () => (await waiting()).length === 0);
  expect(toldOf(later, left)).toEqual([]);
});

it('what waits outlives a restart, and a silence that ended meanwhile is followed', async () => {
  const { id } = await silence({ site: 'plant1', until: '+1h' });
  const open = await n.raise();
  const over = await n.raise({ metric: 'ripple' });
  await n.caughtUp(GIVEN);
  await n.restart();
  await n.end(over);
  await n.caughtUp(GIVEN);
  expect([told(open), told(over)]).toEqual([[], []]);
  await end(id);
  await until(() => told(open).length > 0);
  await n.restart();
  await n.end(open);
  await until(() => told(open).length > 1);
  expect([told(open), told(over)]).toEqual([['open', 'closed'], []]);
});

it('a client silences what its grants reach, and sees no other silence', async () => {
  const one = await n.t.token(['anomalies:write'], ['plant1/motor1']);
  const make = (body: object, token = one) =>
    n.t.call('/v1/notify/silences', { ...post({ until: '+1h', ...body }), token });
  for (const beyond of [{}, { site: 'plant1' }, { site: 'plant2', device: 'pump1' }, { kind: 'limit' }]) {
    expect([beyond, (await make(beyond)).status]).toEqual([beyond, 403]);
  }
  const { id } = await jsonOf(make({ site: 'plant1', device: 'motor1' }));
  const all = await silence({ until: '+1h', note: 'everything' });
  const seen = async (token: string) =>
    (await jsonOf(n.t.call('/v1/notify/silences', { token }))).silences.map((s: { id: number }) => s.id);
  expect(await seen(one)).toEqual([id]);
  expect(await seen(await n.t.token(['cycles:read'], ['plant2']))).toEqual([]);
  const other = await n.t.token(['anomalies:write'], ['plant2']);
  expect((await n.t.call(`/v1/notify/silences/${id}/end`, { method: 'POST', token: other })).status).toBe(
    404,
  );
  const there = await n.raise({ kind: 'limit' });
  const shelve = { ...post({ until: '+1h' }), token: other };
  expect((await n.t.call(`/v1/anomalies/${there.id}/shelve`, shelve)).status).toBe(404);
  await end(id);
  await end(all.id);
  for (const wrong of ['-1h', '+5000d', 'soon', '2020-01-01T00:00:00Z']) {
    expect((await make({ until: wrong }, n.t.admin)).status).toBe(422);
  }
  expect((await make({ device: 'motor1' }, n.t.admin)).status).toBe(422);
});
