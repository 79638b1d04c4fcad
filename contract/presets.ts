import { LoadcycleError } from './errors.ts';
import { SignalDefinition } from './signal.ts';
import { conversionBetween } from './units/conversion.ts';
import { definitionIn } from './units/definition-units.ts';

/**
 * Definitions for the usual signals of a factory, to start from. The limits are those of the sensor or of physics,
 * not of a machine: what breaks them is no measurement. Where a machine is known, narrow them.
 */
export interface Preset {
  readonly quantity: string;
  readonly unit: string;
  readonly validMin: number;
  readonly validMax: number;
  readonly maxRatePerS: number | null;
  readonly stuckAfterUs: number | null;
  /** where the limits come from */
  readonly source: string;
}

const S = 1e6;
const MIN = 60 * S;

export const PRESETS: Readonly<Record<string, Preset>> = {
  voltage: {
    quantity: 'voltage',
    unit: 'V',
    validMin: -1500,
    validMax: 1500,
    maxRatePerS: 1e6,
    stuckAfterUs: 5 * MIN,
    source:
      'low voltage ends at 1500 V DC and 1000 V AC (Directive 2014/35/EU, IEC 60038), whose peak is 1414 V; a 1000 V, 60 Hz sine never changes faster than 2π·60·1414 = 533 kV/s, so 1 MV/s is none of the mains',
  },
  current: {
    quantity: 'current',
    unit: 'A',
    validMin: -10_000,
    validMax: 10_000,
    maxRatePerS: 5e6,
    stuckAfterUs: 5 * MIN,
    source:
      'the largest usual frame of low-voltage breakers is 6300 A (IEC 60947-2), 8910 A peak; at 60 Hz it changes by 3.4 MA/s at most',
  },
  temperature: {
    quantity: 'temperature',
    unit: 'Cel',
    validMin: -200,
    validMax: 850,
    maxRatePerS: 200,
    stuckAfterUs: 60 * MIN,
    source:
      'platinum resistance thermometers are defined from -200 to 850 °C (IEC 60751); a bare element with a half-value time of 0.5 s follows a step of 100 K at no more than 140 K/s',
  },
  vibration: {
    quantity: 'vibration',
    unit: 'm/s2',
    validMin: -490.332_5,
    validMax: 490.332_5,
    maxRatePerS: null,
    stuckAfterUs: 10 * S,
    source:
      'industrial accelerometers of 100 mV/g end at 50 g; raw acceleration has no slowest step, and its noise never stands still',
  },
  'vibration-velocity': {
    quantity: 'vibration',
    unit: 'mm/s',
    validMin: 0,
    validMax: 100,
    maxRatePerS: null,
    stuckAfterUs: 10 * MIN,
    source:
      'r.m.s. velocity as in ISO 20816-3, where damage begins near 11 mm/s; transmitters end at 25 to 50 mm/s',
  },
  pressure: {
    quantity: 'pressure',
    unit: 'bar',
    validMin: -1.013_25,
    validMax: 1600,
    maxRatePerS: 20_000,
    stuckAfterUs: 30 * MIN,
    source:
      'gauge pressure: nothing is below vacuum, and standard ranges end at 1600 bar (EN 837-1); a water hammer brings some 12 bar per m/s of stopped flow within a millisecond (Joukowsky)',
  },
  flow: {
    quantity: 'flow',
    unit: 'm3/h',
    validMin: -3100,
    validMax: 3100,
    maxRatePerS: 31_000,
    // a pump that stands gives exactly 0 for days
    stuckAfterUs: null,
    source:
      'electromagnetic meters end at 12 m/s: 3054 m3/h in a DN 300 pipe, both ways; nothing fills it in 0.1 s',
  },
  speed: {
    quantity: 'speed',
    unit: 'r/min',
    validMin: -60_000,
    validMax: 60_000,
    maxRatePerS: 500_000,
    // a shaft that stands gives exactly 0 for days
    stuckAfterUs: null,
    source:
      'high-speed spindles end near 60 000 r/min; the fastest servo drives reach 3000 r/min in about 10 ms',
  },
};

/**
 * A definition made from a preset, in the preset's unit or another one of the same dimension (the limits are
 * converted). Throws `request.invalid`: no such preset, or a unit that does not fit it.
 */
export function presetDefinition(name: string, unit?: string): SignalDefinition {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset === undefined) {
    const hint = `presets are ${Object.keys(PRESETS).join(', ')}`;
    throw new LoadcycleError('request.invalid', `no preset "${name}"`, { pointer: '/preset', hint });
  }
  const { source: _, ...fields } = preset;
  if (unit === undefined || unit === preset.unit) return SignalDefinition.parse(fields);
  const conversion = conversionBetween(preset.unit, unit);
  if (conversion === null) {
    const message = `"${unit}" can't be converted to ${preset.unit}, the unit of preset "${name}"`;
    throw new LoadcycleError('request.invalid', message, { pointer: '/unit' });
  }
  return definitionIn(SignalDefinition.parse(fields), unit, conversion);
}
