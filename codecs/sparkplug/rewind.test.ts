import fc from 'fast-check';
import sparkplug from 'sparkplug-payload';
import { expect, test } from 'vitest';
import type { RawMessage } from '../context.ts';
import { decodeSparkplug, rewindSparkplug, type SparkplugResult, type SparkplugState } from './index.ts';

// an encoder that is not ours: Eclipse Tahu's
const { encodePayload } = sparkplug.get('spBv1.0')!;
type Metric = NonNullable<Parameters<typeof encodePayload>[0]['metrics']>[number];

const T0 = 1_790_000_000_000; // ms
const SIGNALS = ['x', 'y', 'z'];
const STEPS = ['nbirth', 'dbirth', 'ndata', 'ddata', 'ndata', 'ddata', 'ndeath', 'ddeath', 'lost', 'again'];

/** A node whose aliases mean something else at each birth; each value that it sends is another number. */
class Node {
  readonly sent: RawMessage[] = [];
  /** value → `device/signal` */
  readonly meant = new Map<number, string>();
  #seq = 0;
  #bdSeq = 0;
  #turn = 0;
  #nodeTurn = 0;
  #deviceTurn = 0;

  step(kind: string, n: number): void {
    if (kind === 'lost') this.#seq = (this.#seq + 1) % 256;
    else if (kind === 'again') {
      const old = this.sent.at(-1 - (n % 3));
      if (old !== undefined) this.sent.push(old);
    } else if (kind === 'nbirth') {
      this.#seq = 0;
      this.#bdSeq++;
      this.#nodeTurn = ++this.#turn;
      const bdSeq: Metric = { name: 'bdSeq', type: 'Int64', value: this.#bdSeq };
      this.#send('NBIRTH', '', [bdSeq, ...this.#births('', 0, this.#nodeTurn)]);
    } else if (kind === 'ndeath') {
      this.#send('NDEATH', '', [{ name: 'bdSeq', type: 'Int64', value: this.#bdSeq }]);
    } else if (kind === 'dbirth') {
      this.#deviceTurn = ++this.#turn;
      this.#send('DBIRTH', '/d', this.#births('d', 3, this.#deviceTurn));
    } else if (kind === 'ddeath') {
      this.#send('DDEATH', '/d', []);
    } else if (kind === 'ndata') {
      this.#send('NDATA', '', [this.#value('', n % 3, 0, this.#nodeTurn)]);
    } else {
      this.#send('DDATA', '/d', [this.#value('d', n % 3, 3, this.#deviceTurn)]);
    }
  }

  #births(device: string, base: number, turn: number): Metric[] {
    return SIGNALS.map((name, i) => ({ name, ...this.#value(device, i, base, turn) }));
  }

  #value(device: string, i: number, base: number, turn: number): Metric {
    const value = this.meant.size + 1;
    this.meant.set(value, `${device === '' ? 'n' : `n--${device}`}/${SIGNALS[i]}`);
    return { alias: base + ((i + turn) % 3), type: 'Double', value } as Metric;
  }

  #send(type: string, device: string, metrics: Metric[]): void {
    const timestamp = T0 + this.sent.length;
    const seq = this.#seq;
    if (type !== 'NDEATH') this.#seq = (seq + 1) % 256;
    this.sent.push({
      mqttTopic: `spBv1.0/g/${type}/n${device}`,
      contentType: '',
      payload: encodePayload({ timestamp, seq, metrics: metrics.map((m) => ({ ...m, timestamp })) }),
      receivedAtUs: timestamp * 1000,
    });
  }
}

function read(
  before: SparkplugState | null,
  messages: readonly RawMessage[],
): { results: SparkplugResult[]; states: (SparkplugState | null)[] } {
  const states = [before];
  const results = messages.map((m) => {
    const result = decodeSparkplug(states.at(-1)!, m);
    states.push(result.state);
    return result;
  });
  return { results, states };
}

const pathsAndValues = (r: SparkplugResult): [string, number][] =>
  r.batches.flatMap(({ path, batch }) =>
    Array.from(batch.values, (v): [string, number] => [`${path.device}/${path.signal}`, v]),
  );

test('rewound, messages are read as they were meant or not at all, and all of them where nothing was born', () => {
  const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(20));
  let alike = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.nat(60),
      fc.nat(60),
      (steps, from, length) => {
        const node = new Node();
        node.step('nbirth', 0);
        node.step('dbirth', 0);
        for (const [kind, n] of steps) node.step(kind, n);
        const { sent, meant } = node;
        const landing = read(null, sent);
        const first = Math.min(from, sent.length - 1);
        const end = Math.min(first + 1 + length, sent.length);
        const window = sent.slice(first, end);
        const after = landing.states[end]!;
        const again = read(rewindSparkplug(after, window), window);
        again.results.forEach((r, i) => {
          // an old message that comes once more with just the next seq is taken for new by anybody, landing too
          const landed = new Map(pathsAndValues(landing.results[first + i]!).map(([path, v]) => [v, path]));
          for (const [path, v] of pathsAndValues(r)) expect([meant.get(v), landed.get(v)]).toContain(path);
        });
        const plain = window.every((m) => /DATA/.test(m.mqttTopic));
        if (!plain || after.session === null || after.stale) return;
        alike++;
        landing.results.slice(first, end).forEach((r, i) => {
          if (!r.repeated) expect(pathsAndValues(again.results[i]!)).toEqual(pathsAndValues(r));
        });
        expect(again.states.at(-1)).toMatchObject({ last: after.last, session: after.session, stale: false });
      },
    ),
    { numRuns: 600 },
  );
  expect(alike).toBeGreaterThan(30);
});

