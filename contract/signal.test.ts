import { expect, test } from 'vitest';
import { PRESETS, presetDefinition } from './presets.ts';
import { rulesOf } from './rule-settings.ts';
import { definitionProblems, SignalDefinition } from './signal.ts';
import { unitProblem } from './units/quantities.ts';

test('defaults are filled in', () => {
  expect(SignalDefinition.parse({ unit: 'V' })).toMatchObject({
    quantity: 'unknown',
    validMin: null,
    labels: {},
  });
});

test.each<[string, unknown, (string | number)[]]>([
  ['a field that is not there', { unit: 'V', validMaximum: 3 }, ['validMaximum']],
  ['no unit', {}, ['unit']],
  ['a range the wrong way round', { unit: 'V', validMin: 5, validMax: 5 }, ['validMin']],
  ['a unit of something else', { unit: 'A', quantity: 'voltage' }, ['unit']],
  ['an infinite limit', { unit: 'V', validMax: Number.POSITIVE_INFINITY }, ['validMax']],
  ['a negative rate', { unit: 'V', maxRatePerS: -1 }, ['maxRatePerS']],
  ['cycle settings with a typing error', { unit: 'V', cycles: { minStepp: 1 } }, ['cycles', 'minStepp']],
  ['cycles that are neither settings nor off', { unit: 'V', cycles: 'on' }, ['cycles']],
  ['a rule of no type', { unit: 'V', rules: { hot: { limit: 3 } } }, ['rules', 'hot', 'type']],
  [
    'a rule with a typing error',
    { unit: 'V', rules: { high: { limit: 3, dedband: 1 } } },
    ['rules', 'high', 'dedband'],
  ],
  [
    'a delay that is none',
    { unit: 'V', rules: { high: { limit: 3, onDelay: '10' } } },
    ['rules', 'high', 'onDelay'],
  ],
  [
    'a rule with a name that is none',
    { unit: 'V', rules: { 'Too Hot': { type: 'high', limit: 3 } } },
    ['rules', 'Too Hot'],
  ],
  ['limits the wrong way round', { unit: 'V', rules: { high: { limit: 3 }, low: { limit: 4 } } }, ['rules']],
  [
    'a limit that no valid value is beyond',
    { unit: 'V', validMax: 5, rules: { high: { limit: 5 } } },
    ['rules', 'high', 'limit'],
  ],
  [
    'a condition that does not look at its own signal',
    { unit: 'V', rules: { both: { type: 'condition', all: [{ signal: 'other', above: 1 }] } } },
    ['rules', 'both'],
  ],
  [
    'an entry that says two things',
    { unit: 'V', rules: { both: { type: 'condition', any: [{ above: 1, below: 0 }] } } },
    ['rules', 'both', 'any', 0],
  ],
  ['a label that is no text', { unit: 'V', labels: { 'a/b': 3 } }, ['labels', 'a/b']],
])('refuses %s', (_name, input, path) => {
  expect(definitionProblems(input)[0]?.path).toStrictEqual(path);
});

test('a rule has what it does not say from its type and its signal', () => {
  const rules = {
    high: { limit: 80, onDelay: '10s' },
    hot: { type: 'high-high', limit: 95, deadband: 0 },
    frozen: { type: 'stuck-value', after: '1h' },
    fast: { type: 'rate-of-change', limit: 2, per: '1m' },
  };
  expect(definitionProblems({ unit: 'Cel', cycles: 'off', deadband: 1.5, rules })).toStrictEqual([]);
  expect(rulesOf({ rules, deadband: 1.5 })).toStrictEqual({
    high: { type: 'high', limit: 80, deadband: 1.5, onDelay: 10_000_000, offDelay: 0 },
    hot: { type: 'high-high', limit: 95, deadband: 0, onDelay: 0, offDelay: 0 },
    frozen: { type: 'stuck-value', after: 3_600_000_000, band: 1.5 },
    fast: expect.objectContaining({ limit: 2, per: 60_000_000, deadband: 0, direction: 'either' }),
  });
});

test.each(Object.keys(PRESETS))('preset %s is a sound definition', (name) => {
  const { source, ...fields } = PRESETS[name]!;
  expect(source.length).toBeGreaterThan(30);
  expect(definitionProblems(fields)).toStrictEqual([]);
  expect(unitProblem(fields.quantity, fields.unit)).toBeNull();
});

test('a preset in another unit has its limits converted', () => {
  expect(presetDefinition('pressure', 'kPa')).toMatchObject({
    unit: 'kPa',
    validMin: -101.325,
    validMax: 160_000,
    maxRatePerS: 2_000_000,
  });
  expect(presetDefinition('temperature', 'K')).toMatchObject({
    validMin: 73.15,
    validMax: 1123.15,
    maxRatePerS: 200,
  });
  expect(presetDefinition('temperature', '[degF]')).toMatchObject({
    validMin: -328,
    validMax: 1562,
    maxRatePerS: 360,
  });
  expect(() => presetDefinition('pressure', 'V')).toThrow(expect.objectContaining({ pointer: '/unit' }));
  expect(() => presetDefinition('toString')).toThrow(expect.objectContaining({ pointer: '/preset' }));
});
