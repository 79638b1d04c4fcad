import sparkplug from 'sparkplug-payload';
import type { Random } from './fuzz-random.ts';

/** Messages that are nearly right: made from the structure of each codec, with something odd in places. */
export const NOW_US = 1_790_000_000_000_000;
const SESSION = '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const text = (t: string): Uint8Array => new TextEncoder().encode(t);

/** Values that break things somewhere: limits of types, JSON that overflows, prototypes, nesting, odd texts. */
const ODD = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e21,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 31,
  8.64e15,
  8.64e15 + 1,
  '',
  'V',
  'mV',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(100),
  '__proto__',
  '1e999',
  'NaN',
  SESSION,
  SESSION.toUpperCase(),
  [],
  {},
  [[]],
  [null],
  [1, 2],
  { a: 1 },
  [[[[[[[[[[1]]]]]]]]]],
] as const;
const RAW = [
  '1e999',
  '-1e999',
  '1E5',
  '-0',
  '00',
  '01',
  '1.',
  '.5',
  '+1',
  '0x10',
  'NaN',
  'Infinity',
  '1e',
  '1e+',
  '--1',
  '123456789012345678901234567890',
  '0.1234567890123456789012345',
  'nul',
  'tru',
  '"\\u12"',
  '"\t"',
  '',
  ',',
  '[',
  '}',
];

/** `1.25`, `-3e-7`, `12345678901234567890`: numbers in every notation that JSON has */
function numberText(r: Random): string {
  if (r.chance(0.02)) return r.pick(RAW);
  if (r.chance(0.03)) return 'null';
  const digits = (n: number) => Array.from({ length: n }, () => r.below(10)).join('');
  const whole = r.chance(0.3) ? '0' : `${1 + r.below(9)}${digits(r.below(r.chance(0.1) ? 25 : 4))}`;
  const fraction = r.chance(0.6) ? `.${digits(1 + r.below(r.chance(0.1) ? 28 : 5))}` : '';
  const exponent = r.chance(0.05) ? `${r.pick(['e', 'E'])}${r.pick(['', '-', '+'])}${r.below(40)}` : '';
  return `${r.chance(0.3) ? '-' : ''}${whole}${fraction}${exponent}`;
}

export function jsonBatch(r: Random): Uint8Array {
  const n = r.chance(0.02) ? 0 : 1 + r.below(r.chance(0.05) ? 300 : 12);
  const values = `[${Array.from({ length: n }, () => numberText(r)).join(r.pick([',', ',', ', ']))}]`;
  let at = r.below(3);
  const offsets = () =>
    JSON.stringify(
      Array.from(
        { length: n + (r.chance(0.03) ? 1 : 0) },
        () => (at += r.below(2000) + (r.chance(0.01) ? 0 : 1)),
      ),
    );
  const t0 =
    NOW_US - r.pick([0, 1000, 3_600_000_000, 86_400_000_000 * 30, -1_000_000, -90_000_000_000_000, NOW_US]);
  const fields: [string, string][] = [
    ['session', `"${SESSION}"`],
    ['seq', String(r.below(1000))],
    ['unit', JSON.stringify(r.pick(['V', 'V', 'V', 'mV', 'm/s2']))],
    ['t0', String(t0)],
    r.chance(0.7) ? ['dt', String(r.pick([1, 1000, 1_000_000, 86_400_000_000]))] : ['offsets', offsets()],
    ['values', values],
  ];
  if (r.chance(0.1)) fields.splice(r.below(fields.length), 1);
  if (r.chance(0.1)) fields.splice(r.below(fields.length), 0, fields[r.below(fields.length)]!);
  if (r.chance(0.1))
    fields.splice(r.below(fields.length), 0, [
      r.pick(['unknown', '__proto__', 'a/b', '\\u0073eq', 'Seq', '']),
      '1',
    ]);
  if (r.chance(0.1)) fields[r.below(fields.length)]![1] = JSON.stringify(r.pick(ODD));
  if (r.chance(0.1)) fields[r.below(fields.length)]![1] = r.pick(RAW);
  if (r.chance(0.2)) fields.sort(() => r.next() - 0.5);
  const [colon, comma] = r.pick([
    [':', ','],
    [':', ','],
    [': ', ', '],
    ['\n:\t', ' ,\r\n'],
  ]);
  return text(`{${fields.map(([k, v]) => `"${k}"${colon}${v}`).join(comma)}}${r.pick(['', '', '\n', ' x'])}`);
}

