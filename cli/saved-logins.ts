import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface SavedLogin {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Where `loadcycle login` keeps what it was told (mode 0600). */
export function loginFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'loadcycle', 'login.json');
}

/** What is saved, one for each address, the latest first: that is the one in use where no address is named. */
export function savedLogins(): SavedLogin[] {
  try {
    const saved = JSON.parse(readFileSync(loginFile(), 'utf8')) as { logins?: SavedLogin[] };
    return Array.isArray(saved.logins) ? saved.logins : [];
  } catch {
    return [];
  }
}

/** Saves a login, in place of another one for the same address. */
export function saveLogin(login: SavedLogin): void {
  write([login, ...savedLogins().filter((l) => l.url !== login.url)]);
}

/** Forgets all, or the one of an address; gives the addresses that are forgotten. */
export function forgetLogins(url: string | undefined): string[] {
  const all = savedLogins();
  const gone = all.filter((l) => url === undefined || l.url === url);
  const kept = all.filter((l) => !gone.includes(l));
  if (kept.length === 0) rmSync(loginFile(), { force: true });
  else write(kept);
  return gone.map((l) => l.url);
}

function write(logins: readonly SavedLogin[]): void {
  const file = loginFile();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // a new file, so that nobody reads it while an older one's mode is too wide
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ logins }, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}
