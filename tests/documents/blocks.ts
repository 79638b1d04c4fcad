import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/local-process.ts';

/**
 * A fenced block of a document. What stands behind the language in the fence's first line says how its test treats it
 * (Markdown viewers do not show it):
 *
 *     sh                     run; each line must succeed
 *     sh until="TEXT"        run until it prints TEXT, then ended as by Ctrl-C; with `stays`, at the end of all documents
 *     sh needs=jq,zsh        run where these programs are installed
 *     sh check="REASON"      cannot run in a test; its programs, flags, files and addresses are looked up
 *     yaml file=NAME         written to a file of that name, before anything runs
 */
export interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly until: string | null;
  readonly stays: boolean;
  readonly needs: readonly string[];
  readonly check: string | null;
  readonly file: string | null;
}

/** README first: it starts the system. */
export const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export const isShell = ({ language }: Block): boolean => /^(sh|bash|zsh|fish|console|shell)$/.test(language);

export function blocksOf(document: string): Block[] {
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^ *(```+)(\S*) ?(.*)$/.exec(lines[i]!);
    if (fence === null) continue;
    const end = lines.findIndex((line, k) => k > i && line.trim() === fence[1]);
    if (end < 0) throw new Error(`${document}:${i + 1}: the block has no end`);
    const said = attributes(fence[3]!, `${document}:${i + 1}`);
    blocks.push({
      document,
      line: i + 1,
      language: fence[2]!,
      text: lines.slice(i + 1, end).join('\n'),
      until: said.get('until') ?? null,
      stays: said.has('stays'),
      needs: (said.get('needs') ?? '').split(',').filter(Boolean),
      check: said.get('check') ?? null,
      file: said.get('file') ?? null,
    });
    i = end;
  }
  return blocks;
}

const KNOWN = ['until', 'stays', 'needs', 'check', 'file'];

function attributes(text: string, where: string): Map<string, string> {
  const said = new Map<string, string>();
  for (const [, name, quoted, bare] of text.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    if (!KNOWN.includes(name!)) throw new Error(`${where}: what is "${name}"? Known: ${KNOWN.join(', ')}`);
    said.set(name!, quoted ?? bare ?? '');
  }
  return said;
}

/** Commands in the running text: `loadcycle status`. Those with an … are no whole commands. */
export function inlineCommands(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8').replaceAll(/^ *(```+)[\s\S]*?^ *\1$/gm, '');
  const found = [...text.matchAll(/`((?:loadcycle|npm run|docker compose) [^`]+)`/g)];
  return found.map(([, command]) => command!.replaceAll(/\s+/g, ' ')).filter((c) => !c.includes('…'));
}

const COMMAND =
  /^(?: {4,}|\t)(?:\$ )?(?:sudo |npm |npx |node |loadcycle |docker |curl |ssh |scp |mosquitto_|systemctl |git )/;

/** Lines outside of any fence that are commands all the same: no test would see them. */
export function commandsOutsideOfFences(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const outside = text.replaceAll(/^ *(```+)[\s\S]*?^ *\1$/gm, (block) => block.replaceAll(/[^\n]+/g, ''));
  return outside
    .split('\n')
    .flatMap((line, i) => (COMMAND.test(line) ? [`${document}:${i + 1}: ${line}`] : []));
}
