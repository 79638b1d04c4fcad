import { dimensionKey, parseUnit, sameDimension } from './ucum.ts';

/** Quantities that Loadcycle knows, each by units that may measure it: any unit of the same dimension will do. */
const QUANTITIES: Readonly<Record<string, readonly string[]>> = {
  voltage: ['V'],
  current: ['A'],
  resistance: ['Ohm'],
  power: ['W'],
  energy: ['J'],
  charge: ['C'],
  frequency: ['Hz', 'r/min'],
  temperature: ['Cel'],
  pressure: ['bar'],
  force: ['N'],
  torque: ['N.m'],
  mass: ['kg'],
  length: ['m'],
  position: ['m', 'deg'],
  angle: ['deg'],
  level: ['m', '%', 'm3'],
  humidity: ['%', 'kg/m3'],
  // acceleration, velocity or displacement: all three are in use
  vibration: ['m/s2', 'mm/s', 'um'],
  acceleration: ['m/s2'],
  // of a shaft (UCUM leaves open whether a revolution counts as an angle or as a number), or of a belt
  speed: ['r/min', '/min', 'm/s'],
  // by volume or by mass
  flow: ['m3/h', 'kg/h'],
  'sound-pressure': ['Pa', 'dB[SPL]'],
  illuminance: ['lx'],
  ratio: ['%'],
  count: ['1'],
};

export const KNOWN_QUANTITIES: readonly string[] = Object.keys(QUANTITIES);

/**
 * Why a unit can't measure a quantity, or null. A quantity that Loadcycle does not know may have any unit.
 */
export function unitProblem(quantity: string, unit: string): string | null {
  const units = Object.hasOwn(QUANTITIES, quantity) ? QUANTITIES[quantity]! : null;
  if (units === null) return null;
  const parsed = parseUnit(unit);
  const examples = `such as ${units.join(', ')}`;
  if (parsed === null)
    return `"${unit}" is no UCUM code that is known here; ${quantity} has a unit ${examples}`;
  if (units.some((u) => sameDimension(u, unit))) return null;
  return `"${unit}" does not measure ${quantity}, which has a unit ${examples} (dimension ${dimensionKey(parsed)})`;
}
