import { expect, test } from 'vitest';
import { gather } from '../gather.ts';
import type { LogRecord, Position } from '../port.ts';
import { Held, RECORD_BYTES } from './held.ts';
import { Inbox } from './inbox.ts';

const at = (partition: number) => ({ topic: 't', partition });
const NOW = { maxBytes: 1e6, maxRecords: 100, gatherMs: 0, waitMs: 5000 };

function records(partition: number, from: number, to: number, bytes = 10): LogRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({
    topic: 't',
    partition,
    offset: from + i,
    key: 'k',
    value: new Uint8Array(bytes),
    headers: {},
    timestampMs: 0,
  }));
}

/** An inbox whose store knows these positions, and what it made the client do and log. */
function makeInbox(known: Position[] = [], begin = 0, end = 1000) {
  const seeks: (readonly Position[])[] = [];
  const warnings: object[] = [];
  const none = (): void => {};
  const inbox = new Inbox({
    consume: { group: 'g', topics: ['t'], positions: async () => known },
    bufferBytes: 900 + 4 * RECORD_BYTES,
    held: new Held(),
    log: { debug: none, info: none, warn: (fields) => void warnings.push(fields), error: none },
    ends: async () => [0, 1].map((partition) => ({ ...at(partition), begin, end })),
    seek: (positions) => void seeks.push(positions),
  });
  const started = async (): Promise<void> => {
    await gather(inbox, { ...NOW, waitMs: 1 });
    await expect.poll(() => inbox.ready('t', 0)).toBe(true);
  };
  return { inbox, seeks, warnings, started };
}

const offsets = (list: LogRecord[]): string[] => list.map((r) => `${r.partition}:${r.offset}`);

test('what was gathered before a partition was lost is not returned: all starts anew from the store', async () => {
  const { inbox, seeks, started } = makeInbox([{ ...at(0), next: 5 }]);
  inbox.assign([at(0), at(1)]);
  await started();
  expect(seeks.at(-1)).toEqual([
    { ...at(0), next: 5 },
    { ...at(1), next: 0 },
  ]);
  const polled = gather(inbox, { ...NOW, gatherMs: 5000, maxRecords: 4 });
  inbox.accept('t', 1, records(1, 0, 2), 1000);
  await expect.poll(() => inbox.empty).toBe(true);
  inbox.assign([at(0)]);
  await expect.poll(() => inbox.ready('t', 0)).toBe(true);
  inbox.accept('t', 1, records(1, 2, 4), 1000);
  inbox.accept('t', 0, records(0, 5, 9), 1000);
  expect(offsets(await polled)).toEqual(['0:5', '0:6', '0:7', '0:8']);
});

test('takes in each record once, and nothing before its caller has said where to start', async () => {
  const { inbox, started } = makeInbox();
  inbox.assign([at(0)]);
  inbox.accept('t', 0, records(0, 0, 5), 1000);
  expect(inbox.empty).toBe(true);
  await started();
  inbox.accept('t', 0, records(0, 0, 3), 1000);
  inbox.accept('t', 0, records(0, 1, 5), 1000);
  expect(offsets(await gather(inbox, NOW))).toEqual(['0:0', '0:1', '0:2', '0:3', '0:4']);
});

test('is full at its bytes, and has room again when they are polled', async () => {
  const { inbox, started } = makeInbox();
  inbox.assign([at(0)]);
  await started();
  inbox.accept('t', 0, records(0, 0, 4, 300), 1000);
  expect(inbox.full).toBe(true);
  await gather(inbox, { ...NOW, maxRecords: 1 });
  expect(inbox.full).toBe(false);
});

test('goes on where retention has left something, and says what is gone', async () => {
  const { inbox, seeks, warnings, started } = makeInbox([{ ...at(0), next: 5 }], 20);
  inbox.assign([at(0)]);
  await started();
  expect(seeks).toEqual([[{ ...at(0), next: 20 }]]);
  expect(warnings).toEqual([{ code: 'log.position-lost', group: 'g', ...at(0), next: 5, begin: 20 }]);
  inbox.accept('t', 0, records(0, 30, 31), 1000);
  expect(offsets(await gather(inbox, NOW))).toEqual(['0:30']);
  expect(warnings).toHaveLength(2);
});

test('a log that ends before the position is an error, each time it is met', async () => {
  const lost = { code: 'log.replaced', kind: 'standing' };
  const { inbox } = makeInbox([{ ...at(0), next: 2000 }]);
  inbox.assign([at(0)]);
  await expect(gather(inbox, NOW)).rejects.toMatchObject(lost);
  await expect(gather(inbox, NOW)).rejects.toMatchObject(lost);
  const later = makeInbox([{ ...at(0), next: 900 }]);
  later.inbox.assign([at(0)]);
  await later.started();
  later.inbox.accept('t', 0, records(0, 3, 4), 10);
  await expect(gather(later.inbox, NOW)).rejects.toMatchObject(lost);
});

test('what comes while records are taken is gathered with them, and does not end the poll', async () => {
  const { inbox, started } = makeInbox();
  inbox.assign([at(0)]);
  await started();
  inbox.accept('t', 0, records(0, 0, 2), 1000);
  let came = false;
  const take: Inbox['take'] = async (...args) => {
    const taken = await inbox.take(...args);
    if (!came) inbox.accept('t', 0, records(0, 2, 3), 1000);
    came = true;
    return taken;
  };
  const source = { news: inbox.news, take, check: () => inbox.check(), pending: () => inbox.pending() };
  expect(offsets(await gather(source, { ...NOW, gatherMs: 5000, maxRecords: 3 }))).toEqual([
    '0:0',
    '0:1',
    '0:2',
  ]);
});

test('a record that does not fit ends the poll at once', async () => {
  const { inbox, started } = makeInbox();
  inbox.assign([at(0)]);
  await started();
  inbox.accept('t', 0, records(0, 0, 3), 1000);
  // the poll would gather for an hour
  expect(offsets(await gather(inbox, { ...NOW, gatherMs: 3_600_000, maxBytes: 25 }))).toEqual(['0:0', '0:1']);
});
