import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runningSystem } from '@loadcycle/service/running-system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAgentFile } from '../edge-agent/flags.ts';
import {
  type Block,
  blocksOf,
  commandsOutsideOfFences,
  DOCUMENTS,
  inlineCommands,
  isShell,
} from './documents/blocks.ts';
import { checkBlock, checkLine } from './documents/check.ts';
import { freshCopy, installed, type LongRunning, ShellSession } from './documents/session.ts';

/**
 * Every command block of README and docs/, in a fresh copy of the tree and one running system, in the order in which
 * somebody would read them. README's first block starts that system.
 */
const { folder, remove } = freshCopy();
const blocks = DOCUMENTS.map((document) => [document, blocksOf(document)] as const);
const staying: LongRunning[] = [];

const home = join(folder, '.home');
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(LOADCYCLE|npm|XDG|VITEST|NODE_ENV)/i.test(name)),
  ),
  HOME: home,
  npm_config_cache: join(home, '.npm'),
  npm_config_update_notifier: 'false',
  // ports that are free; nothing of this machine is in the way
  LOADCYCLE_HTTP_PORT: '0',
  LOADCYCLE_MQTT_PORT: '0',
} as Record<string, string>;

const place = () => {
  const running = runningSystem(join(folder, 'data'));
  if (running === null) throw new Error('the system does not run');
  return running;
};

/** The documents write the usual port. What `npm install` fetches is in the copy: whoever runs tests has run it. */
const here = (text: string): string => {
  const fetched = text.replaceAll('npm install && ', '');
  const url = 'http://127.0.0.1:8080';
  return fetched.includes(url) ? fetched.replaceAll(url, place().httpUrl) : fetched;
};

beforeAll(() => {
  mkdirSync(home, { recursive: true });
  for (const block of blocks.flatMap(([, list]) => list)) {
    if (block.file !== null) writeFileSync(join(folder, block.file), `${block.text}\n`);
  }
});

afterAll(async () => {
  const codes = await Promise.all(staying.map((program) => program.interrupt()));
  for (const program of staying) program.kill();
  remove();
  expect(codes.every((code) => code === 0 || code === 130)).toBe(true);
});

const title = (b: Block): string =>
  `line ${b.line}${b.check === null ? '' : `, looked at (${b.check})`}: ${b.text.split('\n')[0]!.slice(0, 70)}`;

describe.each(blocks)('%s', (document, list) => {
  let session: ShellSession | undefined;
  const shell = (): ShellSession => {
    const port = runningSystem(join(folder, 'data'))?.mqttPort ?? 0;
    return (session ??= new ShellSession(folder, { ...env, DOCUMENTS_MQTT_PORT: String(port) }, here));
  };
  afterAll(() => session?.close());

  test('has no command outside of its blocks', () => {
    expect(commandsOutsideOfFences(document)).toEqual([]);
  });

  test('its running text names commands and flags that there are', () => {
    expect(
      inlineCommands(document).flatMap((line) => checkLine(line).map((why) => `${line}: ${why}`)),
    ).toEqual([]);
  });

  for (const block of list.filter((b) => isShell(b))) {
    const lacks = block.check === null ? block.needs.filter((program) => !installed(program)) : [];
    test.skipIf(lacks.length > 0)(
      `${title(block)}${lacks.length > 0 ? ` (no ${lacks.join(', ')})` : ''}`,
      async () => {
        if (block.check !== null) {
          const answer = await fetch(`${place().httpUrl}/openapi.json`);
          const openapi = (await answer.json()) as Parameters<typeof checkBlock>[1];
          expect(checkBlock(block, openapi)).toEqual([]);
        } else if (block.until !== null) {
          const program = shell().start(block);
          try {
            await program.prints(block.until);
            if (block.stays) staying.push(program);
            else expect([0, 130]).toContain(await program.interrupt());
          } finally {
            if (!block.stays) program.kill();
          }
          // what was started may have another port than the one before
          if (block.stays) session = undefined;
        } else {
          const { failed, output } = await shell().run(block);
          expect(failed, output.slice(-4000)).toEqual([]);
        }
      },
    );
  }

  for (const block of list.filter((b) => b.language === 'json')) {
    test(`line ${block.line}: a configuration of the agent`, () => {
      const value = JSON.parse(block.text) as object;
      const file = 'sources' in value ? value : { sources: [value] };
      expect(() => parseAgentFile(JSON.stringify(file), document)).not.toThrow();
    });
  }
});
