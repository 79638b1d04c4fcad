import { createInterface } from 'node:readline/promises';
import { Interrupted } from '../exit-codes.ts';

/** Asks at the terminal, on stderr. Ctrl-C and Ctrl-D are an {@link Interrupted}. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    process.stderr.write('\n');
    throw new Interrupted('stopped', 130);
  } finally {
    lines.close();
  }
}
