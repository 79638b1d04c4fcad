import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { buildProgram } from '../../cli/program.ts';
import { NODE, ROOT } from '../support/local-process.ts';
import type { Block } from './blocks.ts';

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;
const SERVICES = Object.keys(
  (parseYaml(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as { services: object }).services,
);
/** What belongs to another machine, or to every shell: nothing of ours to look up. */
const FOREIGN =
  /^(ssh|scp|sudo|apt-get|systemctl|journalctl|grep|cat|mkdir|tar|mosquitto_sub|jq|install|kubectl|export|cd|psql|pg_dump|echo|printf)$/;

/** `SERVICE`: the reader's own. */
const PLACEHOLDER = /^[A-Z][A-Z/]*$/;

/** What is wrong with a block that is not run, as far as can be seen without running it. */
export function checkBlock(block: Block, openapi: OpenApi): string[] {
  const syntax = spawnSync('bash', ['-n'], { input: block.text, encoding: 'utf8' });
  if (syntax.status !== 0) return [syntax.stderr];
  return commandsOf(block.text).flatMap((words) => checkCommand(words, openapi));
}

/** The same for one command line of the running text. */
export const checkLine = (line: string): string[] =>
  commandsOf(line).flatMap((words) => checkCommand(words, { paths: {} }));

/** Simple commands of a script as their words: enough for what documents show. */
function commandsOf(text: string): string[][] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/\s(?:&&|\|\||[|;])\s/))
    .map((line) =>
      [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([w]) => w.replaceAll(/^["']|["']$/g, '')),
    )
    .map((words) => words.filter((word, i) => !(i === 0 && /^\w+=/.test(word))))
    .filter((words) => words.length > 0);
}

function checkCommand(all: readonly string[], openapi: OpenApi): string[] {
  const words = all[0] === 'sudo' ? all.slice(1) : all;
  const [program = '', ...rest] = words;
  if (program === 'npm') return checkNpm(rest);
  if (program === 'loadcycle') return checkLoadcycle(rest);
  if (program === 'docker') return checkCompose(rest);
  if (program === 'api' || program === 'curl') return checkRequest(rest, openapi);
  if (program === 'node') return existsSync(join(ROOT, rest[0]!)) ? [] : [`there is no file ${rest[0]}`];
  if (program.includes('/')) {
    if (!existsSync(join(ROOT, program))) return [`there is no file ${program}`];
    return unknownFlags(rest, readFileSync(join(ROOT, program), 'utf8'), program);
  }
  return FOREIGN.test(program) ? [] : [`what is ${program}?`];
}

function checkNpm(words: readonly string[]): string[] {
  if (/^(install|test|start|ci)$/.test(words[0] ?? '')) return [];
  const [script, ...more] = words.slice(1).filter((w) => w !== '-s' && w !== '--silent');
  const command = SCRIPTS[script ?? ''];
  if (words[0] !== 'run' || command === undefined) return [`npm ${words.join(' ')}: there is no such script`];
  const args = more.filter((w) => w !== '--');
  if (script === 'loadcycle') return checkLoadcycle(args);
  if (args.every((w) => !w.startsWith('--'))) return [];
  return unknownFlags(args, helpOf(command.replace(/^node /, '')), script!);
}

const helps = new Map<string, string>();

function helpOf(file: string): string {
  const known = helps.get(file);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(NODE, [join(ROOT, file), '--help'], { encoding: 'utf8' });
  helps.set(file, stdout);
  return stdout;
}

const unknownFlags = (words: readonly string[], help: string, of: string): string[] =>
  words
    .filter((w) => w.startsWith('--') && w.length > 2)
    .map((w) => w.replace(/=.*/, ''))
    .filter((flag) => !new RegExp(`${flag}(?![\\w-])`).test(help))
    .map((flag) => `${of} has no flag ${flag}`);

function checkLoadcycle(words: readonly string[]): string[] {
  let command = buildProgram();
  for (const word of words) {
    const next = command.commands.find((c) => c.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (command.parent === null && (words[0]?.startsWith('--') || PLACEHOLDER.test(words[0] ?? ''))) return [];
  if (command.parent === null) return [`loadcycle has no command ${words[0]}`];
  const help = [command, command.parent, buildProgram()].map((c) => c.helpInformation()).join('\n');
  return unknownFlags(words, help, `loadcycle ${command.name()}`);
}

/** `docker compose [--profile P] VERB [flags] [SERVICE] …` */
function checkCompose(words: readonly string[]): string[] {
  if (words[0] !== 'compose') return [`docker ${words[0]}: not of ours`];
  const rest = words.slice(1).filter((w, i, all) => w !== '--profile' && all[i - 1] !== '--profile');
  const [verb, ...more] = rest;
  if (!/^(up|down|run|exec|logs|ps|build|stop|start|restart|pull|config)$/.test(verb ?? ''))
    return [`docker compose ${verb}?`];
  const service = more.find((w) => !w.startsWith('-') && !w.includes('='));
  if (service === undefined || PLACEHOLDER.test(service) || SERVICES.includes(service)) return [];
  return [`docker-compose.yml has no service ${service}`];
}

function checkRequest(words: readonly string[], openapi: OpenApi): string[] {
  const method = (words[words.indexOf('-X') + 1] ?? '').toLowerCase();
  const verb = words.includes('-X') ? method : 'get';
  const address = words.find((w) => /^(\$API|\$S\b|https?:)/.test(w));
  if (address === undefined) return ['a request without an address'];
  const path = address
    .replace('$S', '$API/v1/sites/s/devices/d/signals/g')
    .replace(/^(\$API|https?:\/\/[^/]+)/, '')
    .replace(/\?.*/, '');
  const found = Object.entries(openapi.paths).some(
    ([p, methods]) => new RegExp(`^${p.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path) && verb in methods,
  );
  return found ? [] : [`the API has no ${verb.toUpperCase()} ${path}`];
}
