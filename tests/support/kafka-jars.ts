import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const kafkaFiles = fileURLToPath(new URL('../kafka', import.meta.url));

/** Why this machine cannot run a Kafka broker, or null. */
export async function kafkaLacks(): Promise<string | null> {
  const works = (command: string, ...args: string[]): Promise<boolean> =>
    run(command, args, { timeout: 30_000 }).then(
      () => true,
      () => false,
    );
  if (!(await works('java', '-version'))) return 'java is not installed';
  if (!existsSync(await jarsFolder()) && !(await works('mvn', '-v'))) return 'mvn is not installed';
  return null;
}

async function jarsFolder(): Promise<string> {
  const pom = await readFile(join(kafkaFiles, 'pom.xml'));
  return join(kafkaFiles, 'target', `jars-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`);
}

/** The folder with the broker's jars: fetched once for each version of the pom, by one process at a time. */
export async function kafkaJars(): Promise<string> {
  const folder = await jarsFolder();
  if (existsSync(folder)) return folder;
  await mkdir(join(kafkaFiles, 'target'), { recursive: true });
  const release = await lock(join(kafkaFiles, 'target', 'fetching.lock'));
  try {
    if (existsSync(folder)) return folder;
    const half = `${folder}.half`;
    await rm(half, { recursive: true, force: true });
    const args = ['-q', '-B', '-f', join(kafkaFiles, 'pom.xml'), 'dependency:copy-dependencies'];
    await run('mvn', [...args, `-DoutputDirectory=${half}`, '-DincludeScope=runtime'], { timeout: 300_000 });
    await rename(half, folder);
    return folder;
  } finally {
    release();
  }
}

/** A lock that dies with its process: SQLite's on an empty file. */
async function lock(file: string): Promise<() => void> {
  const db = new DatabaseSync(file);
  for (;;) {
    try {
      db.exec('BEGIN EXCLUSIVE');
      return () => db.close();
    } catch {
      await delay(200);
    }
  }
}
