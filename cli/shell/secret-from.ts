import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { UsageError } from '../exit-codes.ts';
import { askSecret } from './ask-secret.ts';

/** A secret from a file, from stdin (`-`, or where no person is there), or asked for. Throws a {@link UsageError} naming `flag`. */
export async function secretFrom(flag: string, question: string, file: string | undefined): Promise<string> {
  if (file === undefined && process.stdin.isTTY) return askSecret(question);
  if (file === undefined || file === '-') return (await readAll(process.stdin)).trim();
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`${flag}: ${(error as Error).message}`);
  }
}
