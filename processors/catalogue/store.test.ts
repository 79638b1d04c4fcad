import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignalDefinition } from '@loadcycle/contract';
import { openEmbedded } from '@loadcycle/database/embedded/index';
import { migrate } from '@loadcycle/database/migrate';
import type { Database } from '@loadcycle/database/port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyCatalogue } from './apply.ts';
import type { CatalogueEntry } from './diff.ts';
import { getSignal, listSignals, listVersions } from './store.ts';
import { parseCatalogue } from './yaml.ts';

let folder: string;
let db: Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-catalogue-'));
  db = await openEmbedded({ folder: join(folder, 'store') });
  await migrate(db);
});

afterAll(async () => {
  await db?.close();
  rmSync(folder, { recursive: true, force: true });
});

const entry = (
  signal: string,
  definition: Partial<SignalDefinition> = {},
  device = 'motor-7',
): CatalogueEntry => ({
  path: { site: 'plant-1', device, signal },
  definition: SignalDefinition.parse({ unit: 'V', ...definition }),
});
const counts = (d: Awaited<ReturnType<typeof applyCatalogue>>) => [
  d.created.length,
  d.changed.length,
  d.unchanged.length,
];

test('a file is applied once; again it changes nothing; a change is a version under a name', async () => {
  const yaml = (max: number) =>
    `sites: {plant-1: {motor-7: {voltage: {preset: voltage, validMax: ${max}}, temp: {preset: temperature}}, motor-8: {voltage: {unit: V}}}}`;
  const wanted = parseCatalogue(yaml(480)).entries;
  expect(counts(await applyCatalogue(db, wanted, 'anna', { dryRun: true }))).toStrictEqual([3, 0, 0]);
  expect(await listSignals(db)).toStrictEqual([]);
  expect(counts(await applyCatalogue(db, wanted, 'anna'))).toStrictEqual([3, 0, 0]);
  expect(counts(await applyCatalogue(db, wanted, 'anna'))).toStrictEqual([0, 0, 3]);
  const signals = await listSignals(db);
  expect(signals.map((s) => `${Object.values(s.path).join('/')} ${s.version} ${s.automatic}`)).toStrictEqual([
    'plant-1/motor-7/temp 1 false',
    'plant-1/motor-7/voltage 1 false',
    'plant-1/motor-8/voltage 1 false',
  ]);
  expect(signals[1]!.definition).toStrictEqual(wanted[0]!.definition);
  const diff = await applyCatalogue(db, parseCatalogue(yaml(500)).entries, 'bert');
  expect(counts(diff)).toStrictEqual([0, 1, 2]);
  expect(diff.changed[0]!.fields).toStrictEqual([{ field: 'validMax', before: 480, after: 500 }]);
  const voltage = (await getSignal(db, wanted[0]!.path))!;
  expect(voltage).toMatchObject({ version: 2, definition: { validMax: 500 } });
  const versions = await listVersions(db, voltage.id);
  expect(versions.map((v) => [v.version, v.definition.validMax, v.changedBy])).toStrictEqual([
    [1, 480, 'anna'],
    [2, 500, 'bert'],
  ]);
  expect(await listSignals(db, { device: 'motor-8' })).toHaveLength(1);
  expect(await getSignal(db, { site: 'plant-1', device: 'motor-7', signal: 'nothing' })).toBeNull();
});

test('all of a file or nothing', async () => {
  await applyCatalogue(db, [entry('whole')], 'anna');
  const [site] = await db.query<{ id: number }>('SELECT count(*)::int AS id FROM site');
  const bad = [entry('new', {}, 'motor-9'), entry('whole', { validMax: 1 })];
  const expected = [{ path: bad[1]!.path, version: 7 }];
  await expect(applyCatalogue(db, bad, 'anna', { expected })).rejects.toMatchObject({
    code: 'request.conflict',
  });
  expect(await getSignal(db, bad[0]!.path)).toBeNull();
  expect(await db.query('SELECT count(*)::int AS id FROM site')).toStrictEqual([site]);
  await expect(applyCatalogue(db, [bad[0]!, bad[0]!], 'anna')).rejects.toMatchObject({
    code: 'request.invalid',
  });
  const current = [
    { path: bad[1]!.path, version: 1 },
    { path: bad[0]!.path, version: 0 },
  ];
  expect(counts(await applyCatalogue(db, bad, 'anna', { expected: current }))).toStrictEqual([1, 1, 0]);
});

test('a signal with data keeps its unit', async () => {
  await applyCatalogue(db, [entry('empty'), entry('used')], 'anna');
  const used = (await getSignal(db, entry('used').path))!;
  await db.query(
    `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at)
     VALUES (now(), now(), $1, gen_random_uuid(), 0, 1, 1, 0, 0, now())`,
    [used.id],
  );
  await expect(applyCatalogue(db, [entry('used', { unit: 'mV' })], 'anna')).rejects.toMatchObject({
    code: 'request.conflict',
    pointer: '/unit',
  });
  expect(counts(await applyCatalogue(db, [entry('empty', { unit: 'mV' })], 'anna'))).toStrictEqual([0, 1, 0]);
  const rows = await db.query("SELECT unit FROM signal WHERE name = 'empty'");
  expect(rows).toStrictEqual([{ unit: 'mV' }]);
});

test('what a message registered is confirmed by a definition; a unit that no one had said may be said', async () => {
  await applyCatalogue(db, [entry('seen', { unit: '1' })], 'first message');
  const seen = (await getSignal(db, entry('seen').path))!;
  await db.query('UPDATE signal SET automatic = true WHERE id = $1', [seen.id]);
  await db.query(
    `INSERT INTO batch (t0, t_end, signal_id, session, seq, count, good, uncertain, bad, received_at)
     VALUES (now(), now(), $1, gen_random_uuid(), 0, 1, 1, 0, 0, now())`,
    [seen.id],
  );
  expect(counts(await applyCatalogue(db, [entry('seen')], 'anna'))).toStrictEqual([0, 1, 0]);
  expect(await getSignal(db, entry('seen').path)).toMatchObject({
    automatic: false,
    version: 2,
    definition: { unit: 'V' },
  });
  await db.query('UPDATE signal SET automatic = true WHERE id = $1', [seen.id]);
  expect(counts(await applyCatalogue(db, [entry('seen')], 'anna'))).toStrictEqual([0, 0, 1]);
  expect(await getSignal(db, entry('seen').path)).toMatchObject({ automatic: false, version: 2 });
});
