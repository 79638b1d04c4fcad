/**
 * The test command: types, lint (with the import rule), then the whole suite. It ends with the plain line
 * `N passed, N failed, N skipped`, made from the runner's own report; a failed check counts as a failed test.
 * Arguments go to vitest: `npm test -- landing` runs the files whose path has "landing"; `--coverage` adds the share of
 * each room that ran. `--fast` (`npm run check`) runs only the tests that stand beside their file and need no store.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverageByRoom } from './coverage.ts';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: { status: string }[] }[];
}

/** the type that statfs gives a file system in memory */
const TMPFS = 0x01021994;
const root = join(import.meta.dirname, '..');
/** what `--fast` leaves out: whole systems, stores, disks and power cuts */
const SLOW = ['tests/**', 'database/**', 'processors/catalogue/**', 'event-log/**', 'edge-agent/agent*'];
const bin = join(root, 'node_modules', '.bin');
// short: the paths of sockets within have 107 characters at most
const folder = mkdtempSync(join(temporaryRoot(), 'lc-'));
// servers that tests start under another user have their folders within
chmodSync(folder, 0o711);
const report = join(folder, 'report.json');

/**
 * Where the tests' own folders stand: in memory where there is plenty of it, unless TMPDIR says otherwise. They make
 * some ten thousand files and sync them as often; a kill of a process loses no more there than on a disk.
 */
function temporaryRoot(): string {
  const memory = '/dev/shm';
  try {
    const { type, bavail, bsize } = statfsSync(memory);
    const plenty = Math.min(bavail * bsize, availableMemory()) > 12 * 2 ** 30;
    if (process.env['TMPDIR'] === undefined && type === TMPFS && plenty) return memory;
  } catch {
    // no such place here
  }
  return tmpdir();
}

function availableMemory(): number {
  return Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
}

function run(title: string, command: string, args: string[]): boolean {
  console.log(`\n── ${title}`);
  const env = { ...process.env, TMPDIR: folder };
  const { status, error } = spawnSync(join(bin, command), args, { cwd: root, stdio: 'inherit', env });
  if (error) console.error(String(error));
  return status === 0;
}

const checks = {
  types: run('types: tsc --noEmit', 'tsc', ['--noEmit']),
  lint: run('lint, format and the import rule: biome check', 'biome', ['check', '--error-on-warnings']),
};
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
for (const arg of process.argv.slice(2))
  args.push(...(arg === '--fast' ? SLOW.flatMap((f) => ['--exclude', f]) : [arg]));
const suite = run('tests: vitest', 'vitest', args);

let passed = 0;
let failed = 0;
let skipped = 0;
for (const ok of Object.values(checks)) ok ? passed++ : failed++;
try {
  const r = JSON.parse(readFileSync(report, 'utf8')) as Report;
  passed += r.numPassedTests;
  failed += r.numFailedTests;
  skipped += r.numPendingTests + r.numTodoTests;
  // a file that failed outside of its tests (in their set-up, or before the first) has no failed test to count
  const failedTests = (f: Report['testResults'][number]): boolean =>
    f.assertionResults.some((a) => a.status === 'failed');
  failed += r.testResults.filter((f) => f.status === 'failed' && !failedTests(f)).length;
} catch {
  console.error('the runner wrote no report');
  failed++;
}
// an error outside of any test (an unhandled rejection) fails the runner without a failed test
if (!suite && failed === 0) failed++;
for (const [name, ok] of Object.entries(checks)) if (!ok) console.error(`check failed: ${name}`);
const summary = join(root, 'coverage', 'coverage-summary.json');
if (args.includes('--coverage')) console.log(`\n── coverage\n${coverageByRoom(summary, root)}`);
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
