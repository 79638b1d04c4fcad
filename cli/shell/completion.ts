import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may stand after one command. */
interface Entry {
  /** `dead-letters list` */
  readonly path: string;
  readonly about: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
  /** flags of the command that want one of a few words */
  readonly choices: readonly { readonly flag: string; readonly words: readonly string[] }[];
  /** flags that want something */
  readonly wanting: readonly string[];
  /** only the words stand here: no file */
  readonly closed: boolean;
}

const flagWord = (o: Option): string => o.long ?? o.short!;

function entries(program: Command): Entry[] {
  const shared = program.options.map((o) => ({ word: flagWord(o), about: o.description }));
  const out: Entry[] = [];
  const visit = (command: Command, path: string): void => {
    const own =
      command === program ? [] : command.options.map((o) => ({ word: flagWord(o), about: o.description }));
    const below = command.commands.map((c) => ({ word: c.name(), about: c.summary() }));
    const choices = command.registeredArguments.flatMap((a) => a.argChoices ?? []);
    const words = [...below, ...choices.map((word) => ({ word, about: '' })), ...own, ...shared];
    out.push({
      path,
      about: command.summary(),
      words: [...words, { word: '--help', about: 'how it is used' }],
      choices: command.options.flatMap((o) =>
        o.argChoices === undefined ? [] : [{ flag: flagWord(o), words: o.argChoices }],
      ),
      wanting: [...command.options, ...program.options].flatMap((o) =>
        o.required || o.optional ? [flagWord(o)] : [],
      ),
      closed: below.length > 0 || choices.length > 0,
    });
    for (const child of command.commands) visit(child, `${path} ${child.name()}`.trim());
  };
  visit(program, '');
  return out;
}

/** A script for a shell, made from the commands themselves; files are completed where no flag begins. */
export function completionScript(program: Command, shell: Shell): string {
  const all = entries(program);
  return shell === 'bash' ? bash(all) : shell === 'zsh' ? zsh(all) : fish(all);
}

/** Shell code that walks the words typed so far down to the command that they name, in `path`. */
const paths = (all: readonly Entry[]): string =>
  all.flatMap((e) => (e.path === '' ? [] : [`"${e.path}"`])).join('|');

function bash(all: readonly Entry[]): string {
  const cases = all.map((e) => `    "${e.path}") words="${e.words.map((w) => w.word).join(' ')}" ;;`);
  const values = all.flatMap((e) =>
    e.choices.map((c) => `    "${e.path} ${c.flag}") words="${c.words.join(' ')}" ;;`),
  );
  return `# bash completion for loadcycle
_loadcycle() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
    ${paths(all)}) path="$next" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$path \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ \${#COMPREPLY[@]} -eq 0 && "$current" != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -o filenames -F _loadcycle loadcycle
`;
}

const zshWord = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');

function zsh(all: readonly Entry[]): string {
  const cases = all.map((e) => {
    const words = e.words.map((w) => `'${zshWord(w.word)}:${zshWord(w.about)}'`).join(' ');
    return `    "${e.path}") candidates=(${words}) ;;`;
  });
  const values = all.flatMap((e) =>
    e.choices.map((c) => `    "${e.path} ${c.flag}") candidates=(${c.words.join(' ')}) ;;`),
  );
  return `#compdef loadcycle
_loadcycle() {
  local path_="" next i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    next="\${path_:+$path_ }\${words[i]}"
    case "$next" in
    ${paths(all)}) path_="$next" ;;
    esac
  done
  case "$path_" in
${cases.join('\n')}
  esac
  case "$path_ \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  _describe 'loadcycle' candidates || _files
}
if [ "$funcstack[1]" = "_loadcycle" ]; then _loadcycle "$@"; else compdef _loadcycle loadcycle; fi
`;
}

const fishWord = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");

function fish(all: readonly Entry[]): string {
  const lines = ['# fish completion for loadcycle'];
  for (const e of all) {
    const seen = e.path === '' ? [] : e.path.split(' ');
    const below = e.words.filter((w) => !w.word.startsWith('-')).map((w) => w.word);
    const here =
      seen.length === 0
        ? '__fish_use_subcommand'
        : [
            ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
            ...(below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []),
          ].join('; and ');
    // where a command stands, or a word of a few, no file does
    if (e.closed) lines.push(`complete -c loadcycle -n '${here}' -f`);
    for (const { word, about } of e.words) {
      const shared = word.startsWith('--') && seen.length > 0;
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      const when = shared ? seen.map((s) => `__fish_seen_subcommand_from ${s}`).join('; and ') : here;
      const choices = e.choices.find((c) => c.flag === word)?.words.join(' ');
      const value = choices !== undefined ? ` -x -a '${choices}'` : e.wanting.includes(word) ? ' -r' : '';
      lines.push(`complete -c loadcycle -n '${when}' ${what}${value} -d '${fishWord(about)}'`);
    }
  }
  return `${lines.join('\n')}\n`;
}
