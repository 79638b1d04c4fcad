import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diffCatalogue } from './diff.ts';
import { parseCatalogue } from './yaml.ts';

const GOOD = `# a plant
defaults:
  clockSkew: 5s
  labels: {plant: north}
sites:
  plant-1:
    motor-7:
      voltage: &v
        preset: voltage
        validMax: 480
        expectedPeriod: 1ms
        component: main drive
        labels: {owner: maintenance}
        cycles: {minStep: 2}
      voltage-b:
        <<: *v
        validMax: 500
      pressure: {preset: pressure, unit: kPa, stuckAfter: null}
    007:
      speed: {unit: r/min, quantity: speed}
`;

test('a good file', () => {
  const { entries, problems } = parseCatalogue(GOOD);
  expect(problems).toStrictEqual([]);
  expect(entries.map((e) => Object.values(e.path).join('/'))).toStrictEqual([
    'plant-1/motor-7/voltage',
    'plant-1/motor-7/voltage-b',
    'plant-1/motor-7/pressure',
    'plant-1/007/speed',
  ]);
  expect(entries[0]!.definition).toStrictEqual({
    quantity: 'voltage',
    unit: 'V',
    component: 'main drive',
    validMin: -1500,
    validMax: 480,
    maxRatePerS: 1e6,
    stuckAfterUs: 300_000_000,
    expectedPeriodUs: 1000,
    clockSkewUs: 5_000_000,
    cycles: { minStep: 2 },
    labels: { plant: 'north', owner: 'maintenance' },
  });
  expect(entries[1]!.definition.validMax).toBe(500);
  expect(entries[2]!.definition).toMatchObject({ unit: 'kPa', validMax: 160_000, stuckAfterUs: null });
});

test('rules and cycles that are off: as they are written, and the difference rule by rule', () => {
  const file = (limit: number) =>
    `sites: {p: {d: {oil: {unit: Cel, cycles: off, deadband: 1, rules: {high: {limit: ${limit}, onDelay: 10s}, low: {limit: 5}}}}}}`;
  const [before, after] = [parseCatalogue(file(80)), parseCatalogue(file(85))];
  expect(before.problems).toStrictEqual([]);
  expect(before.entries[0]!.definition).toMatchObject({
    cycles: 'off',
    rules: { high: { limit: 80, onDelay: '10s' }, low: { limit: 5 } },
  });
  expect(diffCatalogue(before.entries, before.entries).unchanged).toHaveLength(1);
  expect(diffCatalogue(before.entries, after.entries).changed[0]!.fields).toStrictEqual([
    { field: 'rules.high', before: { limit: 80, onDelay: '10s' }, after: { limit: 85, onDelay: '10s' } },
  ]);
  const wrong = `sites:
  p:
    d:
      oil:
        unit: Cel
        rules:
          high:
            limit: hot
            onDelay: soon
`;
  expect(parseCatalogue(wrong).problems).toMatchObject([
    { line: 8, where: 'p/d/oil.rules.high.limit' },
    { line: 9, where: 'p/d/oil.rules.high.onDelay', message: '"soon" is no duration, such as 10s or 1h30m' },
  ]);
});

