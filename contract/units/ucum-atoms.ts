/**
 * Units of the Unified Code for Units of Measure (UCUM 2.1, case-sensitive codes) that machines are measured in.
 * Each is a factor times other units, down to UCUM's seven base units m, s, g, rad, K, C, cd.
 * One addition: `r`, the revolution of ISO 80000-3, which UCUM calls `circ` and machine builders write in `r/min`.
 */
export const BASE_UNITS = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'] as const;

export interface Atom {
  readonly factor: number;
  /** in other units; '1' for plain numbers */
  readonly of: string;
  /** takes prefixes (`k`, `m`, …) */
  readonly metric?: true;
  /** its zero lies so many of `of` above the zero of `of`: value × factor + offset */
  readonly offset?: number;
}

export const PREFIXES: Readonly<Record<string, number>> = {
  Y: 1e24,
  Z: 1e21,
  E: 1e18,
  P: 1e15,
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  a: 1e-18,
  z: 1e-21,
  y: 1e-24,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

const metric = (factor: number, of: string): Atom => ({ factor, of, metric: true });
const plain = (factor: number, of: string): Atom => ({ factor, of });

export const ATOMS: Readonly<Record<string, Atom>> = {
  // numbers
  '10*': plain(10, '1'),
  '10^': plain(10, '1'),
  '[pi]': plain(Math.PI, '1'),
  '%': plain(1e-2, '1'),
  '[ppth]': plain(1e-3, '1'),
  '[ppm]': plain(1e-6, '1'),
  '[ppb]': plain(1e-9, '1'),
  mol: metric(6.02214076e23, '1'),
  kat: metric(1, 'mol/s'),
  bit: metric(1, '1'),
  By: metric(8, 'bit'),
  Bd: metric(1, '/s'),
  // angle, solid angle
  r: plain(2 * Math.PI, 'rad'),
  circ: plain(2 * Math.PI, 'rad'),
  deg: plain(Math.PI / 180, 'rad'),
  gon: metric(Math.PI / 200, 'rad'),
  "'": plain(Math.PI / 10_800, 'rad'),
  "''": plain(Math.PI / 648_000, 'rad'),
  sr: metric(1, 'rad2'),
  // time, frequency
  min: plain(60, 's'),
  h: plain(3600, 's'),
  d: plain(86_400, 's'),
  wk: plain(604_800, 's'),
  mo: plain(2_629_800, 's'),
  a: plain(31_557_600, 's'),
  Hz: metric(1, '/s'),
  Bq: metric(1, '/s'),
  // mechanics
  N: metric(1, 'kg.m/s2'),
  Pa: metric(1, 'N/m2'),
  J: metric(1, 'N.m'),
  W: metric(1, 'J/s'),
  bar: metric(1e5, 'Pa'),
  atm: plain(101_325, 'Pa'),
  '[psi]': plain(6894.757_293_168_36, 'Pa'),
  'm[Hg]': metric(133_322, 'Pa'),
  'm[H2O]': metric(9806.65, 'Pa'),
  '[g]': metric(9.806_65, 'm/s2'),
  t: metric(1e3, 'kg'),
  u: metric(1.660_539_066_6e-24, 'g'),
  l: metric(1, 'dm3'),
  L: metric(1, 'dm3'),
  ar: metric(100, 'm2'),
  P: metric(0.1, 'Pa.s'),
  St: metric(1e-4, 'm2/s'),
  '[in_i]': plain(0.0254, 'm'),
  '[ft_i]': plain(0.3048, 'm'),
  '[yd_i]': plain(0.9144, 'm'),
  '[mi_i]': plain(1609.344, 'm'),
  '[nmi_i]': plain(1852, 'm'),
  '[kn_i]': plain(1, '[nmi_i]/h'),
  '[lb_av]': plain(453.592_37, 'g'),
  '[lbf_av]': plain(4.448_221_615_260_5, 'N'),
  '[gal_us]': plain(3.785_411_784, 'l'),
  '[HP]': plain(745.699_871_582_270_2, 'W'),
  eV: metric(1.602_176_634e-19, 'J'),
  cal: metric(4.184, 'J'),
  '[Btu]': plain(1055.055_852_62, 'J'),
  // heat
  Cel: { factor: 1, of: 'K', metric: true, offset: 273.15 },
  '[degF]': { factor: 5 / 9, of: 'K', offset: 459.67 * (5 / 9) },
  '[degR]': plain(5 / 9, 'K'),
  // electricity, magnetism
  A: metric(1, 'C/s'),
  V: metric(1, 'J/C'),
  Ohm: metric(1, 'V/A'),
  S: metric(1, '/Ohm'),
  F: metric(1, 'C/V'),
  Wb: metric(1, 'V.s'),
  T: metric(1, 'Wb/m2'),
  H: metric(1, 'Wb/A'),
  G: metric(1e-4, 'T'),
  // light, radiation, sound
  lm: metric(1, 'cd.sr'),
  lx: metric(1, 'lm/m2'),
  Gy: metric(1, 'J/kg'),
  Sv: metric(1, 'J/kg'),
  Np: metric(1, '1'),
  B: metric(1, '1'),
  'B[SPL]': metric(1, '1'),
  'B[V]': metric(1, '1'),
  'B[W]': metric(1, '1'),
  '[pH]': plain(1, '1'),
};
