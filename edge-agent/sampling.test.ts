import { join } from 'node:path';
import { silentLogger } from '@loadcycle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chunk } from './batcher.ts';
import { Clock } from './clock.ts';
import { Sampling } from './sampling.ts';
import type { Source, SourceContext } from './sources/index.ts';
import { openStore } from './store.ts';
import { removeFolder, temporaryFolder, until } from './test-support.ts';
import type { Writer } from './writer.ts';

/** A source that does what the test says at each run. */
class Scripted implements Source {
  readonly patient: boolean;
  readonly signals = [{ signal: 'v', unit: 'V', batchSize: 10, decimals: null, enabled: true, rateHz: null }];
  runs = 0;
  readonly #script: (run: number, context: SourceContext) => Promise<'ended' | 'aborted'>;

  constructor(
    patient: boolean,
    script: (run: number, context: SourceContext) => Promise<'ended' | 'aborted'>,
  ) {
    this.patient = patient;
    this.#script = script;
  }

  run(context: SourceContext): Promise<'ended' | 'aborted'> {
    return this.#script(this.runs++, context);
  }

  change(): () => void {
    return () => {};
  }

  close(): void {}
}

let folder: string;
let store: ReturnType<typeof openStore>;

beforeEach(() => {
  folder = temporaryFolder();
  store = openStore(join(folder, 'outbox.db'), silentLogger);
});

afterEach(() => {
  store.db.close();
  removeFolder(folder);
});

function sampling(...sources: Source[]): { s: Sampling; pushed: Chunk[] } {
  const pushed: Chunk[] = [];
  const writer = { declare() {}, flush() {}, push: (_: string, chunk: Chunk) => void pushed.push(chunk) };
  const s = new Sampling({
    ...{ sources, settings: [], clock: new Clock(), db: store.db, log: silentLogger },
    writer: writer as unknown as Writer,
    onChange() {},
  });
  return { s, pushed };
}

const aborted = (signal: AbortSignal): Promise<'aborted'> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted')));

test('a sensor that fails is said, and tried again until it works', async () => {
  const source = new Scripted(false, async (run, { signal, complain }) => {
    if (run === 0) throw new Error('no such bus');
    complain(null);
    return aborted(signal);
  });
  const { s } = sampling(source);
  s.start();
  await until(() => s.problem !== null);
  expect(s.problem).toContain('no such bus');
  await until(() => source.runs === 2);
  expect(s.problem).toBeNull();
  await s.close();
});

test('a file that fails is at its end, and what is wrong stays said', async () => {
  const { s } = sampling(
    new Scripted(true, async () => {
      throw new Error('disk gone');
    }),
  );
  s.start();
  await s.finished;
  expect(s.problem).toContain('disk gone');
});

test('a start that comes while it closes is kept for the next time', async () => {
  const source = new Scripted(false, async (_, { signal }) => aborted(signal));
  const { s } = sampling(source);
  s.start();
  await s.turn(false);
  await s.close();
  await s.turn(true);
  expect({ on: s.on, runs: source.runs }).toEqual({ on: true, runs: 1 });
});

test('two sources for one signal are refused', () => {
  const one = (): Source => new Scripted(false, async () => 'ended');
  expect(() => sampling(one(), one())).toThrow(expect.objectContaining({ code: 'settings.invalid' }));
});
