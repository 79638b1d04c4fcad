import { type Batch, LOG_TOPICS } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { rulesOf } from '@loadcycle/contract/rule-settings';
import { SAME } from '@loadcycle/contract/units/conversion';
import type { NewRecord } from '@loadcycle/event-log/port';
import { RuleEvaluator } from '@loadcycle/processors/anomalies/rules/evaluator';
import { applyCatalogue, parseCatalogue } from '@loadcycle/processors/catalogue/index';
import { expect, test } from 'vitest';
import { settled, startWorkers, wave } from './cycles-worker-support.ts';
import { type Bench, batchOf, openBench, readJson, recordOf, SESSION, T0, until } from './landing-support.ts';

const S = 1_000_000;
const QUICK = { repairQuiet: 0, cyclesGather: 5_000 };

const define = async (b: Bench, signals: string): Promise<void> => {
  const { entries, problems } = parseCatalogue(`sites: {s: {d: {${signals}}}}`);
  expect(problems).toEqual([]);
  await applyCatalogue(b.db, entries, 'test');
};

/** A value a second, in batches of `size`; heard as it comes. */
function seconds(
  signal: string,
  unit: string,
  values: readonly number[],
  from = 0,
  size = 4,
  late = 0,
): NewRecord[] {
  const records: NewRecord[] = [];
  for (let i = 0; i < values.length; i += size) {
    const some = values.slice(i, i + size);
    const batch: Batch = {
      ...{ session: SESSION, seq: (from + i) / size, unit, t0Us: T0 + (from + i) * S, dtUs: S },
      ...{ offsetsUs: null, values: Float64Array.from(some) },
    };
    const endUs = T0 + (from + i + some.length - 1) * S;
    records.push(recordOf(batch, { signal, receivedAtUs: endUs + late }));
  }
  return records;
}

const anomalies = (b: Bench) =>
  b.db.query<{ signal: string; kind: string; rule: string; since: number; until: number | null }>(
    `SELECT p.signal, a.kind, a.metric AS rule, ((extract(epoch FROM a.since) * 1000000)::bigint - ${T0}) / ${S} AS since,
            ((extract(epoch FROM a.until) * 1000000)::bigint - ${T0}) / ${S} AS until, a.closed_reason AS closed, a.reason
     FROM anomaly a JOIN signal_path p USING (signal_id) WHERE a.kind <> 'no-data' ORDER BY 1, 2, 3, 4`,
  );

/** What was told, each once: at a restart what was told last is told again. */
const told = async (b: Bench) => {
  const all = await readJson<AnomalyEvent>(b.eventLog, LOG_TOPICS.anomalies);
  const once = new Map(all.filter((e) => e.kind !== 'no-data').map((e) => [JSON.stringify(e), e]));
  return [...once.values()].map((e) => [
    ...[e.signal, e.kind, e.metric, e.state, (e.sinceUs - T0) / S, e.closedReason],
  ]);
};

