import { expect, test } from 'vitest';
import { parseWebhooks } from './webhook.ts';

test('a webhook is named by what it is given, or by a digest that does not tell its URL', () => {
  const [ops, plain] = parseWebhooks(
    ' ops=https://hooks.example.org/T0/s3cret?a=b, https://example.org/hook ',
  );
  expect(ops).toEqual({ name: 'ops', url: 'https://hooks.example.org/T0/s3cret?a=b', authorization: null });
  expect(plain?.name).toMatch(/^[0-9a-f]{12}$/);
  expect(parseWebhooks('https://example.org/hook')[0]?.name).toBe(plain?.name);
  expect(parseWebhooks(null)).toEqual([]);
});

test('a user name and a password in the URL become a header', () => {
  const [hook] = parseWebhooks('ops=https://me:p%40ss@example.org/hook');
  expect(hook).toEqual({
    name: 'ops',
    url: 'https://example.org/hook',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  });
});

test.each([
  'ftp://example.org/s3cret',
  's3cret',
  'Ops=https://example.org/s3cret',
  'a=https://example.org/s3cret,a=https://example.org/s3cret2',
  Array.from({ length: 33 }, (_, i) => `h${i}=https://example.org/s3cret`).join(','),
])('%s is refused without a word of it', (text) => {
  let message = '';
  try {
    parseWebhooks(text);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/--webhooks: /);
  expect(message).not.toContain('s3cret');
});
