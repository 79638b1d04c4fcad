/**
 * Decode and validate alone, on one core: message bytes to batch with a quality for each sample, every rule switched
 * on. Beside it, on the same messages in the same run, `JSON.parse` alone, which gives neither. Figures are for a
 * second of CPU, so that a busy machine changes them little.
 */
import { DECODE_DEFAULTS, decodeMessage, encodeBatch, type RawMessage } from '@loadcycle/codecs';
import { decodeStrict } from '@loadcycle/codecs/json/strict';
import { type Batch, SignalDefinition } from '@loadcycle/contract';
import { type BatchTail, validateBatch } from '@loadcycle/processors/validation/validate';

const T0 = 1_790_000_000_000_000;
const SESSION = '0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const AIM = 10e6;
const definition = SignalDefinition.parse({
  unit: 'V',
  quantity: 'voltage',
  validMin: -1500,
  validMax: 1500,
  maxRatePerS: 1e6,
  stuckAfterUs: 300_000_000,
  clockSkewUs: 5_000_000,
});

type Digits = (v: number) => number;
const millivolts: Digits = (v) => Math.round(v * 1000) / 1000;
const full: Digits = (v) => v;

/** A voltage with noise, at 1 kHz. */
function messages(count: number, samples: number, digits: Digits): RawMessage[] {
  return Array.from({ length: count }, (_, seq) => {
    const values = Float64Array.from({ length: samples }, (_, i) => {
      const t = seq * samples + i;
      return digits(230 + 10 * Math.sin(t / 40) + ((t * 7919) % 1000) / 1000);
    });
    const batch: Batch = {
      session: SESSION,
      seq,
      unit: 'V',
      t0Us: T0 + seq * samples * 1000,
      dtUs: 1000,
      offsetsUs: null,
      values,
    };
    const payload = encodeBatch(batch);
    return {
      mqttTopic: 'loadcycle/v1/plant-1/motor-7/samples/voltage',
      contentType: '',
      payload,
      receivedAtUs: T0 + 1e12,
    };
  });
}

function senml(count: number, samples: number): RawMessage[] {
  return Array.from({ length: count }, (_, k) => {
    const pack = Array.from({ length: samples }, (_, i) => ({
      n: 'voltage',
      u: 'V',
      t: T0 / 1e6 + k * samples + i,
      v: 230 + (i % 7),
    }));
    const payload = new TextEncoder().encode(JSON.stringify(pack));
    return {
      mqttTopic: 'loadcycle/v1/plant-1/motor-7/samples/voltage/senml',
      contentType: '',
      payload,
      receivedAtUs: T0 + 1e12,
    };
  });
}

function decodeAndValidate(all: readonly RawMessage[]): number {
  let good = 0;
  let before: BatchTail | null = null;
  for (const m of all) {
    for (const { batch } of decodeMessage(m, DECODE_DEFAULTS)) {
      const v = validateBatch(batch, definition, m.receivedAtUs, { before });
      before = v.tail;
      good += v.good;
    }
  }
  return good;
}

const utf8 = new TextDecoder();
const parse = (all: readonly RawMessage[]) =>
  all.reduce((n, m) => n + JSON.parse(utf8.decode(m.payload)).values.length, 0);
const strict = (all: readonly RawMessage[]) =>
  all.reduce((n, m) => n + decodeStrict(m.payload).values.length, 0);

/** Calls for each second of CPU; the best of three rounds of half a second. */
function perSecond(run: () => unknown): number {
  let best = 0;
  for (let round = 0; round < 4; round++) {
    const start = process.cpuUsage();
    let spent = 0;
    let calls = 0;
    for (; spent < 5e5; calls++) {
      run();
      const { user, system } = process.cpuUsage(start);
      spent = user + system;
    }
    // the first round warms up
    if (round > 0) best = Math.max(best, (calls / spent) * 1e6);
  }
  return best;
}

const CASES: [name: string, all: RawMessage[], samples: number, json: boolean][] = [
  ['500 samples, 3 decimals', messages(200, 500, millivolts), 500, true],
  ['50 samples, 3 decimals', messages(500, 50, millivolts), 50, true],
  ['1 sample, 3 decimals', messages(2000, 1, millivolts), 1, true],
  ['500 samples, 16 or 17 digits', messages(200, 500, full), 500, true],
  ['SenML, 50 records', senml(200, 50), 50, false],
];

const M = (v: number) => `${(v / 1e6).toFixed(2)} M/s`.padStart(11);
console.log(`${'samples for a second of CPU'.padEnd(30)} decode+validate  JSON.parse  ratio  strict road`);
let first = 0;
for (const [name, all, samples, json] of CASES) {
  const n = all.length * samples;
  if (decodeAndValidate(all) !== n) throw new Error(`${name}: not all samples are good`);
  const rate = perSecond(() => decodeAndValidate(all)) * n;
  first ||= rate;
  const peer = json ? perSecond(() => parse(all)) * n : 0;
  const beside = json
    ? `${M(peer)} ${(rate / peer).toFixed(2).padStart(6)} ${M(perSecond(() => strict(all)) * n)}`
    : '';
  console.log(`${name.padEnd(30)}  ${M(rate)}   ${beside}`);
}
console.log(
  `aim: ${AIM / 1e6} M/s for batches of 500: ${first >= AIM ? 'met' : 'MISSED'}, ${(first / AIM).toFixed(1)} times`,
);
if (first < AIM) process.exitCode = 1;
