import { LoadcycleError } from '../errors.ts';
import { nearNames } from '../near.ts';
import { parseUnit } from './ucum.ts';
import { ATOMS, PREFIXES } from './ucum-atoms.ts';

/** How people and machines write units that are no UCUM codes, each with the code that is meant. */
const ALIASES: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '℃': 'Cel',
  degC: 'Cel',
  '°F': '[degF]',
  '℉': '[degF]',
  degF: '[degF]',
  '°': 'deg',
  Ω: 'Ohm',
  ohm: 'Ohm',
  rpm: 'r/min',
  RPM: 'r/min',
  'rev/min': 'r/min',
  psi: '[psi]',
  PSI: '[psi]',
  mmHg: 'mm[Hg]',
  gpm: '[gal_us]/min',
  GPM: '[gal_us]/min',
  in: '[in_i]',
  ft: '[ft_i]',
  hp: '[HP]',
  HP: '[HP]',
  sec: 's',
  secs: 's',
  minute: 'min',
  minutes: 'min',
  hour: 'h',
  hours: 'h',
  volt: 'V',
  volts: 'V',
  Volt: 'V',
  Volts: 'V',
  amp: 'A',
  amps: 'A',
  Amp: 'A',
  Amps: 'A',
  ampere: 'A',
  watt: 'W',
  watts: 'W',
  Watt: 'W',
  celsius: 'Cel',
  Celsius: 'Cel',
  fahrenheit: '[degF]',
  Fahrenheit: '[degF]',
  kelvin: 'K',
  hertz: 'Hz',
  HZ: 'Hz',
  hz: 'Hz',
  percent: '%',
  pct: '%',
  mps: 'm/s',
  kph: 'km/h',
  kmh: 'km/h',
  Nm: 'N.m',
  cps: '/s',
  inch: '[in_i]',
  inches: '[in_i]',
  foot: '[ft_i]',
  feet: '[ft_i]',
  mile: '[mi_i]',
  miles: '[mi_i]',
  furlong: '[fur_us]',
};

/** Signs that no UCUM code has, in the way that codes write them: `m²` → `m2`, `µm` → `um`. */
export const plainUnit = (text: string): string =>
  text.trim().replaceAll('²', '2').replaceAll('³', '3').replace(/[µμ]/g, 'u').replaceAll('·', '.');

/** The UCUM code that a common spelling means (`rpm` → `r/min`); null where it is none of those. */
export const unitAlias = (text: string): string | null =>
  Object.hasOwn(ALIASES, text) ? ALIASES[text]! : null;

/** What is offered for a text that is no code: units alone, and those that machines are measured in with their prefixes. */
const OFFERED = [
  ...Object.keys(ATOMS),
  ...['m', 's', 'g', 'V', 'A', 'W', 'Hz', 'Pa', 'bar', 'N', 'J', 'Ohm'].flatMap((unit) =>
    Object.keys(PREFIXES).map((prefix) => prefix + unit),
  ),
];

/** UCUM codes that somebody may have meant by a unit that is none; the likeliest first, empty where none is near. */
export function nearUnits(unit: string): string[] {
  const plain = plainUnit(unit);
  const meant = unitAlias(plain) ?? (parseUnit(plain) === null ? null : plain);
  if (meant !== null && parseUnit(meant) !== null) return [meant];
  return nearNames(plain, new Set(OFFERED)).filter((code) => parseUnit(code) !== null);
}

/**
 * Why a message may not register a signal with this unit; null where it may. A unit is registered as it comes and stays,
 * so that a spelling that nobody can convert, or that means two things, is asked about first.
 */
export function unknownUnit(key: string, unit: string): LoadcycleError | null {
  if (parseUnit(unit) !== null) return null;
  const near = nearUnits(unit);
  const meant = near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`;
  return new LoadcycleError('message.unknown-unit', `${key}: "${unit}" is no UCUM code${meant}`, {
    pointer: '/unit',
    hint: 'send a UCUM code, or define the signal with this unit, then replay the message',
  });
}