test('thresholds, rate and a stuck value: opened once, over by themselves, across a restart and a resend', async () => {
  const b = await openBench({ partitions: 1 });
  await define(
    b,
    `oil: {unit: Cel, cycles: off, rules: {
       high: {limit: 80, deadband: 2, onDelay: 2s, offDelay: 1s}, high-high: {limit: 95},
       climb: {type: rate-of-change, limit: 3, per: 1s, over: 4s, direction: rising}}},
     level: {unit: mm, rules: {frozen: {type: stuck-value, after: 10s}}}`,
  );
  const oil = seconds('oil', 'Cel', [
    ...[70, 71, 70, 79, 81, 79.5, 81, 82], // beyond for a second: not yet
    ...[83, 97, 96, 96, 90, 80, 79, 79], // back within the deadband: not yet
    ...[77, 77, 76, 70, 70, 70, 70, 70],
  ]);
  const level = seconds(
    'level',
    'mm',
    Array.from({ length: 24 }, (_, i) => (i < 6 || i > 19 ? i : 6)),
  );
  let workers = await startWorkers(b, QUICK);
  await b.eventLog.append([...oil.slice(0, 3), ...level.slice(0, 4)]);
  await settled(b);
  const open = await anomalies(b);
  expect(open).toMatchObject([
    { signal: 'oil', kind: 'high', rule: 'high', since: 6, until: null, closed: null },
    { signal: 'oil', kind: 'high-high', since: 9, reason: 'is 97 Cel, above 95 Cel (high-high)' },
    { signal: 'oil', kind: 'rate-of-change', rule: 'climb', since: 9, until: null },
  ]);
  await workers.close();
  // the same again, and what comes after it, to a worker that has nothing in memory
  await b.eventLog.append([...oil.slice(0, 3), ...oil.slice(3), ...level.slice(2)]);
  workers = await startWorkers(b, QUICK);
  await settled(b);
  const found = await anomalies(b);
  expect(found).toMatchObject([
    { signal: 'level', kind: 'stuck-value', rule: 'frozen', since: 6, until: 20, closed: 'returned' },
    { signal: 'oil', kind: 'high', since: 6, until: 16, closed: 'returned' },
    { signal: 'oil', kind: 'high-high', since: 9, until: 12, closed: 'returned' },
    { signal: 'oil', kind: 'rate-of-change', rule: 'climb', closed: 'returned' },
  ]);
  expect(found.map((f) => (f as { reason?: string }).reason)).toEqual([
    'stood at 6 mm, for 14 s',
    'was 97 Cel, above 80 Cel (high); back below 78 Cel',
    'was 97 Cel, above 95 Cel (high-high); back below 95 Cel',
    expect.stringMatching(/^changed by \d.* Cel in 1 s, more than 3 Cel in 1 s; back within 3 Cel in 1 s$/),
  ]);
  // late by an hour, and 20 h ahead: neither says anything, nor is what follows late for it
  await b.eventLog.append([
    recordOf(
      batchOf(0, {
        session: '01990000-0000-7000-8000-000000000002',
        unit: 'Cel',
        t0Us: T0 - 9 * S,
        values: Float64Array.of(99),
      }),
      {
        signal: 'oil',
        receivedAtUs: T0 + 24 * S,
      },
    ),
    recordOf(
      batchOf(1, {
        session: '01990000-0000-7000-8000-000000000002',
        unit: 'Cel',
        t0Us: T0 + 72_000 * S,
        values: Float64Array.of(99),
      }),
      {
        signal: 'oil',
        receivedAtUs: T0 + 24 * S,
      },
    ),
    ...seconds('oil', 'Cel', [96, 70, 70, 70], 24),
  ]);
  await settled(b);
  expect((await anomalies(b)).filter((a) => a.kind === 'high-high')).toMatchObject([
    { since: 9 },
    { since: 24, until: 25 },
  ]);
  expect(
    await b.db.query("SELECT 1 FROM cycle UNION ALL SELECT 1 FROM repair WHERE state <> 'done'"),
  ).toEqual([]);
  await workers.close();
  const events = await told(b);
  expect(events.filter(([, kind]) => kind === 'high-high')).toEqual([
    ['oil', 'high-high', 'high-high', 'open', 9, null],
    ['oil', 'high-high', 'high-high', 'closed', 9, 'returned'],
    ['oil', 'high-high', 'high-high', 'open', 24, null],
    ['oil', 'high-high', 'high-high', 'closed', 24, 'returned'],
  ]);
  expect(events.filter(([signal]) => signal === 'level').map(([, , , state]) => state)).toEqual([
    'open',
    'closed',
  ]);
});

test('an import alarms nobody; another definition and a word end what is open', async () => {
  const b = await openBench({ partitions: 1 });
  await define(b, 'level: {unit: mm, rules: {high: {limit: 80}, frozen: {type: stuck-value, after: 3s}}}');
  const workers = await startWorkers(b, QUICK);
  await b.eventLog.append(seconds('level', 'mm', [70, 90, 90, 90, 90, 90, 70, 71], 0, 4, 3 * 86_400 * S));
  await settled(b);
  expect(await anomalies(b)).toMatchObject([
    { kind: 'high', since: 1, until: 6, closed: 'history' },
    { kind: 'stuck-value', since: 1, until: 6, closed: 'history' },
  ]);
  // and what is live after it is judged from where it stands
  await b.eventLog.append(seconds('level', 'mm', [85, 85, 85, 85, 85, 85, 85, 85], 8));
  await settled(b);
  await b.db.query(
    `UPDATE anomaly SET accepted_at = now(), accepted_by = 'somebody' WHERE kind = 'stuck-value' AND state = 'open'`,
  );
  await until(
    () => anomalies(b),
    (rows) => rows.every((r) => r.kind !== 'stuck-value' || r.until !== null),
  );
  await define(b, 'level: {unit: mm, rules: {high: {limit: 84}, frozen: {type: stuck-value, after: 3s}}}');
  await b.eventLog.append(seconds('level', 'mm', [85, 85, 85, 85], 16));
  await settled(b);
  await define(b, 'level: {unit: mm}');
  await b.eventLog.append(seconds('level', 'mm', [85, 85, 85, 85], 20));
  await settled(b);
  await workers.close();
  expect((await told(b)).filter(([, kind]) => kind === 'high')).toEqual([
    ['level', 'high', 'high', 'open', 8, null],
    ['level', 'high', 'high', 'closed', 8, 'definition'],
    ['level', 'high', 'high', 'open', 16, null],
    ['level', 'high', 'high', 'closed', 16, 'definition'],
  ]);
  expect((await told(b)).filter(([, kind]) => kind === 'stuck-value')).toEqual([
    ['level', 'stuck-value', 'frozen', 'open', 8, null],
    ['level', 'stuck-value', 'frozen', 'closed', 8, 'accepted'],
  ]);
  expect(await b.db.query('SELECT 1 FROM rule_state')).toEqual([]);
});

