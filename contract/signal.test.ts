import { expect, test } from 'vitest';
import { PRESETS, presetDefinition } from './presets.ts';
import { unitProblem } from './quantities.ts';
import { definitionProblems, SignalDefinition } from './signal.ts';

test('defaults are filled in', () => {
  expect(SignalDefinition.parse({ unit: 'V' })).toMatchObject({
    quantity: 'unknown',
    validMin: null,
    labels: {},
  });
});

test.each<[string, unknown, string[]]>([
  ['a field that is not there', { unit: 'V', validMaximum: 3 }, ['validMaximum']],
  ['no unit', {}, ['unit']],
  ['a range the wrong way round', { unit: 'V', validMin: 5, validMax: 5 }, ['validMin']],
  ['a unit of something else', { unit: 'A', quantity: 'voltage' }, ['unit']],
  ['an infinite limit', { unit: 'V', validMax: Number.POSITIVE_INFINITY }, ['validMax']],
  ['a negative rate', { unit: 'V', maxRatePerS: -1 }, ['maxRatePerS']],
  ['cycle settings with a typing error', { unit: 'V', cycles: { minStepp: 1 } }, ['cycles', 'minStepp']],
  ['a label that is no text', { unit: 'V', labels: { 'a/b': 3 } }, ['labels', 'a/b']],
])('refuses %s', (_name, input, path) => {
  expect(definitionProblems(input)[0]?.path).toStrictEqual(path);
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