test('of births among the messages, what follows the last one is read', () => {
  const node = new Node();
  for (const kind of ['nbirth', 'dbirth', 'ndata', 'ndata', 'nbirth', 'ndata', 'dbirth', 'ddata', 'ndata']) {
    node.step(kind, 1);
  }
  const { states, results } = read(null, node.sent);
  const again = read(rewindSparkplug(states.at(-1)!, node.sent.slice(2)), node.sent.slice(2));
  expect(again.results.map((r) => r.batches.length)).toEqual([0, 0, 3, 1, 3, 1, 1]);
  expect(again.results.slice(2).map(pathsAndValues)).toEqual(results.slice(4).map(pathsAndValues));
  // a birth that comes again after a later one is known for what it is
  const late = [...node.sent, node.sent[0]!];
  const known = read(null, late);
  const rewound = read(rewindSparkplug(known.states.at(-1)!, late.slice(4)), late.slice(4));
  expect(rewound.results.at(-1)!.repeated).toBe(true);
});

test('a death is told by what is known after it: of the node with its devices, of a device', () => {
  for (const end of ['ndeath', 'ddeath']) {
    for (const window of [1, 2, 3]) {
      const node = new Node();
      for (const kind of ['nbirth', 'dbirth', 'ddata', 'ndata', 'ddata', end]) node.step(kind, 1);
      const { states, results } = read(null, node.sent);
      const told = results.at(-1)!.effects;
      expect(told.map((e) => e.kind)).toEqual(end === 'ndeath' ? ['status', 'status'] : ['status']);
      const last = node.sent.slice(-window);
      const again = read(rewindSparkplug(states.at(-1)!, last), last);
      expect(again.results.at(-1)!.effects).toEqual(told);
    }
  }
  // one of an earlier connection took nobody
  const node = new Node();
  for (const kind of ['nbirth', 'dbirth', 'ndeath', 'nbirth', 'dbirth']) node.step(kind, 1);
  const late = [...node.sent, node.sent[2]!];
  const after = read(null, late).states.at(-1)!;
  expect(read(rewindSparkplug(after, late.slice(-1)), late.slice(-1)).results[0]!.effects).toEqual([]);
});
