// biome-ignore lint/style/noRestrictedImports: the head of what the codec writes is read here
import { encodeBatch } from '@loadcycle/codecs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchHead } from './batch-head.ts';

const session = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
const bytes = (text: string): Uint8Array => Buffer.from(text);

test('it reads what the codec writes, whatever the sequence number', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.maxSafeNat(), (id, seq) => {
      const batch = {
        session: id,
        seq,
        unit: 'V',
        t0Us: 1,
        dtUs: 1,
        offsetsUs: null,
        values: new Float64Array(3),
      };
      expect(batchHead(encodeBatch(batch))).toEqual({ session: id, seq });
    }),
  );
});

test('it reads any order of fields and any spaces', () => {
  expect(batchHead(bytes(`{"unit":"V","values":[1],"seq":7,"session":"${session}"}`))).toEqual({
    session,
    seq: 7,
  });
  expect(batchHead(bytes(`\n{ "session" : "${session}",\n "seq" : 7 }`))).toEqual({ session, seq: 7 });
});

test.each([
  '',
  '[]',
  'null',
  '{"seq":1}',
  `{"session":"${session}","seq":-1,"unit":"V"}`,
  `{"session":"${session}","seq":1.5,"unit":"V"}`,
  `{"session":"${session}","seq":"1"}`,
  `{"session":"${session}","seq":9999999999999999,"unit":"V"}`,
  '{"session":"me","seq":1}',
  '\u0000\u0001',
])('%j has no head', (text) => {
  expect(batchHead(bytes(text))).toBeNull();
});

test('it reads a view into a larger buffer from its own start', () => {
  const whole = bytes(`xxxx{"session":"${session}","seq":3,"x":1}yyyy`);
  expect(batchHead(whole.subarray(4, whole.length - 4))).toEqual({ session, seq: 3 });
});
