import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSignalKey, signalKey } from './names.ts';
import {
  commandsTopic,
  parseTopic,
  receiptsTopic,
  resultsTopic,
  samplesTopic,
  statusTopic,
} from './topics.ts';

const name = fc.stringMatching(/^[a-z0-9_-]{1,64}$/);
const path = fc.record({ site: name, device: name, signal: name });

describe('topics', () => {
  it('are read as they are written, for every legal name', () => {
    fc.assert(
      fc.property(path, ({ site, device, signal }) => {
        const at = { site, device };
        expect(parseTopic(samplesTopic({ ...at, signal }))).toEqual({
          kind: 'samples',
          ...at,
          signal,
          codec: 'json',
        });
        expect(parseTopic(`${samplesTopic({ ...at, signal })}/senml`)).toMatchObject({
          signal,
          codec: 'senml',
        });
        expect(parseTopic(statusTopic(at))).toEqual({ kind: 'status', ...at });
        expect(parseTopic(receiptsTopic(at))).toEqual({ kind: 'receipts', ...at });
        expect(parseTopic(commandsTopic(at))).toEqual({ kind: 'commands', ...at });
        expect(parseTopic(resultsTopic(at))).toEqual({ kind: 'results', ...at });
        expect(parseSignalKey(signalKey({ ...at, signal }))).toEqual({ ...at, signal });
      }),
    );
  });

  it.each([
    'loadcycle/v2/s/d/status',
    'loadcycle/v1/S/d/status',
    'loadcycle/v1/s/d/samples',
    'loadcycle/v1/s/d/samples/x/y/z',
    'loadcycle/v1/s/d/status/more',
    'loadcycle/v1//d/status',
    'other',
    '',
  ])('%j is none', (topic) => expect(parseTopic(topic)).toBeNull());
});
