import { expect, it } from 'vitest';
import { parseUnit } from './ucum.ts';
import { nearUnits, unitAlias, unknownUnit } from './unit-names.ts';

it.each([
  ['rpm', 'r/min'],
  ['psi', '[psi]'],
  ['Volts', 'V'],
  ['m²', 'm2'],
  ['Bar', 'bar'],
  ['khz', 'kHz'],
])('%s may mean %s', (text, code) => {
  expect(nearUnits(text)[0]).toBe(code);
});

it('what is offered for a common spelling is a code, but for what no table has', () => {
  for (const text of ['rpm', 'degC', 'gpm', 'hp', 'Nm', 'kph', 'feet', 'pct']) {
    expect(parseUnit(unitAlias(text)!), text).not.toBeNull();
  }
});

it('a code may register a signal, anything else may not', () => {
  for (const code of ['V', 'r/min', '{rpm}', '1', '%', 'm/s2', 'C'])
    expect(unknownUnit('a/b/c', code)).toBeNull();
  expect(unknownUnit('a/b/c', 'rpm')).toMatchObject({
    code: 'message.unknown-unit',
    message: 'a/b/c: "rpm" is no UCUM code; did you mean r/min?',
  });
  expect(unknownUnit('a/b/c', 'qqqqqq')!.message).toBe('a/b/c: "qqqqqq" is no UCUM code');
});
