import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableJson, printableLine } from './printable.ts';

test('nothing of a stranger reaches the terminal as a command', () => {
  expect(printable('\x1b]0;owned\x07\x9b2Jred\r\u202etxt\x7f')).toBe(
    '\\u001b]0;owned\\u0007\\u009b2Jred\\u000d\\u202etxt\\u007f',
  );
  expect(printable('two\nlines\tand µΩ °C 日本')).toBe('two\nlines\tand µΩ °C 日本');
  expect(printableLine('two\nlines')).toBe('two\\nlines');
});

test('whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(printable(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('JSON stays the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(JSON.parse(printableJson(value))).toStrictEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
