import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DECODE_DEFAULTS,
  type DecodedBatch,
  decodeBatch,
  decodeMessage,
  encodeBatch,
} from '@loadcycle/codecs';
import { decodeFast } from '@loadcycle/codecs/json/fast';
import { decodeStrict } from '@loadcycle/codecs/json/strict';
import { decodeSparkplug, type SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import {
  type Batch,
  isName,
  LoadcycleError,
  lastSampleUs,
  MAX_TIME_US,
  QUALITY,
  qualityClass,
  SignalDefinition,
  sampleTimeUs,
} from '@loadcycle/contract';
import { validateBatch } from '@loadcycle/processors/validation/validate';
import { expect, test } from 'vitest';
import { jsonBatch, mutate, NOW_US, senmlPack, sparkplugMessage } from './fuzz-messages.ts';
import { Random } from './fuzz-random.ts';

/**
 * Whatever comes, it is landed by the rules or refused by name. What once went wrong stays in `fuzz-corpus/` with what
 * must come of it (`expected.json`); the corpus also seeds the mutations. Another run of cases: LOADCYCLE_FUZZ_SEED.
 */
const SEED = Number(process.env['LOADCYCLE_FUZZ_SEED'] ?? 20_261_124);
const CORPUS = join(import.meta.dirname, 'fuzz-corpus');
const TOPIC = 'loadcycle/v1/plant-1/motor-7/samples/voltage';
const definitions = new Map<string, SignalDefinition>();
function definitionIn(unit: string): SignalDefinition {
  let d = definitions.get(unit);
  if (d === undefined) {
    d = SignalDefinition.parse({ unit, validMin: -50, validMax: 5000, maxRatePerS: 1e5, stuckAfterUs: 5000 });
    definitions.set(unit, d);
  }
  return d;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const topicOf = (kind: string): string => (kind === 'senml' ? `${TOPIC}/senml` : TOPIC);

function must(ok: boolean, what: string): void {
  if (!ok) throw new Error(what);
}

/** What holds of everything that is accepted. */
function checkBatch({ path, batch }: DecodedBatch, receivedAtUs = NOW_US): void {
  const { session, seq, unit, t0Us, dtUs, offsetsUs, values } = batch;
  const n = values.length;
  must([path.site, path.device, path.signal].every(isName), 'names');
  must(UUID.test(session), 'session');
  must(Number.isSafeInteger(seq) && seq >= 0 && !Object.is(seq, -0), 'seq');
  must(/^[!-~]{1,32}$/.test(unit), 'unit');
  must(n >= 1 && n <= 100_000, 'count');
  must((dtUs === null) === (offsetsUs !== null), 'dt or offsets');
  must(dtUs === null ? offsetsUs!.length === n : dtUs >= 1, 'times');
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const t = sampleTimeUs(batch, i);
    must(Number.isSafeInteger(t) && t > before, 'ascending integers');
    must(Number.isFinite(values[i]) || Number.isNaN(values[i]), 'finite');
    before = t;
  }
  must(
    t0Us >= DECODE_DEFAULTS.horizonUs && lastSampleUs(batch) <= receivedAtUs + DECODE_DEFAULTS.maxFutureUs,
    'window',
  );
  must(lastSampleUs(batch) <= MAX_TIME_US, 'last time');
  const v = validateBatch(batch, definitionIn(unit), receivedAtUs);
  must(v.quality.length === n && v.good + v.uncertain + v.bad === n, 'the counts add up');
  const counts = { good: 0, uncertain: 0, bad: 0 };
  values.forEach((x, i) => {
    const q = v.quality[i]!;
    counts[qualityClass(q)]++;
    // nearer to zero than 1e-100 without being zero: no rollup could sum its square
    const outside = x < -50 || x > 5000 || (x !== 0 && Math.abs(x) < 1e-100);
    const wanted = Number.isNaN(x) ? QUALITY.badMissing : outside ? QUALITY.badOutOfRange : null;
    must(wanted === null ? q < 128 : q === wanted, 'quality');
  });
  must(counts.good === v.good && counts.uncertain === v.uncertain && counts.bad === v.bad, 'counted right');
  // one in four: encoding takes longer than all the rest
  if (n % 4 === 0) must(same(decodeBatch(encodeBatch(batch)), batch), 'encoded and decoded again');
}

function same(a: Batch, b: Batch): boolean {
  const bits = (f: Float64Array | null) =>
    f === null ? '' : Buffer.from(f.buffer, f.byteOffset, f.byteLength).toString('latin1');
  return (
    a.session === b.session &&
    a.seq === b.seq &&
    a.unit === b.unit &&
    a.t0Us === b.t0Us &&
    a.dtUs === b.dtUs &&
    bits(a.offsetsUs) === bits(b.offsetsUs) &&
    bits(a.values) === bits(b.values)
  );
}

function outcome(kind: string, payload: Uint8Array): string {
  if (kind === 'sparkplug') return sparkplugOutcome(payload);
  try {
    const batches = decodeMessage({
      mqttTopic: topicOf(kind),
      contentType: '',
      payload,
      receivedAtUs: NOW_US,
    });
    must(batches.length > 0, 'something to land');
    for (const b of batches) checkBatch(b);
    return 'landed';
  } catch (error) {
    if (!(error instanceof LoadcycleError) || error.kind !== 'poison') throw error;
    must(error.pointer !== undefined && (error.pointer === '' || error.pointer.startsWith('/')), 'a pointer');
    return error.code;
  }
}

/** A file of `[topic, base64][]`: what comes of the messages of one node, one after the other. */
function sparkplugOutcome(file: Uint8Array): string {
  const messages: [topic: string, base64: string][] = JSON.parse(new TextDecoder().decode(file));
  let state: SparkplugState | null = null;
  const outcomes = messages.map(([mqttTopic, base64]) => {
    const payload = new Uint8Array(Buffer.from(base64, 'base64'));
    const result = decodeSparkplug(state, { mqttTopic, contentType: '', payload, receivedAtUs: NOW_US });
    state = result.state;
    for (const b of result.batches) checkBatch(b);
    return result.error?.code ?? (result.repeated ? 'repeated' : `${result.batches.length} batches`);
  });
  return outcomes.join(', ');
}

/** Fails with the case in hand, ready for the corpus. */
function tried<T>(kind: string, payload: Uint8Array, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const base64 = Buffer.from(payload).toString('base64');
    throw new Error(`seed ${SEED}, ${kind}: ${(cause as Error).message}\nbase64 for the corpus: ${base64}`, {
      cause,
    });
  }
}

