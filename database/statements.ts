/**
 * Cuts a SQL script into its statements, comments left where they stand. Knows strings, quoted identifiers,
 * dollar quotes and both kinds of comment; a semicolon in any of them cuts nothing.
 */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let at = 0;
  let empty = true;
  const cut = () => {
    if (!empty) statements.push(script.slice(start, at).trim());
    start = at + 1;
    empty = true;
  };
  while (at < script.length) {
    const skipped = skip(script, at);
    if (skipped > at) {
      if (!script.startsWith('--', at) && !script.startsWith('/*', at)) empty = false;
      at = skipped;
      continue;
    }
    const c = script[at]!;
    if (c === ';') cut();
    else if (!/\s/.test(c)) empty = false;
    at++;
  }
  cut();
  return statements;
}

/** The place behind the quoted thing or comment that starts at `at`; `at` itself where none starts. */
function skip(s: string, at: number): number {
  const c = s[at]!;
  if (c === "'" || c === '"') return closing(s, at, c);
  if (s.startsWith('--', at)) return endOr(s, s.indexOf('\n', at), 1);
  if (s.startsWith('/*', at)) return endOr(s, s.indexOf('*/', at + 2), 2);
  if (c === '$') {
    const tag = /^\$([A-Za-z_]\w*)?\$/.exec(s.slice(at, at + 66))?.[0];
    if (tag !== undefined) return endOr(s, s.indexOf(tag, at + tag.length), tag.length);
  }
  return at;
}

function closing(s: string, at: number, quote: string): number {
  const escapes = quote === "'" && /[eE]/.test(s[at - 1] ?? '') && !/\w/.test(s[at - 2] ?? '');
  for (let i = at + 1; i < s.length; i++) {
    if (escapes && s[i] === '\\') i++;
    else if (s[i] === quote) return i + 1;
  }
  return s.length;
}

const endOr = (s: string, found: number, length: number): number => (found < 0 ? s.length : found + length);
