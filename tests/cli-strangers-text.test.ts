import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, seed, type TestApi } from './api-support.ts';
import { type Cli, cliWith } from './cli-support.ts';

/** What a device sent does nothing to the terminal of whoever looks at it. */
const EVIL = '\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202e';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const ACTIVE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

let t: TestApi;
let cli: Cli;
beforeAll(async () => {
  t = await openTestApi();
  await seed(t.db);
  await t.db.query(
    `INSERT INTO dead_letter (topic, partition, "offset", key, reason, detail, payload, mqtt_topic, content_type, received_at)
     VALUES ('loadcycle.samples', 0, 1, $1, 'message.not-json', $1, $2, $1, $1, now())`,
    [`a/b/${EVIL}`, Buffer.from(`{"unit":"${EVIL}"}`)],
  );
  const status = { state: EVIL, at: 1, error: EVIL, outbox: { batches: EVIL } };
  await t.db.query('UPDATE device SET status = $1::jsonb', [JSON.stringify(status)]);
  cli = cliWith({ env: { LOADCYCLE_URL: t.url, LOADCYCLE_TOKEN: t.admin } });
});
afterAll(() => t.close());

describe('what a stranger wrote is spelt out', () => {
  it.each([
    ['dead-letters list', ['dead-letters', 'list']],
    ['dead-letters show', ['dead-letters', 'show', '1']],
    ['dead-letters validate', ['dead-letters', 'validate', '1']],
    ['status', ['status']],
    ['an error', ['dead-letters', 'list', '--reason', EVIL]],
    ['an unknown command', [EVIL]],
    ['a file that is not there', ['apply', EVIL]],
  ])('by %s, for people and as JSON', async (_what, args) => {
    for (const more of [[], ['--json']]) {
      const { out, err } = await cli(...args, ...more);
      expect(`${out}${err}`).not.toMatch(ACTIVE);
      expect(`${out}${err}`).not.toBe('');
    }
  });

  it('so that it can still be read, and JSON is the same value', async () => {
    const shown = await cli('dead-letters', 'show', '1');
    expect(shown.out).toContain('{"unit":"\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u007f\\u202e"}');
    const json = await cli.json('dead-letters', 'show', '1');
    expect(json.text).toBe(`{"unit":"${EVIL}"}`);
  });
});