test.each<[string, string, [line: number, column: number, where: string, message: RegExp][]]>([
  ['no YAML', 'sites: [', [[1, 9, '', /./]]],
  ['no mapping', '- 1\n', [[1, 1, '', /must be a mapping/]]],
  ['empty', '', [[1, 1, '', /must be a mapping/]]],
  ['no sites', 'defaults: {}\n', [[1, 1, '', /sites is missing/]]],
  ['another field', 'sites: {}\nsignals: {}\n', [[2, 1, 'signals', /no such field/]]],
  [
    'the same twice',
    'sites:\n  a:\n    b:\n      v: {unit: V}\n      v: {unit: A}\n',
    [[5, 7, '', /unique/]],
  ],
  ['a bad name', 'sites:\n  Plant:\n    b: {}\n', [[2, 3, 'Plant', /lower-case/]]],
  ['a device that is a text', 'sites:\n  a:\n    b: hello\n', [[3, 8, 'a/b', /must be a mapping/]]],
  ['a signal that is nothing', 'sites:\n  a:\n    b:\n      v:\n', [[4, 7, 'a/b/v', /must be a mapping/]]],
  ['no unit', 'sites:\n  a:\n    b:\n      v: {validMax: 3}\n', [[4, 7, 'a/b/v.unit', /./]]],
  [
    'several at once',
    'sites:\n  a:\n    b:\n      v:\n        unit: V\n        validMax: high\n        colour: red\n      w:\n        preset: volts\n      x:\n        preset: pressure\n        unit: V\n',
    [
      [6, 9, 'a/b/v.validMax', /number/],
      [7, 9, 'a/b/v.colour', /no such field/],
      [9, 9, 'a/b/w.preset', /presets are voltage/],
      [12, 9, 'a/b/x.unit', /can't be converted/],
    ],
  ],
  [
    'a duration',
    'sites:\n  a:\n    b:\n      v:\n        unit: V\n        stuckAfter: soon\n',
    [[6, 9, 'a/b/v.stuckAfter', /no duration/]],
  ],
  [
    'a range',
    'sites: {a: {b: {v: {unit: V, validMin: 3, validMax: 2}}}}',
    [[1, 30, 'a/b/v.validMin', /less than/]],
  ],
  ['an infinity', 'sites: {a: {b: {v: {unit: V, validMax: .inf}}}}', [[1, 30, 'a/b/v.validMax', /./]]],
  [
    'deep in cycle settings',
    'sites: {a: {b: {v: {unit: V, cycles: {minStep: -1}}}}}',
    [[1, 39, 'a/b/v.cycles.minStep', /./]],
  ],
])('names the place: %s', (_name, text, expected) => {
  const { problems } = parseCatalogue(text);
  expect(problems.map((p) => [p.line, p.column, p.where])).toStrictEqual(expected.map((e) => e.slice(0, 3)));
  expected.forEach((e, i) => {
    expect(problems[i]!.message).toMatch(e[3]);
  });
});

test('a bomb of aliases is refused', () => {
  let text = 'x0: &x0 {a: 1}\n';
  for (let i = 1; i < 12; i++) text += `x${i}: &x${i} [${`*x${i - 1},`.repeat(9)}]\n`;
  const { problems } = parseCatalogue(`${text}sites: {a: {b: {v: {unit: V, labels: *x11}}}}\n`);
  expect(problems.some((p) => /alias/i.test(p.message))).toBe(true);
});

test('the difference, and none when applied again', () => {
  const wanted = parseCatalogue(GOOD).entries;
  const current = parseCatalogue(
    GOOD.replace('480', '400')
      .replace('owner: maintenance', 'team: x')
      .replace('minStep: 2', 'maxPeriodS: 9'),
  ).entries.slice(0, 3);
  const diff = diffCatalogue(current, wanted);
  expect(diff.created.map((e) => e.path.signal)).toStrictEqual(['speed']);
  expect(diff.unchanged.map((p) => p.signal)).toStrictEqual(['pressure']);
  expect(diff.changed[0]!.fields).toStrictEqual([
    { field: 'cycles.maxPeriodS', before: 9, after: undefined },
    { field: 'cycles.minStep', before: undefined, after: 2 },
    { field: 'labels.owner', before: undefined, after: 'maintenance' },
    { field: 'labels.team', before: 'x', after: undefined },
    { field: 'validMax', before: 400, after: 480 },
  ]);
  const again = diffCatalogue(wanted, wanted);
  expect([again.created, again.changed, again.unchanged.length]).toStrictEqual([[], [], 4]);
});

test('the file in the documentation is a good one', () => {
  const page = readFileSync(new URL('../../docs/signals.md', import.meta.url), 'utf8');
  const { entries, problems } = parseCatalogue(/```yaml[^\n]*\n([\s\S]*?)```/.exec(page)![1]!);
  expect(problems).toStrictEqual([]);
  expect(entries.map((e) => e.path.signal)).toStrictEqual([
    'voltage',
    'oil-pressure',
    'winding',
    'ram-position',
  ]);
});
