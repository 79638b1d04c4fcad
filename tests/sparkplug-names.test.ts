import { hashedName, readableName } from '@loadcycle/codecs/identity';
import { pathOf } from '@loadcycle/codecs/sparkplug/names';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import sparkplug from 'sparkplug-payload';
import { expect, test } from 'vitest';
import { type Bench, caughtUp, onBench, openBench, raw, startOn, T0 } from './landing-support.ts';

// an encoder that is not ours: Eclipse Tahu's
const { encodePayload } = sparkplug.get('spBv1.0')!;

test.each([
  ['Motor/Speed', 'motor-speed'],
  ['MotorSpeed', 'motor-speed'],
  ['motor_speed', 'motor_speed'],
  ['RPM', 'rpm'],
  ['motorRPM', 'motor-rpm'],
  ['HTTPServer', 'http-server'],
  ['Plant A', 'plant-a'],
  ['Temp °C', 'temp-c'],
  ['ü', ''],
])('%s is readable as %s', (text, name) => {
  expect(readableName(text)).toBe(name);
});

/** A node's birth (seq 0) with numeric metrics of these names, and its data by name. */
class Node {
  #seq = 0;
  readonly #at: string;

  constructor(group: string, node: string) {
    this.#at = `${group} ${node}`;
  }

  message(type: 'NBIRTH' | 'NDATA', names: readonly string[], value = 1) {
    const [group, node] = this.#at.split(' ') as [string, string];
    if (type === 'NBIRTH') this.#seq = 0;
    const timestamp = T0 / 1000 + value * 1000;
    const metrics = names.map((name) => ({ name, type: 'Double' as const, value, timestamp }));
    const bdSeq = { name: 'bdSeq', type: 'Int64' as const, value: 0, timestamp };
    const all = type === 'NBIRTH' ? [bdSeq, ...metrics] : metrics;
    const payload = Buffer.from(encodePayload({ timestamp, seq: this.#seq++, metrics: all } as never));
    const topic = `spBv1.0/${group}/${type}/${node}`;
    return raw(`spBv1.0/${group}/${node}`, topic, payload, T0 + value * 1_000_000 + 1_000_000);
  }
}

const signals = async ({ db }: Bench): Promise<string[]> =>
  (
    await db.query<{ path: string }>(
      `SELECT concat_ws('/', site, device, signal) AS path FROM signal_path ORDER BY 1`,
    )
  ).map((r) => r.path);
const samplesOf = async ({ db }: Bench, path: string): Promise<number> =>
  (
    await db.query<{ n: number }>(
      `SELECT count(*) AS n FROM sample JOIN signal_path p USING (signal_id) WHERE concat_ws('/', site, device, signal) = $1`,
      [path],
    )
  )[0]!.n;

async function both(b: Bench, work: () => Promise<void>): Promise<void> {
  const landing = await startOn(b);
  const cycles = await startCycles(onBench(b));
  await work();
  await caughtUp(b, 'landing');
  await caughtUp(b, 'cycles');
  await cycles.close();
  await landing.close();
}

test('names are readable, by digits only where they would collide, and stay', async () => {
  const b = await openBench({ partitions: 1 });
  const node = new Node('PlantA', 'Gateway01');
  await both(b, () =>
    b.eventLog.append([
      node.message('NBIRTH', ['Motor/Speed', 'MotorSpeed', 'Temp', 'temp', 'Pressure']),
      node.message('NDATA', ['Temp', 'temp', 'Pressure'], 2),
    ]),
  );
  const digits = (name: string): string => pathOf('', '', null, name).signal;
  const device = 'plant-a/gateway01';
  const first = [
    `${device}/motor-speed`,
    `${device}/${digits('MotorSpeed')}`,
    `${device}/${digits('Temp')}`,
    `${device}/temp`,
    `${device}/pressure`,
  ].sort();
  expect(await signals(b)).toEqual(first);
  expect(await samplesOf(b, `${device}/temp`)).toBe(2);
  expect(await samplesOf(b, `${device}/${digits('Temp')}`)).toBe(2);
  // born again with one whose readable name is taken by now: what has a name keeps it
  await both(b, () =>
    b.eventLog.append([node.message('NBIRTH', ['MotorSpeed', 'pressure', 'Pressure', 'Motor/Speed'], 3)]),
  );
  expect(await signals(b)).toEqual([...first, `${device}/${hashedName('pressure')}`].sort());
  expect(await samplesOf(b, `${device}/pressure`)).toBe(3);
  // the cycles worker knows them by the same names
  expect(await b.db.query('SELECT count(*) AS n FROM segmenter_state')).toEqual([{ n: 6 }]);
  expect(await b.db.query('SELECT count(*) AS n FROM dead_letter')).toEqual([{ n: 0 }]);
  expect((await b.db.query<{ name: string }>('SELECT name FROM device')).map((d) => d.name)).toEqual([
    'gateway01',
  ]);
});

test('a store that has the names with digits goes on with them', async () => {
  const b = await openBench({ partitions: 1 });
  const old = pathOf('PlantA', 'Gateway01', null, 'Motor/Speed');
  await b.db.query('INSERT INTO site (name) VALUES ($1)', [old.site]);
  await b.db.query('INSERT INTO device (site_id, name) SELECT id, $1 FROM site', [old.device]);
  await b.db.query(
    `INSERT INTO signal (device_id, name, unit, definition, automatic)
     SELECT id, $1, '1', '{"unit": "1"}', true FROM device`,
    [old.signal],
  );
  const node = new Node('PlantA', 'Gateway01');
  const other = new Node('PlantB', 'Gateway01');
  await both(b, () =>
    b.eventLog.append([
      node.message('NBIRTH', ['Motor/Speed', 'Pressure']),
      other.message('NBIRTH', ['Motor/Speed']),
    ]),
  );
  expect(await signals(b)).toEqual(
    [
      `${old.site}/${old.device}/${old.signal}`,
      `${old.site}/${old.device}/pressure`,
      'plant-b/gateway01/motor-speed',
    ].sort(),
  );
});
