import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DECODE_DEFAULTS,
  type DecodedBatch,
  decodeMessage,
  encodeBatch,
  readMessage,
} from '@loadcycle/codecs';
import { decodeSparkplug, type SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import {
  CONTENT_TYPE,
  type LoadcycleError,
  parseTopic,
  SignalDefinition,
  signalKey,
} from '@loadcycle/contract';
import { us } from '@loadcycle/database/sql';
import type { ConsumeOptions, EventLog, NewRecord } from '@loadcycle/event-log/port';
import { applyCatalogue } from '@loadcycle/processors/catalogue/index';
import { Tails } from '@loadcycle/processors/work/tails';
import { Registry } from '@loadcycle/service';
import { expect, test } from 'vitest';
import { jsonBatch, mutate, NOW_US, senmlPack, sparkplugMessage } from './fuzz-messages.ts';
import { Random } from './fuzz-random.ts';
import { caughtUp, openBench, raw, SESSION, startOn } from './landing-support.ts';
import { accountSums, disagreements } from './validation-support.ts';

/** The pure fuzzer's messages, through landing and into the real store. Other cases: LOADCYCLE_FUZZ_SEED. */
const SEED = Number(process.env['LOADCYCLE_FUZZ_SEED'] ?? 20_261_124);
const MESSAGES = 4_000;
const SIGNALS = 60;
const LIMITS = { validMin: -50, validMax: 5000, maxRatePerS: 1e5, stuckAfterUs: 5000 };
const topicOf = (signal: string) => `loadcycle/v1/plant-1/motor-7/samples/${signal}`;

/** Nothing odd in it but its values; some of them out of range, missing, fast or standing. */
function plainBatch(r: Random): Uint8Array {
  const [start, step] = [r.pick([0, 100, 4900]), r.pick([0, 1, 30, 300])];
  const values = Array.from({ length: 1 + r.below(20) }, (_, i) =>
    r.chance(0.03) ? null : start + i * step,
  );
  return encodeBatch({
    session: SESSION,
    seq: r.below(200),
    unit: 'V',
    t0Us: NOW_US - r.pick([0, 60_000_000, 86_400_000_000]) + r.pick([0, 3_600_000_000]) + r.below(1e6),
    dtUs: r.pick([1000, 10_000, 4_300_000_000]),
    offsetsUs: null,
    values: Float64Array.from(values, (v) => v ?? Number.NaN),
  });
}

interface Made {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAtUs: number;
}

function messages(r: Random): Made[] {
  const folder = join(import.meta.dirname, 'fuzz-corpus');
  const corpus = readdirSync(folder)
    .filter((f) => f.endsWith('.msg') && !f.startsWith('sparkplug'))
    .map((f) => ({ senml: f.startsWith('senml'), payload: new Uint8Array(readFileSync(join(folder, f))) }));
  const made: Made[] = corpus.map(({ senml, payload }, i) => ({
    topic: `${topicOf(`corpus-${i}`)}${senml ? '/senml' : ''}`,
    payload,
    receivedAtUs: NOW_US,
  }));
  let counted = 0;
  for (let i = made.length; i < MESSAGES; i++) {
    const receivedAtUs = NOW_US + i * 1000;
    if (r.chance(0.1)) {
      made.push({ ...r.pick(made), receivedAtUs });
      continue;
    }
    if (r.chance(0.2)) {
      const { topic, payload } = sparkplugMessage(r, ++counted, i);
      if (topic.includes('/NBIRTH/')) counted = 0;
      if (topic.includes('/NCMD/')) continue;
      made.push({ topic, payload: r.chance(0.1) ? mutate(r, payload) : payload, receivedAtUs });
      continue;
    }
    const senml = r.chance(0.2);
    let payload = senml ? senmlPack(r) : r.chance(0.5) ? plainBatch(r) : jsonBatch(r);
    if (r.chance(0.1)) payload = mutate(r, payload);
    if (r.chance(0.02)) payload = r.bytes(r.below(200));
    const topic = `${topicOf(r.chance(0.02) ? 'No Topic' : `s${r.below(SIGNALS)}`)}${senml ? '/senml' : ''}`;
    made.push({ topic, payload, receivedAtUs });
  }
  return made;
}

/** As the bridge would put it into the log. */
function recordOf({ topic, payload, receivedAtUs }: Made): NewRecord {
  if (topic.startsWith('spBv1.0/')) {
    const headers = { 'content-type': CONTENT_TYPE.sparkplug };
    return raw('spb/g/gw1', topic, payload, receivedAtUs, headers);
  }
  const parsed = parseTopic(topic);
  return raw(parsed?.kind === 'samples' ? signalKey(parsed) : topic, topic, payload, receivedAtUs);
}

/** Whether the message can be read by itself, without what is known of its node. */
function isNamed({ topic, payload, receivedAtUs }: Made): boolean {
  if (topic.startsWith('spBv1.0/')) return false;
  try {
    return readMessage({ mqttTopic: topic, contentType: '', payload, receivedAtUs }).decoded.length > 0;
  } catch {
    return false;
  }
}

/** What must become of messages, told without a store: by the codecs, a map for a ledger, and first come, first named. */
class Model {
  readonly units = new Map<string, string>();
  readonly definitions = new Map<string, SignalDefinition>();
  readonly tails = new Map<string, Tails>();
  readonly ledger = new Map<string, string>();
  readonly letters: { reason: string; payload: string }[] = [];
  readonly counts = {
    received: 0,
    landed: 0,
    duplicates: 0,
    deadLettered: 0,
    samples: 0,
    good: 0,
    uncertain: 0,
    bad: 0,
  };
  readonly #held = new Set<string>();
  #node: SparkplugState | null = null;

  take(m: Made): void {
    const payload = Buffer.from(m.payload).toString('base64');
    const dead = (reason: string): void => {
      this.counts.received++;
      this.counts.deadLettered++;
      // a batch that has a name of its own, refused again for the same reason: its letter is held already
      const letter = JSON.stringify([m.topic, reason, payload]);
      if (isNamed(m) && this.#held.has(letter)) return;
      this.#held.add(letter);
      this.letters.push({ reason, payload });
    };
    let batches: readonly DecodedBatch[];
    try {
      batches = this.#decode(m);
      for (const { path, batch } of batches) this.#define(signalKey(path), batch.unit);
    } catch (error) {
      dead((error as LoadcycleError).code);
      return;
    }
    const judged: { d: DecodedBatch; good: number; uncertain: number; bad: number }[] = [];
    try {
      for (const d of batches) {
        const key = signalKey(d.path);
        let tails = this.tails.get(key);
        if (tails === undefined) this.tails.set(key, (tails = Tails.from(undefined)));
        judged.push({ d, ...tails.validate(d.batch, this.definitions.get(key)!, m.receivedAtUs) });
      }
    } catch (error) {
      dead((error as LoadcycleError).code);
      return;
    }
    for (const { d, good, uncertain, bad } of judged) {
      const { batch } = d;
      const name = `${signalKey(d.path)} ${batch.session} ${batch.seq}`;
      const content = JSON.stringify([
        batch.t0Us,
        batch.dtUs,
        batch.offsetsUs && [...batch.offsetsUs],
        [...batch.values].map((v) => (Object.is(v, -0) ? '-0' : v)),
      ]);
      const there = this.ledger.get(name);
      if (there === undefined) {
        this.ledger.set(name, content);
        const c = this.counts;
        c.received++;
        c.landed++;
        c.samples += batch.values.length;
        c.good += good;
        c.uncertain += uncertain;
        c.bad += bad;
      } else if (there === content) {
        this.counts.received++;
        this.counts.duplicates++;
      } else dead('message.conflicting-batch');
    }
  }

  #define(key: string, unit: string): void {
    if (!this.definitions.has(key)) this.definitions.set(key, SignalDefinition.parse({ unit }));
  }

  #decode({ topic, payload, receivedAtUs }: Made): readonly DecodedBatch[] {
    const contentType = topic.startsWith('spBv1.0/') ? CONTENT_TYPE.sparkplug : '';
    const message = { mqttTopic: topic, contentType, payload, receivedAtUs };
    if (contentType === '') return decodeMessage(message);
    const { state, batches, error } = decodeSparkplug(this.#node, message);
    this.#node = state;
    if (error !== null) throw error;
    return batches;
  }
}

/** The real log, which delivers everything from its beginning again to whoever asks. */
function redelivering(log: EventLog): EventLog {
  const consume = (o: ConsumeOptions) =>
    log.consume({
      ...o,
      positions: async (assigned) => {
        await o.positions!(assigned);
        return assigned.map((p) => ({ ...p, next: 0 }));
      },
    });
  return new Proxy(log, {
    get: (target, name) => (name === 'consume' ? consume : Reflect.get(target, name).bind(target)),
  });
}

test('thousands of messages: each is landed, marked, a duplicate or a dead letter, and the sums are exact', async () => {
  const b = await openBench({ partitions: 1 });
  const made = messages(new Random(SEED));
  const model = new Model();
  const defined = Array.from({ length: SIGNALS / 2 }, (_, i) => ({
    path: { site: 'plant-1', device: 'motor-7', signal: `s${i}` },
    definition: SignalDefinition.parse({ unit: 'V', ...LIMITS }),
  }));
  await applyCatalogue(b.db, defined, 'the test');
  for (const { path, definition } of defined) model.definitions.set(signalKey(path), definition);
  for (const m of made) model.take(m);

  const registry = new Registry();
  const half = made.length >>> 1;
  await b.eventLog.append(made.slice(0, half).map(recordOf));
  const first = await startOn(b);
  await caughtUp(b, 'landing');
  await first.close();
  const midway = await accountSums(b.db);
  // another worker, to which the log tells everything from the beginning
  const second = await startOn({ ...b, eventLog: redelivering(b.eventLog) }, { registry });
  await b.eventLog.append(made.slice(half).map(recordOf));
  await caughtUp(b, 'landing');
  await second.close();

  const sums = await accountSums(b.db);
  expect(sums).toEqual(model.counts);
  expect(await disagreements(b.db)).toEqual([]);
  const letters = await b.db.query<{ reason: string; payload: Uint8Array }>(
    'SELECT reason, payload FROM dead_letter ORDER BY partition, "offset"',
  );
  expect(
    letters.map((l) => ({ reason: l.reason, payload: Buffer.from(l.payload).toString('base64') })),
  ).toEqual(model.letters);
  const [ledger] = await b.db.query<{ n: number }>('SELECT count(*) AS n FROM batch');
  expect(ledger!.n).toBe(model.ledger.size);
  // the counters of the worker that did the second half say what it did
  const text = await registry.metrics();
  const counter = (name: string, label: string): number =>
    Number(new RegExp(`^${name}\\{[^}]*"${label}"[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  expect({
    landed: counter('loadcycle_landing_batches_total', 'landed'),
    duplicates: counter('loadcycle_landing_batches_total', 'duplicate'),
    deadLettered: counter('loadcycle_landing_batches_total', 'dead-lettered'),
    good: counter('loadcycle_landing_samples_total', 'good'),
    uncertain: counter('loadcycle_landing_samples_total', 'uncertain'),
    bad: counter('loadcycle_landing_samples_total', 'bad'),
  }).toEqual(
    Object.fromEntries(
      (['landed', 'duplicates', 'deadLettered', 'good', 'uncertain', 'bad'] as const).map((k) => [
        k,
        sums[k] - midway[k],
      ]),
    ),
  );
  // the cases reach what there is to reach, or they would prove little
  expect(sums).toEqual({ ...sums, landed: expect.toSatisfy((n: number) => n > 1000) });
  expect(Math.min(sums.deadLettered, sums.good)).toBeGreaterThan(500);
  expect(Math.min(sums.duplicates, sums.uncertain, sums.bad)).toBeGreaterThan(50);
  const reasons = new Set(letters.map((l) => l.reason));
  for (const reason of [
    'message.conflicting-batch',
    'message.unit-mismatch',
    'message.not-json',
    'message.invalid-field',
    'message.unknown-topic',
    'senml.invalid',
    'sparkplug.sequence-gap',
  ]) {
    expect(reasons).toContain(reason);
  }

  // and no row breaks the rules that it was landed by
  const broken = await b.db.query(
    `SELECT s.signal_id, s.value, s.quality FROM sample s JOIN signal g ON g.id = s.signal_id
     WHERE (s.value IS NULL) <> (s.quality = 129)
        OR s.value IN ('NaN', 'Infinity', '-Infinity')
        OR ((s.value < coalesce((g.definition->>'validMin')::float8, '-Infinity')
          OR s.value > coalesce((g.definition->>'validMax')::float8, 'Infinity')
          OR abs(s.value) > 1e100 OR (s.value <> 0 AND abs(s.value) < 1e-100)) <> (s.quality = 130))
        OR s.quality NOT IN (0, 65, 66, 67, 129, 130)
        OR NOT EXISTS (SELECT FROM batch b WHERE b.signal_id = s.signal_id AND s.ts BETWEEN b.t0 AND b.t_end
                       AND ${us('s.ts')} >= ${DECODE_DEFAULTS.horizonUs}
                       AND ${us('s.ts')} <= ${us('b.received_at')} + ${DECODE_DEFAULTS.maxFutureUs})
     LIMIT 5`,
  );
  expect(broken).toEqual([]);
});
