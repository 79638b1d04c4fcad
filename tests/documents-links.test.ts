import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/local-process.ts';

/** Markdown of the repository, decision records included. */
const pages = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .stdout.split('\n')
  .filter((page) => page !== '' && existsSync(join(ROOT, page)));

const textOf = (page: string): string =>
  readFileSync(join(ROOT, page), 'utf8').replaceAll(/^ *(```+)[\s\S]*?^ *\1$/gm, '');

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

const anchors = new Map(
  pages.map((page) => [page, [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, h]) => anchorOf(h!))]),
);

function brokenLinks(page: string): string[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^(https?|mailto):/.test(link!)) return [];
    const [path = '', anchor] = link!.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, target))) return [`${link}: no such file`];
    return anchor === undefined || anchors.get(target)?.includes(anchor) ? [] : [`${link}: no such heading`];
  });
}

test.skipIf(pages.length === 0)(
  'every relative link of the documents leads to a file, and to a heading',
  () => {
    const broken = pages
      .map((page) => [page, brokenLinks(page)] as const)
      .filter(([, links]) => links.length > 0);
    expect(Object.fromEntries(broken)).toEqual({});
    expect(pages.length).toBeGreaterThan(100);
  },
);

test.skipIf(pages.length === 0)(
  'the index of decisions lists every record once, and each has a status and a date',
  () => {
    const index = readFileSync(join(ROOT, 'docs/decisions/README.md'), 'utf8');
    const records = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));
    expect(records.length).toBeGreaterThan(100);
    for (const record of records) {
      expect(index.split(`](${record.slice('docs/decisions/'.length)})`).length - 1, record).toBe(1);
      expect(readFileSync(join(ROOT, record), 'utf8'), record).toMatch(
        /^# \d{4}: .+\n\nStatus: accepted, \d{4}-\d\d-\d\d[.;]/,
      );
    }
  },
);