const corpus = readdirSync(CORPUS)
  .filter((f) => f !== 'expected.json')
  .map((file) => ({
    file,
    kind: file.split('-')[0]!,
    payload: new Uint8Array(readFileSync(join(CORPUS, file))),
  }));
const seeds = corpus.filter((c) => c.kind !== 'sparkplug');
const expected: Record<string, string> = JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8'));

test('the corpus comes out as it must', () => {
  const got = Object.fromEntries(
    corpus.map(({ file, kind, payload }) => [file, tried(file, payload, () => outcome(kind, payload))]),
  );
  expect(got).toStrictEqual(expected);
});

test('100,000 messages: made by structure, mutated, and random bytes', () => {
  const r = new Random(SEED);
  // nobody reads the stacks of so many refusals, and making them takes longer than decoding
  Error.stackTraceLimit = 0;
  const seen = new Map<string, number>();
  const count = (kind: string, payload: Uint8Array) => {
    const code = `${kind} ${tried(kind, payload, () => outcome(kind, payload))}`;
    seen.set(code, (seen.get(code) ?? 0) + 1);
  };
  for (let i = 0; i < 100_000; i++) {
    const kind = i % 4 === 3 ? 'senml' : 'json';
    let payload = r.chance(0.1) ? r.pick(seeds).payload : kind === 'json' ? jsonBatch(r) : senmlPack(r);
    if (r.chance(0.3)) payload = mutate(r, payload);
    if (r.chance(0.02)) payload = r.bytes(r.below(200));
    count(kind, payload);
    if (kind !== 'json') continue;
    // the fast road never says anything else than the strict one
    const fast = decodeFast(payload);
    if (fast !== null)
      tried('fast and strict', payload, () => must(same(decodeStrict(payload), fast), 'two roads'));
  }
  // the cases reach everything there is to reach, or they would prove little
  for (const code of [
    'landed',
    'message.not-json',
    'message.duplicate-field',
    'message.missing-field',
    'message.unknown-field',
    'message.invalid-field',
    'message.too-deep',
    'message.not-utf8',
    'message.no-values',
    'message.timestamp-order',
    'message.timestamp-future',
    'message.timestamp-past',
  ]) {
    expect([code, seen.get(`json ${code}`) ?? 0]).toStrictEqual([
      code,
      expect.toSatisfy((n: number) => n > 10),
    ]);
  }
  expect(seen.get('json landed')).toBeGreaterThan(10_000);
  expect(seen.get('senml landed')).toBeGreaterThan(1000);
  expect(seen.get('senml senml.invalid')).toBeGreaterThan(1000);
});

test('20,000 Sparkplug messages: the state stays plain and bounded, nothing is thrown', () => {
  const r = new Random(SEED + 1);
  let state: SparkplugState | null = null;
  const seen = new Map<string, number>();
  const named = new Set<string>();
  let last: { topic: string; payload: Uint8Array } = {
    topic: 'spBv1.0/g/NDATA/gw1',
    payload: new Uint8Array(),
  };
  for (let i = 0; i < 20_000; i++) {
    const made = sparkplugMessage(r, (state?.last ?? 0) + 1, i);
    let { topic, payload } = r.chance(0.05) ? last : made;
    if (r.chance(0.1)) payload = mutate(r, payload);
    last = { topic, payload };
    const message = { mqttTopic: topic, contentType: '', payload, receivedAtUs: NOW_US + i * 1000 };
    const result = tried(topic, payload, () => {
      const decoded = decodeSparkplug(state, message);
      must(decoded.error === null || decoded.error.kind === 'poison', 'poison');
      must(decoded.error === null || decoded.batches.length === 0, 'all or nothing');
      for (const d of decoded.batches) {
        checkBatch(d, message.receivedAtUs);
        const name = `${d.path.device}/${d.path.signal}/${d.batch.session}/${d.batch.seq}`;
        must(!named.has(name), 'one name, one batch');
        named.add(name);
      }
      return decoded;
    });
    state = JSON.parse(JSON.stringify(result.state)) as SparkplugState;
    must(!/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(state)), 'a database could keep it');
    const code = result.error?.code ?? 'read';
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  expect(seen.get('read')).toBeGreaterThan(1000);
  for (const code of [
    'sparkplug.invalid',
    'sparkplug.no-birth',
    'sparkplug.sequence-gap',
    'message.unknown-topic',
  ]) {
    expect([code, seen.get(code) ?? 0]).toStrictEqual([code, expect.toSatisfy((n: number) => n > 10)]);
  }
});