export function senmlPack(r: Random): Uint8Array {
  const record = () => {
    const f: Record<string, unknown> = {};
    if (r.chance(0.2)) f['bn'] = r.pick(['urn:dev:ow:1:', 'motor-7:', 'plant-1/motor-7/', 'motor-8:', '']);
    if (r.chance(0.2)) f['bt'] = r.pick([1.79e9, 0, -5, 1e300, NOW_US / 1e6]);
    if (r.chance(0.1)) f['bv'] = r.pick([1, -1e308, 1e308]);
    if (r.chance(0.1)) f['bu'] = r.pick(['V', 'Cel', 'furlong']);
    if (r.chance(0.05)) f['bver'] = r.pick([10, 11, '10']);
    if (r.chance(0.8)) f['n'] = r.pick(['voltage', 'Temp', 'a.b', 'x', '', 'x:', 'ä']);
    if (r.chance(0.5)) f['u'] = r.pick(['V', 'V', 'A', '%RH', 'bar', 'nonsense']);
    if (r.chance(0.6)) f['t'] = r.pick([r.below(1000), -r.below(1000), r.next(), 1.79e9 + r.below(1000)]);
    if (r.chance(0.9)) f['v'] = r.chance(0.9) ? r.next() * 100 : r.pick(ODD);
    if (r.chance(0.05)) f[r.pick(['vs', 'vb', 'vd', 's', 'bs', 'x_', 'other', '__proto__'])] = r.pick(ODD);
    return f;
  };
  const pack = Array.from({ length: r.below(8) }, () => (r.chance(0.02) ? r.pick(ODD) : record()));
  return text(JSON.stringify(r.chance(0.02) ? r.pick(ODD) : pack));
}

const { encodePayload } = sparkplug.get('spBv1.0')!;
type Metric = NonNullable<Parameters<typeof encodePayload>[0]['metrics']>[number];

/** A message of an edge node that mostly counts on; `seq` is what should come next. */
export function sparkplugMessage(
  r: Random,
  seq: number,
  turn: number,
): { topic: string; payload: Uint8Array } {
  const type = r.pick([
    'NBIRTH',
    'NDATA',
    'NDATA',
    'NDATA',
    'DBIRTH',
    'DDATA',
    'DDATA',
    'NDEATH',
    'DDEATH',
    'NCMD',
  ]);
  const device = type.startsWith('D') !== r.chance(0.02) ? '/press' : '';
  const birth = type.endsWith('BIRTH');
  // no two births are alike
  const now = NOW_US / 1000 + turn;
  const metric = (i: number): Metric => {
    const of = r.pick([
      'Double',
      'Float',
      'Int8',
      'Int32',
      'Int64',
      'UInt32',
      'UInt64',
      'Boolean',
      'String',
    ] as const);
    const value =
      of === 'Boolean'
        ? r.chance(0.5)
        : of === 'String'
          ? 'on'
          : of === 'Double' || of === 'Float'
            ? r.pick([r.next(), Number.NaN, Number.POSITIVE_INFINITY])
            : r.below(100);
    return {
      name: birth || r.chance(0.5) ? r.pick(['x', 'Motor/Speed', `m${i}`, 'bdSeq', '', 'a\0b']) : undefined,
      alias: r.chance(0.7) ? r.below(6) : undefined,
      timestamp: r.chance(0.8) ? now + r.pick([r.below(100), -r.below(1e6), 0, 2 ** 50 - now]) : undefined,
      type: of,
      value: r.chance(0.05) ? null : value,
      isHistorical: r.chance(0.1),
      properties: r.chance(0.2)
        ? { engUnit: { type: 'String', value: r.pick(['V', '°C', 'rpm', 'furlong']) } }
        : undefined,
    } as Metric;
  };
  const payload = encodePayload({
    timestamp: r.chance(0.98) ? now : undefined,
    seq: r.chance(0.95) ? (type === 'NBIRTH' ? 0 : r.chance(0.9) ? seq % 256 : r.below(300)) : undefined,
    metrics: Array.from({ length: r.below(5) }, (_, i) => metric(i)),
  });
  return { topic: `spBv1.0/g/${type}/gw1${device}`, payload };
}

/** Bytes turned, put in, taken out, repeated, cut off. */
export function mutate(r: Random, bytes: Uint8Array): Uint8Array {
  let out = bytes;
  for (let k = 1 + r.below(3); k > 0; k--) {
    const at = r.below(out.length + 1);
    const to = Math.min(out.length, at + r.below(8));
    const [head, middle, tail] = [out.subarray(0, at), out.subarray(at, to), out.subarray(to)];
    out = Buffer.concat(
      r.pick([
        () => [head, middle.map((b) => b ^ (1 << r.below(8))), tail],
        () => [head, r.bytes(r.below(6)), middle, tail],
        () => [
          head,
          text(r.pick(['"', '{', '[', '0', '-', 'e', '.', ',', ':', '\\', 'null', '\u0000', '"seq":1,'])),
          tail,
        ],
        () => [head, tail],
        () => [head, middle, middle, tail],
        () => [head],
      ])(),
    );
  }
  return out;
}