test('a condition over several signals: told once, whichever comes first, and across a restart', async () => {
  const b = await openBench();
  await define(
    b,
    `current: {unit: A, rules: {dry-run: {type: condition, onDelay: 3s,
       all: [{above: 5, deadband: 1}, {signal: flow, below: 0.2}]}}},
     flow: {unit: l/min}`,
  );
  // dry from 6 on; the current comes back at 17
  const current = seconds('current', 'A', [0, 0, 6, 7, 7, 7, 7, 7, 4.5, 6, 6, 6, 6, 6, 6, 6, 6, 3, 3, 3]);
  const flow = seconds('flow', 'l/min', [2, 2, 2, 2, 0.1, 2, 0.1, 0.1, 0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const conditions = () =>
    anomalies(b).then((rows) => rows.filter((a) => a.kind === 'condition')) as Promise<
      { since: number; until: number | null; closed: string | null; reason: string }[]
    >;
  let workers = await startWorkers(b, QUICK);
  // an import says nothing
  await b.eventLog.append(
    ['current', 'flow'].map((signal, i) =>
      recordOf(
        batchOf(0, {
          ...{ session: '01990000-0000-7000-8000-000000000003', unit: ['A', 'l/min'][i]!, count: 10 },
          ...{ t0Us: T0 - 9_000 * S, values: new Float64Array(10).fill([9, 0][i]!) },
        }),
        { signal, receivedAtUs: T0 + 90_000 * S },
      ),
    ),
  );
  await b.eventLog.append([...current, ...flow.slice(0, 2)]);
  await settled(b);
  await workers.close();
  // up to 7 all is known
  await b.eventLog.append([...flow.slice(0, 3)]);
  workers = await startWorkers(b, QUICK);
  const [open] = await until(conditions, (rows) => rows.length > 0);
  expect(open).toEqual({
    ...{ signal: 'current', kind: 'condition', rule: 'dry-run', since: 6, until: null, closed: null },
    reason: 'current 6 A, above 5 A; flow 0.1 l/min, below 0.2 l/min',
  });
  await b.eventLog.append(flow.slice(3));
  const closed = await until(conditions, (rows) => rows[0]!.until !== null);
  expect(closed).toMatchObject([{ since: 6, until: 17, closed: 'returned' }]);
  // another form of it begins anew, and what the old one has kept goes
  await define(b, 'current: {unit: A}, flow: {unit: l/min}');
  await b.eventLog.append([
    ...seconds('current', 'A', [6, 6, 6, 6], 20),
    ...seconds('flow', 'l/min', [0, 0, 0, 0], 20),
  ]);
  await settled(b);
  const kept = () =>
    b.db.query(
      'SELECT rule FROM condition_entry UNION ALL SELECT rule FROM condition_change UNION ALL SELECT rule FROM condition_state',
    );
  await until(kept, (rows) => rows.length === 0);
  await workers.close();
  expect((await told(b)).map(([, kind, rule, state, since]) => [kind, rule, state, since])).toEqual([
    ['condition', 'dry-run', 'open', 6],
    ['condition', 'dry-run', 'closed', 6],
  ]);
});

test('random series in random batches, some again, across restarts: the rows are what the rules say of the whole', async () => {
  const b = await openBench({ partitions: 1 });
  const rules = {
    ...{ high: { limit: 23, deadband: 0.5, onDelay: '2s', offDelay: '3s' }, 'low-low': { limit: 17 } },
    climb: { type: 'rate-of-change', limit: 1, per: '1s', over: '4s' },
    frozen: { type: 'stuck-value', after: '4s', band: 0.1 },
    spike: { type: 'value-outlier', threshold: 2.5, bucket: '2s' },
    drift: { bucket: '2s', threshold: 2 },
  };
  await define(b, `oil: {unit: Cel, cycles: off, rules: ${JSON.stringify(rules)}}`);
  let seed = 5;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
  let level = 20;
  let still = 0;
  const values = Float64Array.from({ length: 600 }, () => {
    if (random() < 0.03) level = 20 + 12 * (random() - 0.5);
    if (random() < 0.03) still = 8;
    if (still-- <= 0) level += random() - 0.5;
    return Math.round(level * 20) / 20;
  });
  const records: NewRecord[] = [];
  for (let i = 0; i < values.length; ) {
    const count = 1 + Math.floor(random() * 12);
    const some = values.subarray(i, i + count);
    const batch: Batch = {
      ...{ session: SESSION, seq: records.length, unit: 'Cel', t0Us: T0 + i * S, dtUs: S },
      ...{ offsetsUs: null, values: some },
    };
    records.push(recordOf(batch, { signal: 'oil', receivedAtUs: T0 + (i + some.length) * S }));
    i += count;
  }
  for (let i = 0; i < records.length; ) {
    const workers = await startWorkers(b, QUICK);
    for (let groups = 0; groups < 3; groups++) {
      const to = i + Math.floor(random() * 15);
      await b.eventLog.append(records.slice(Math.max(0, i - 3), to));
      await settled(b);
      i = to;
    }
    await workers.close();
  }
  const timesUs = values.map((_, i) => T0 + i * S);
  const whole = new RuleEvaluator(rulesOf({ rules }), { unit: 'Cel', conversion: SAME });
  const found = whole.push({ timesUs, values }, false);
  const last = new Map(found.map((f) => [`${f.metric} ${f.sinceUs}`, f]));
  const expected = [...last.values()].map((f) => [
    ...[
      f.kind,
      f.metric,
      (f.sinceUs - T0) / S,
      f.untilUs === null ? null : (f.untilUs - T0) / S,
      f.closedReason,
    ],
  ]);
  const rows = (await anomalies(b)) as (Awaited<ReturnType<typeof anomalies>>[number] & {
    closed: string | null;
  })[];
  const stored = rows.map((r) => [r.kind, r.rule, r.since, r.until, r.closed]);
  const sorted = (all: unknown[][]): string[] => all.map((r) => JSON.stringify(r)).sort();
  expect(sorted(stored)).toEqual(sorted(expected));
  expect(new Set(stored.map(([kind]) => kind)).size).toBeGreaterThan(4);
});

test('cycles: off keeps no segmenter; a range that is cut again by it loses its cycles; on again cuts from there', async () => {
  const b = await openBench({ partitions: 1 });
  const values = wave(60_000);
  const records = Array.from({ length: 60 }, (_, seq) =>
    recordOf(batchOf(seq, { count: 1000, values: values.subarray(seq * 1000, (seq + 1) * 1000) })),
  );
  const workers = await startWorkers(b, QUICK);
  await b.eventLog.append(records.slice(0, 20));
  await settled(b);
  const cycles = () =>
    b.db.query<{ from: number }>(
      `SELECT ((extract(epoch FROM started_at) * 1000000)::bigint - ${T0}) / ${S} AS "from" FROM cycle ORDER BY 1`,
    );
  const before = (await cycles()).length;
  expect(before).toBeGreaterThan(10);
  await define(b, 'voltage: {unit: V, cycles: off}');
  await b.eventLog.append(records.slice(20, 40));
  await settled(b);
  expect(await cycles()).toHaveLength(before);
  const state = await b.db.query(
    `SELECT octet_length(state) AS bytes, extra->>'cycles' AS cycles FROM segmenter_state`,
  );
  expect(state).toEqual([{ bytes: 0, cycles: 'off' }]);
  await b.db.query(
    `INSERT INTO repair (signal_id, from_ts, to_ts, reason) SELECT id, 'epoch', 'epoch'::timestamptz + interval '1 microsecond' * ${T0 + 20 * S}, 'reprocess' FROM signal`,
  );
  await settled(b);
  expect(await cycles()).toEqual([]);
  await define(b, 'voltage: {unit: V}');
  await b.eventLog.append(records.slice(40));
  await settled(b);
  await workers.close();
  const after = await cycles();
  expect(after.length).toBeGreaterThan(10);
  expect(after[0]!.from).toBeGreaterThan(39);
});
