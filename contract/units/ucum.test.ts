import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KNOWN_QUANTITIES, unitProblem } from './quantities.ts';
import { parseUnit, sameDimension } from './ucum.ts';
import { ATOMS, PREFIXES } from './ucum-atoms.ts';

test('every unit of the table reads, alone and with its prefixes', () => {
  for (const [code, atom] of Object.entries(ATOMS)) {
    const unit = parseUnit(code);
    expect(unit, code).not.toBeNull();
    expect(unit!.factor, code).toBeGreaterThan(0);
    if (!atom.metric) continue;
    for (const [prefix, scale] of Object.entries(PREFIXES)) {
      // such as `cd`, which is the candela before it is a centiday
      if (Object.hasOwn(ATOMS, prefix + code) || prefix + code === 'cd') continue;
      expect(parseUnit(prefix + code)!.factor / (unit!.factor * scale), prefix + code).toBeCloseTo(1, 12);
    }
  }
});

test.each([
  ['V', 'kV', 1e-3],
  ['kW.h', 'J', 3.6e6],
  ['bar', 'kPa', 100],
  ['[psi]', 'bar', 0.0689475729316836],
  ['r/min', 'rad/s', Math.PI / 30],
  ['l/min', 'm3/h', 0.06],
  ['[g]', 'm/s2', 9.80665],
  ['A.h', 'C', 3600],
  ['W/(m2.K)', 'J/s/m2/K', 1],
  ['mm[Hg]', 'Pa', 133.322],
  ['m/s2', 'm.s-2', 1],
  ['{rev}/min', 'Hz', 1 / 60],
  ['10*3/s', 'kHz', 1],
])('1 %s in %s', (from, to, factor) => {
  expect(sameDimension(from, to)).toBe(true);
  expect(parseUnit(from)!.factor / parseUnit(to)!.factor / factor).toBeCloseTo(1, 9);
});

test.each([
  '',
  'volts',
  'm//s',
  'm.',
  '/',
  '(m',
  'm)',
  'kmin',
  'V A',
  'm{',
  '°C',
  'K i',
  '__proto__',
  'constructor',
])('"%s" is no unit', (code) => expect(parseUnit(code)).toBeNull());

test('temperatures have their zero', () => {
  const f = parseUnit('[degF]')!;
  const c = parseUnit('Cel')!;
  expect((212 * f.factor + f.offset - c.offset) / c.factor).toBeCloseTo(100, 9);
});

test('any text is read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'mskVAgC./(){}[]0123-+*^%'.split('')) }), (code) => {
      const unit = parseUnit(code);
      if (unit !== null) expect(unit.dimension).toHaveLength(7);
    }),
  );
});

test('a unit must measure its quantity', () => {
  expect(unitProblem('voltage', 'mV')).toBeNull();
  expect(unitProblem('voltage', 'A')).toContain('does not measure voltage');
  expect(unitProblem('flow', 'l/min')).toBeNull();
  expect(unitProblem('speed', '/min')).toBeNull();
  expect(unitProblem('vibration', '[g]')).toBeNull();
  expect(unitProblem('temperature', 'C')).toContain('does not measure');
  expect(unitProblem('temperature', 'degC')).toContain('no UCUM code');
  expect(unitProblem('viscosity of soup', 'anything')).toBeNull();
  expect(KNOWN_QUANTITIES).toContain('pressure');
});
