import { parseUnit } from '@loadcycle/contract/units/ucum';

/**
 * Units of the SenML registry (RFC 8428, its secondary units of RFC 8798) that are no UCUM codes, with the UCUM
 * code of the same size: a number never changes.
 */
const UNITS: Readonly<Record<string, string>> = {
  '/': '1',
  count: '{count}',
  beats: '{beat}',
  '1/s': '/s',
  '1/min': '/min',
  'beat/min': '{beat}/min',
  '%RH': '%',
  '%EL': '%',
  EL: 's',
  lat: 'deg',
  lon: 'deg',
  pH: '[pH]',
  dBW: 'dB[W]',
  dBm: 'dB{mW}',
  Bspl: 'B[SPL]',
  // the byte, which UCUM keeps apart from the bel
  B: 'By',
  KiB: 'KiBy',
  GB: 'GBy',
  'B/s': 'By/s',
  'MB/s': 'MBy/s',
  VA: 'V.A',
  VAs: 'V.A.s',
  kVA: 'kV.A',
  kVAh: 'kV.A.h',
  var: 'V.A{reactive}',
  vars: 'V.A.s{reactive}',
  kvar: 'kV.A{reactive}',
  varh: 'V.A.h{reactive}',
  kvarh: 'kV.A.h{reactive}',
  Ah: 'A.h',
  Wh: 'W.h',
  kWh: 'kW.h',
  'Wh/km': 'W.h/km',
  ppm: '[ppm]',
  '/100': '%',
  '/1000': '[ppth]',
  NTU: '{NTU}',
};

/** SenML unit → UCUM code; null where it is in neither. No unit at all is a plain number. */
export function senmlUnit(unit: string | undefined): string | null {
  if (unit === undefined || unit === '') return '1';
  if (Object.hasOwn(UNITS, unit)) return UNITS[unit]!;
  return unit.length <= 32 && parseUnit(unit) !== null ? unit : null;
}
