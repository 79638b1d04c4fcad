import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

test('what is sealed is opened by its secret alone, and never looks the same twice', () => {
  const one = seal('private', 'correct horse');
  const two = seal('private', 'correct horse');
  expect(one).toMatch(/^sealed\./);
  expect(one).not.toBe(two);
  // one salt: deriving a key takes long, and is done once
  expect(one.split('.')[1]).toBe(two.split('.')[1]);
  expect([one, two].map((text) => unseal(text, 'correct horse'))).toEqual(['private', 'private']);
  expect(() => unseal(one, 'wrong', 'the secrets')).toThrow('the key secret does not open the secrets');
  expect(() => unseal(one, null)).toThrow('the key secret is missing');
  const changed = `${one.slice(0, -2)}${one.endsWith('A') ? 'BB' : 'AA'}`;
  expect(() => unseal(changed, 'correct horse')).toThrow(/key secret/);
  expect([seal('plain', null), unseal('plain', null)]).toEqual(['plain', 'plain']);
});
