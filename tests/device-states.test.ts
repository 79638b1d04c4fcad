/** What the API says of a device is what the cloud knows of it now, not the last thing that the device said. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonOf, openTestApi, type TestApi } from './api-support.ts';

let t: TestApi;

beforeAll(async () => {
  t = await openTestApi();
  await t.db.query(`INSERT INTO site (name) VALUES ('hall')`);
});

afterAll(() => t.close());

const AGENT = { state: 'online', at: 0, outbox: { batches: 0 } };
const A = '0199a8f0-0000-7000-8000-00000000000a';
const B = '0199a8f0-0000-7000-8000-00000000000b';

async function device(status: object | null, agoS: number, duplicateAgoS: number | null = null) {
  const atUs = (Date.now() - (duplicateAgoS ?? 0) * 1000) * 1000;
  const duplicate = duplicateAgoS === null ? null : { sinceUs: atUs - 5e6, lastUs: atUs, sessions: [A, B] };
  await t.db.query(`DELETE FROM device WHERE name = 'press'`);
  await t.db.query(
    `INSERT INTO device (site_id, name, status, status_at, duplicate_identity)
     SELECT id, 'press', $1::jsonb, now() - make_interval(secs => $2::float8), $3::jsonb FROM site WHERE name = 'hall'`,
    [
      status === null ? null : JSON.stringify(status),
      agoS,
      duplicate === null ? null : JSON.stringify(duplicate),
    ],
  );
  const pipeline = await jsonOf(t.call('/v1/pipeline'));
  const { sites } = await jsonOf(t.call('/v1/sites'));
  const one = pipeline.devices.list.find((d: { site: string }) => d.site === 'hall');
  return {
    one,
    counts: pipeline.devices,
    online: sites.find((s: { site: string }) => s.site === 'hall').online,
  };
}

it.each([
  ['an agent that told its status a moment ago', AGENT, 10, 'online'],
  ['an agent that died while nobody was there for its last will', AGENT, 105, 'silent'],
  ['an agent that tells its status each minute', { ...AGENT, statusIntervalS: 60 }, 105, 'online'],
  ['the same, three minutes later', { ...AGENT, statusIntervalS: 60 }, 200, 'silent'],
  ['an interval that is none', { ...AGENT, statusIntervalS: 'often' }, 10, 'online'],
  ['a Sparkplug node, which speaks of births and deaths only', { state: 'online', at: 0 }, 86_400, 'online'],
  ['a device that said good-bye', { ...AGENT, state: 'offline' }, 86_400, 'offline'],
  ['a device that has said nothing', null, 5, 'unknown'],
])('%s', async (_, status, agoS, state) => {
  const { one, counts, online } = await device(status, agoS);
  expect(one.state).toBe(state);
  expect(counts[state]).toBeGreaterThanOrEqual(1);
  expect(online).toBe(state === 'online' ? 1 : 0);
});

it('says of a device that two agents run with its name, until that is ten minutes ago', async () => {
  const now = await device(AGENT, 1, 20);
  expect(now.one.problems).toMatchObject([
    { code: 'device.duplicate-identity', detail: expect.stringContaining(`${A} and ${B}`) },
  ]);
  expect(now.counts.duplicated).toBe(1);
  const later = await device(AGENT, 1, 700);
  expect(later.one.problems).toEqual([]);
});

it("says how far a device's clock is from the cloud's, and by what that was measured", async () => {
  await t.db.query(
    `WITH d AS (INSERT INTO device (site_id, name) SELECT id, 'lathe' FROM site WHERE name = 'hall' RETURNING id)
     INSERT INTO device_clock (device_id, offset_us, source, readings, measured_at)
     SELECT id, 72000250000, 'status', '{72000250000}', '2026-11-28T10:00:00Z' FROM d`,
  );
  expect(await jsonOf(t.call('/v1/sites/hall/devices/lathe'))).toMatchObject({
    clock: { offsetS: 72_000.25, source: 'status', measuredAt: '2026-11-28T10:00:00.000000Z' },
  });
  const { devices } = await jsonOf(t.call('/v1/sites/hall/devices'));
  expect(devices.find((d: { device: string }) => d.device === 'press').clock).toBeNull();
});
