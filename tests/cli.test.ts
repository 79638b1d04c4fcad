import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cli, cliWith, loadcycle } from './cli-support.ts';
import { type LocalProcess, startLocal, waitFor } from './support/local-process.ts';

const SIGNAL = 'plant1/motor1/motor-voltage';
const folder = mkdtempSync(join(tmpdir(), 'loadcycle-cli-'));
const dataDir = join(folder, 'data');
const cache = { XDG_CACHE_HOME: join(folder, 'cache') };
const env = { ...cache, XDG_CONFIG_HOME: join(folder, 'config'), LOADCYCLE_DATA_DIR: dataDir };
const cli: Cli = cliWith({ env, cwd: folder });
const file = (name: string): string => join(folder, name);
let system: LocalProcess;

beforeAll(async () => {
  mkdirSync(env.XDG_CONFIG_HOME);
  // recordings of the past are imported here
  system = await startLocal(dataDir, ['--raw-retention', '400d']);
  await waitFor('samples and a complete cycle in the store', async () => {
    const { code, out } = await cli('cycles', SIGNAL, '--complete', '--limit', '1', '--json');
    return code === 0 && JSON.parse(out).cycles.length > 0;
  });
});

afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('credentials', () => {
  const bare = { ...cache, XDG_CONFIG_HOME: join(folder, 'other-config') };
  // a folder without a system's ./data
  const cwd = join(folder, 'config');
  const run = (args: string[], stdin = '') => loadcycle(args, { env: bare, cwd, stdin });
  const admin = () =>
    JSON.parse(readFileSync(join(dataDir, 'admin-client.json'), 'utf8')) as { clientSecret: string };

  it('login tries what it was told, keeps it for its owner only, and logout forgets it', async () => {
    const wrong = await run(['login', '--url', system.httpUrl, '--client-id', 'admin'], 'nonsense\n');
    expect(wrong).toMatchObject({ code: 4, out: '' });
    expect(wrong.err).toMatch(/^loadcycle: .*\n$/);
    expect((await run(['status'])).code).toBe(4);

    const right = await run(
      ['login', '--url', system.httpUrl, '--client-id', 'admin', '--json'],
      `${admin().clientSecret}\n`,
    );
    expect(right.code).toBe(0);
    const saved = JSON.parse(right.out) as { file: string; clientId: string };
    expect(saved).toMatchObject({ clientId: 'admin', url: system.httpUrl });
    expect(statSync(saved.file).mode & 0o777).toBe(0o600);
    expect(right.out + right.err).not.toContain(admin().clientSecret);
    const status = await run(['status', '--json']);
    expect(JSON.parse(status.out)).toMatchObject({ state: expect.any(String) });

    expect((await run(['logout'])).code).toBe(0);
    expect((await run(['status'])).code).toBe(4);
  });

  it('takes the secret from a file, and the client from flags', async () => {
    writeFileSync(file('secret.txt'), admin().clientSecret);
    const args = [
      'login',
      '--url',
      system.httpUrl,
      '--client-id',
      'admin',
      '--secret-file',
      file('secret.txt'),
    ];
    expect((await run(args)).code).toBe(0);
    expect((await run(['logout'])).code).toBe(0);
    const flags = ['--url', system.httpUrl, '--client-id', 'admin', '--client-secret', admin().clientSecret];
    expect((await run(['status', ...flags])).code).toBe(0);
  });

  it('keeps several servers: the latest counts, --url picks one, nobody acts as another than was named', async () => {
    const secret = `${admin().clientSecret}\n`;
    // the same API by two names
    const other = system.httpUrl.replace('127.0.0.1', 'localhost');
    for (const url of [other, system.httpUrl]) {
      expect(await run(['login', '--url', `${url}/`, '--client-id', 'admin'], secret)).toMatchObject({
        code: 0,
      });
    }
    const urlOf = async (...args: string[]) => JSON.parse((await run(['token', '--json', ...args])).out).url;
    expect(await urlOf()).toBe(system.httpUrl);
    expect(await urlOf('--url', other)).toBe(other);
    const nameless = await run(['status', '--client-id', 'somebody']);
    expect(nameless.code).toBe(2);
    expect(nameless.err).toContain('the secret of the client "somebody" is missing');
    const empty = { ...bare, LOADCYCLE_URL: '', LOADCYCLE_TOKEN: '' };
    expect((await loadcycle(['status'], { env: empty, cwd })).code).toBe(0);
    const gone = await run(['logout', '--json', '--url', system.httpUrl]);
    expect(JSON.parse(gone.out)).toMatchObject({ forgotten: [system.httpUrl] });
    expect(await urlOf()).toBe(other);
    expect((await run(['logout'])).code).toBe(0);
    expect((await run(['status'])).code).toBe(4);
  });

  it('token prints a token that the API takes, and nothing else', async () => {
    const { code, out, err } = await cli('token', '--scope', 'samples:read');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const headers = { authorization: `Bearer ${out.trim()}` };
    expect((await fetch(`${system.httpUrl}/v1/sites`, { headers })).status).toBe(200);
    // the scope that was asked for, and no other one
    const refused = await run(['dead-letters', 'list', '--url', system.httpUrl, '--token', out.trim()]);
    expect(refused.code).toBe(4);
  });

  it("never sends this machine's administrator to another address", async () => {
    const elsewhere = await loadcycle(['status', '--url', 'http://127.0.0.1:1'], {
      env: bare,
      cwd: folder,
    });
    expect(elsewhere.code).toBe(4);
    expect(elsewhere.err).toContain('no credentials for http://127.0.0.1:1');
  });
});

describe('failures say so in one line, and by exit code', () => {
  const cases: [string, string[], number, RegExp][] = [
    ['no server', ['status', '--url', 'http://127.0.0.1:1', '--token', 'x'], 3, /no API answers at http/],
    ['a token that is none', ['status', '--token', 'x'], 4, /not valid/],
    ['an unknown signal', ['samples', 'plant1/motor1/nothing'], 5, /there is no signal/],
    ['an unknown dead letter', ['dead-letters', 'show', '999999'], 5, /there is no dead letter/],
    ['an unknown command', ['nonsense'], 2, /unknown command 'nonsense'/],
    ['an unknown flag', ['samples', SIGNAL, '--frm', '-1m'], 2, /unknown option '--frm'.*--from/],
    ['a missing argument', ['samples'], 2, /missing required argument/],
    ['a time that is none', ['samples', SIGNAL, '--from', 'yesterday'], 2, /--from: "yesterday" is no time/],
    ['a reversed range', ['samples', SIGNAL, '--from', 'now', '--to', '-1h'], 2, /--from is after --to/],
    ['a number that is none', ['samples', SIGNAL, '--limit', '0'], 2, /--limit: "0" must be/],
    ['what is no signal', ['cycles', 'motor1'], 2, /site\/device\/signal/],
    ['a condition that is none', ['cycles', SIGNAL, '--where', 'x>1'], 2, /where/],
    ['nobody to command', ['stop'], 2, /say which devices/],
    [
      'an unknown device',
      ['stop', 'plant1/motro1'],
      5,
      /there is no device plant1\/motro1 \(did you mean plant1\/motor1\?\)/,
    ],
    [
      'a watch of what is not there',
      ['watch', 'plant1/motor1/motor-votlage'],
      5,
      /did you mean plant1\/motor1\/motor-voltage/,
    ],
    ['an unknown shell', ['completion', 'csh'], 2, /bash, zsh, fish/],
    ['a file that is not there', ['apply', 'nothing.yaml'], 2, /nothing\.yaml/],
  ];
  it.each(cases)('%s', async (_, args, code, words) => {
    const [human, json] = await Promise.all([cli(...args), cli(...args, '--json')]);
    expect(human).toMatchObject({ code, out: '' });
    expect(human.err).toMatch(words);
    expect(human.err).toMatch(/^loadcycle: /);
    expect(json).toMatchObject({ code, out: '' });
    expect(JSON.parse(json.err)).toMatchObject({ error: { exitCode: code, message: expect.any(String) } });
  });
});

describe('looking', () => {
  it('status: stages, devices and lag', async () => {
    const { code, out } = await cli('status');
    expect(code).toBe(0);
    expect(out).toMatch(/plant1\/motor1\s+online/);
    expect(out).toMatch(/landing\s+loadcycle\.samples/);
    const json = await cli.json('status');
    expect(json.consumers.map((c: { consumer: string }) => c.consumer)).toContain('landing');
  });

  it('samples: a table, downsampled points with a plot, JSON', async () => {
    const { code, out } = await cli('samples', SIGNAL, '--from', '-30s', '--limit', '5');
    expect(code).toBe(0);
    expect(out.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z +\d/gm)).toHaveLength(5);
    const json = await cli.json('samples', SIGNAL, '--from', '-30s', '--limit', '5');
    expect(json.samples).toHaveLength(5);
    expect(json.signal).toMatchObject({ site: 'plant1', device: 'motor1', unit: 'V' });
    const plot = await cli('samples', SIGNAL, '--from', '-10s', '--points', '200', '--plot');
    expect(plot.out).toMatch(/┤[\u2800-\u28ff]+/);
  });

  it('cycles: with metrics, filtered, sorted, by bucket', async () => {
    const { out } = await cli('cycles', SIGNAL, '--complete', '--metric', 'periodS', 'topLevel');
    expect(out).toMatch(/started\s+complete\s+periodS\s+topLevel V/);
    const json = await cli.json('cycles', SIGNAL, '--where', 'periodS>0.1', '--sort', '-periodS');
    const periods = json.cycles.map((c: { periodS: number }) => c.periodS) as number[];
    expect(periods.length).toBeGreaterThan(0);
    expect(periods).toEqual([...periods].sort((a, b) => b - a));
    const buckets = await cli.json('cycles', SIGNAL, '--from', '-1h', '--bucket', '1m');
    expect(buckets.bucketS).toBe(60);
  });

  it('watch: a line for each event, JSON lines, and the only signal where none is named', async () => {
    const plain = await cli('watch', SIGNAL, '--count', '3');
    expect(plain.code).toBe(0);
    expect(plain.out).toMatch(/motor-voltage {2}[\d.]+ … [\d.]+ V/);
    const json = await cli('watch', '--json', '--count', '3');
    const events = json.out
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { event: string });
    expect(events[0]!.event).toBe('hello');
    expect(events).toHaveLength(4);
    expect((await cli('watch', 'plant1/motor1/nothing', '--count', '0')).code).toBe(2);
  });

  it('every command explains itself, with examples', async () => {
    const { out } = await cli('--help');
    const commands = [...out.matchAll(/^ {2}([a-z][a-z-]+)(?: \[| <| {2})/gm)].map((m) => m[1]!);
    expect(commands).toEqual(expect.arrayContaining(['login', 'export', 'import', 'apply', 'dead-letters']));
    const helps = commands
      .filter((c) => c !== 'help')
      .map(async (command) => {
        const help = await cli(command, '--help');
        expect({ command, code: help.code }).toEqual({ command, code: 0 });
        expect(help.out).toContain(`$ loadcycle ${command}`);
      });
    await Promise.all(helps);
  });
});

describe('control', () => {
  it('stop, configure and start wait for the answer of the device', async () => {
    const stopped = await cli('stop', 'plant1/motor1');
    expect(stopped.code).toBe(0);
    expect(stopped.out).toMatch(/^stop {2}done[\s\S]*plant1\/motor1 +done/);
    const configured = await cli.json(
      'configure',
      'plant1/motor1',
      '--signal',
      'motor-voltage',
      '--rate',
      '500',
    );
    expect(configured).toMatchObject({ action: 'configure', state: 'done', devices: [{ state: 'done' }] });
    const refused = await cli('configure', '--site', 'plant1', '--simulate', '{"nonsense":1}');
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/failed .*nonsense/);
    expect(await cli.json('start', '--all')).toMatchObject({ action: 'start', state: 'done' });
    const unwaited = await cli.json('start', '--all', '--no-wait', '--timeout', '5s');
    expect(unwaited.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('export', () => {
  /** a range that is over, so that it is the same each time */
  let range: string[];
  let rows: number;

  beforeAll(async () => {
    const { samples } = await cli.json('samples', SIGNAL, '--from', '-15m', '--limit', '1');
    const fromMs = Date.parse(samples[0].t);
    range = ['--from', new Date(fromMs).toISOString(), '--to', new Date(fromMs + 5000).toISOString()];
    const head = await cli('export', SIGNAL, ...range, '--out', 'whole.csv');
    expect(head).toMatchObject({ code: 0, err: '' });
    rows = readFileSync(file('whole.csv'), 'utf8').trim().split('\n').length - 1;
    expect(rows).toBeGreaterThan(3000);
  });

  it.each(['csv', 'ndjson'])('%s: cut anywhere and resumed, it is the whole export', async (format) => {
    const whole = file(`whole.${format}`);
    await cli('export', SIGNAL, ...range, '--out', whole, '--force');
    const size = statSync(whole).size;
    for (const kept of [size - 7, Math.floor(size / 2), 10, size]) {
      const cut = file(`cut.${format}`);
      writeFileSync(cut, readFileSync(whole).subarray(0, kept));
      const { code, err } = await cli('export', SIGNAL, ...range, '--out', cut, '--resume');
      expect({ kept, code, err }).toEqual({ kept, code: 0, err: '' });
      expect(readFileSync(cut).equals(readFileSync(whole)), `kept ${kept} of ${size}`).toBe(true);
    }
  });

  it('Arrow: cut in the middle of a batch and resumed, it is the same table', async () => {
    const done = await cli.json('export', SIGNAL, ...range, '--out', 'whole.arrow');
    expect(done).toMatchObject({ format: 'arrow', rows, resumed: false });
    const whole = readFileSync(file('whole.arrow'));
    const times = (bytes: Uint8Array) => {
      const table = tableFromIPC(bytes);
      return [...table].map((r) => [Number(r!['t']), r!['value'], r!['quality']]);
    };
    for (const kept of [whole.length - 5, Math.floor(whole.length / 2)]) {
      writeFileSync(file('cut.arrow'), whole);
      truncateSync(file('cut.arrow'), kept);
      expect((await cli('export', SIGNAL, ...range, '--out', 'cut.arrow', '--resume')).code).toBe(0);
      expect(times(readFileSync(file('cut.arrow')))).toEqual(times(whole));
    }
  });

  it('Parquet: what CSV has, whole or not there, the same bytes after a cut', async () => {
    const done = await cli.json('export', SIGNAL, ...range, '--out', 'whole.parquet');
    expect(done).toMatchObject({ format: 'parquet', rows, resumed: false });
    const whole = readFileSync(file('whole.parquet'));
    const read = await parquetReadObjects({
      file: {
        byteLength: whole.length,
        slice: (from, to) => Uint8Array.from(whole.subarray(from, to)).buffer,
      },
      compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
    });
    const lines = readFileSync(file('whole.csv'), 'utf8').trim().split('\n').slice(1);
    const expected = lines.map((line) => {
      const [t, value, quality] = line.split(',');
      return [t!.slice(0, 23), value === '' ? null : Number(value), quality];
    });
    const got = read.map((r) => [(r['t'] as Date).toISOString().slice(0, 23), r['value'], r['quality']]);
    expect(got).toEqual(expected);

    // cut on its way: what came is in FILE.part, and no FILE is there
    const to = new Date(Date.parse(range[1]!) + 2000).toISOString();
    const begun = ['--from', range[1]!, '--to', to, '--out', 'cut.parquet.part', '--format', 'arrow'];
    await cli('export', SIGNAL, ...begun);
    truncateSync(file('cut.parquet.part'), statSync(file('cut.parquet.part')).size - 3);
    const again = ['export', SIGNAL, ...range, '--out', 'cut.parquet'];
    const unasked = await cli(...again);
    expect(unasked).toMatchObject({
      code: 2,
      err: expect.stringContaining('cut.parquet.part is there already'),
    });
    expect(await cli.json(...again, '--resume')).toMatchObject({ rows, resumed: true });
    expect(readFileSync(file('cut.parquet')).equals(whole)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('cut.parquet'))).toEqual(['cut.parquet']);
    const twice = await cli(...again, '--resume');
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('is whole already') });
  });

  it('writes over nothing unless told so, and resumes nothing that is no export', async () => {
    expect(await cli('export', SIGNAL, ...range, '--out', 'whole.csv')).toMatchObject({ code: 2 });
    writeFileSync(file('letter.csv'), 'dear friend,\nhow are you\n');
    const { code, err } = await cli('export', SIGNAL, ...range, '--out', 'letter.csv', '--resume');
    expect(code).toBe(1);
    expect(err).toContain('letter.csv is no csv export');
    expect(readFileSync(file('letter.csv'), 'utf8')).toContain('dear friend');
  });

  it('to stdout: the data and nothing else', async () => {
    const { code, out } = await cli('export', SIGNAL, ...range, '--out', '-');
    expect(code).toBe(0);
    expect(out).toBe(readFileSync(file('whole.csv'), 'utf8'));
  });
});

describe('import', () => {
  const T0 = Date.UTC(2026, 8, 21) * 1000;
  const columns = ['--device', 'plant1/press1', '--columns', 'U=voltage:V,I=current:A'];
  const recording = Array.from({ length: 7001 }, (_, i) => ({
    // a jump, so that one batch is not regular
    us: T0 + i * 1000 + (i > 6000 ? 250 : 0),
    voltage: 230 + (i % 10) / 4,
    current: i % 50 === 0 ? null : i % 7,
  }));

  beforeAll(async () => {
    const lines = recording.map(
      (r) => `${(r.us / 1e6).toFixed(6)};${`${r.voltage}`.replace('.', ',')};${r.current ?? ''}`,
    );
    lines.splice(100, 0, 'garbage');
    writeFileSync(file('recording.csv'), `time;U;I\n${lines.join('\n')}\n`);
  });

  const inStore = async (signal: string) => {
    const { samples } = await cli.json(
      'samples',
      `plant1/press1/${signal}`,
      ...['--from', '2026-09-21T00:00:00Z', '--to', '2026-09-22T00:00:00Z', '--limit', '100000'],
    );
    return samples.map((s: { t: string; value: number | null }) => [s.t, s.value]);
  };
  const expected = (name: 'voltage' | 'current') =>
    recording.map((r) => [
      `${new Date(Math.floor(r.us / 1000)).toISOString().slice(0, -1)}${String(r.us % 1000).padStart(3, '0')}Z`,
      r[name],
    ]);

  it('without credentials: refused, by its exit code, and nothing lands', async () => {
    const { code, err } = await cli('import', 'recording.csv', ...columns, '--decimal-comma');
    expect(code).toBe(4);
    expect(err).toMatch(/loadcycle enrol plant1\/press1/);
    expect((await cli('samples', 'plant1/press1/voltage')).code).toBe(5);
  });

  it('every row lands exactly once, and the same file again changes nothing', async () => {
    const enrolled = await cli.json('enrol', 'plant1/press1');
    expect(statSync(join(enrolled.folder, 'password')).mode & 0o777).toBe(0o600);
    const first = await cli('import', 'recording.csv', ...columns, '--decimal-comma');
    expect(first).toMatchObject({ code: 0 });
    expect(first.err).toContain('line 102 left out: 1 columns instead of 3');
    expect(first.out).toMatch(/plant1\/press1\/voltage +7001 +7001 +0 +0/);
    expect(await inStore('voltage')).toEqual(expected('voltage'));
    expect(await inStore('current')).toEqual(expected('current'));

    const again = await cli.json('import', 'recording.csv', ...columns, '--decimal-comma');
    expect(again).toMatchObject({ rows: 7001, bad: 1, landed: true });
    expect(again.signals).toEqual([
      {
        signal: 'plant1/press1/voltage',
        samples: 7001,
        newSamples: 0,
        alreadyThere: 7001,
        deadLetteredBatches: 0,
      },
      {
        signal: 'plant1/press1/current',
        samples: 7001,
        newSamples: 0,
        alreadyThere: 7001,
        deadLetteredBatches: 0,
      },
    ]);
    expect(await inStore('voltage')).toHaveLength(7001);
  });

  it('waits for its rows as a client of one site too, which is not told how far the whole log has come', async () => {
    const { token } = await cli.json('token');
    const body = { id: 'press', name: 'press', scopes: ['samples:read', 'cycles:read'], grants: ['plant1'] };
    const made = await fetch(`${system.httpUrl}/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { secret } = (await made.json()) as { secret: string };
    writeFileSync(
      file('later.csv'),
      `time;U\n${[1, 2, 3].map((s) => `${1_790_100_000 + s};230`).join('\n')}\n`,
    );
    const result = await cli.json(
      ...['import', 'later.csv', '--device', 'plant1/press1', '--columns', 'U=voltage:V', '--delimiter', ';'],
      ...['--url', system.httpUrl, '--client-id', 'press', '--client-secret', secret],
    );
    expect(result).toMatchObject({ rows: 3, landed: true });
    expect(result.signals).toMatchObject([{ samples: 3, newSamples: 3, deadLetteredBatches: 0 }]);
  });

  it('what does not pass shows as such; the dead letters are read, tried and removed', async () => {
    const wrong = ['--device', 'plant1/press1', '--columns', 'U=voltage:A', '--decimal-comma'];
    const mismatched = async () =>
      (await cli.json('dead-letters', 'list', '--reason', 'message.unit-mismatch')).deadLetters;
    for (let again = 0; again < 2; again++) {
      const { code, err } = await cli('import', 'recording.csv', ...wrong);
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('message.unit-mismatch') });
      expect(err).toContain('nothing was sent');
    }
    const odd = ['--device', 'plant1/press1', '--columns', 'U=oddity:rpm', '--decimal-comma'];
    expect(await cli('import', 'recording.csv', ...odd)).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean r/min?'),
    });
    expect(await mismatched()).toEqual([]);
    // who waits for nothing asks nothing before
    expect(await cli('import', 'recording.csv', ...wrong, '--no-wait')).toMatchObject({ code: 0 });
    const deadLetters = await waitFor('both batches', async () => {
      const found = await mismatched();
      return found.length === 2 && found;
    });
    const id = String(deadLetters[0].id);
    const shown = await cli('dead-letters', 'show', id);
    expect(shown.out).toMatch(/reason +message\.unit-mismatch[\s\S]*"unit":"A"/);
    const tried = await cli('dead-letters', 'validate', id, '--json');
    expect(tried.code).toBe(1);
    expect(JSON.parse(tried.out)).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'message.unit-mismatch',
    });
    expect(await cli.json('dead-letters', 'replay', id)).toEqual({ replayed: 1 });
    expect(await cli('dead-letters', 'purge', id)).toMatchObject({ code: 2 });
    expect(await cli('dead-letters', 'purge', id, '--yes')).toMatchObject({ code: 0 });
    const rest = await cli.json('dead-letters', 'purge', '--reason', 'message.unit-mismatch', '--yes');
    expect(rest.purged).toBeGreaterThan(0);
  });

  it('nonsense, and an archive that would not stay, are refused before anything is sent', async () => {
    const run = (...args: string[]) => cli('import', 'recording.csv', '--device', 'plant1/press1', ...args);
    expect((await run('--columns', 'X=voltage:V')).err).toMatch(/no column "X" \(it has: time, U, I\)/);
    expect((await run('--columns', 'U')).code).toBe(2);
    expect((await run('--columns', 'U=voltage:V', '--mqtt-url', 'http://x')).code).toBe(2);
    const away = await run('--columns', 'U=voltage:V', '--mqtt-url', 'mqtt://127.0.0.1:1');
    expect(away.code).toBe(3);
    expect((await cli('import', 'nothing.csv', ...columns)).code).toBe(2);
    expect((await cli('import', '.', ...columns)).err).toContain('no regular file');
    expect((await cli('import', '-', ...columns)).err).toContain('read more than once');
    writeFileSync(file('doubled.csv'), 'time,U,U\n2026-09-20T00:00:00Z,1,2\n');
    expect((await cli('import', 'doubled.csv', ...columns)).err).toContain('more than one column "U"');
    writeFileSync(file('archive.csv'), 'time,U\n2019-09-20T00:00:00Z,1\n2019-09-20T00:00:01Z,2\n');
    const archive = ['import', 'archive.csv', '--device', 'plant1/press1', '--columns', 'U=old:V'];
    const old = await cli(...archive);
    expect(old).toMatchObject({
      code: 1,
      err: expect.stringMatching(/keeps samples for 400 days only .*--keep/),
    });
    expect((await cli('signals', 'show', 'plant1/press1/old')).code).toBe(5);
    // held from retention it is taken; the hold is looked at and ended
    expect(await cli.json(...archive, '--keep')).toMatchObject({ rows: 2, landed: true });
    const { holds } = await cli.json('holds', 'list', 'plant1/press1/old');
    expect(holds).toMatchObject([{ from: '2019-09-20T00:00:00.000000Z', until: null }]);
    const ended = await cli.json('holds', 'end', 'plant1/press1/old', String(holds[0].id));
    expect(Date.parse(ended.holds[0].until)).toBeLessThanOrEqual(Date.now());
    expect((await cli('holds', 'list', 'plant1/press1/old')).out).toMatch(/ended 20\d\d-/);
    writeFileSync(file('german.csv'), 'time,U,I\n20.09.2026 00:00:00,1,2\n');
    expect((await cli('import', 'german.csv', ...columns)).err).toMatch(
      /no rows that make sense \(line 2: "20\.09/,
    );
  });
});

describe('the catalogue, what is unusual, jobs and clients', () => {
  it('signals, completeness, anomalies, operations', async () => {
    const { signals } = await cli.json('signals', 'list', 'plant1/motor1');
    expect(signals).toMatchObject([{ signal: 'motor-voltage', unit: 'V' }]);
    expect((await cli.json('signals', 'show', SIGNAL)).versions.length).toBeGreaterThan(0);
    const { total } = await cli.json('completeness', SIGNAL, '--from', '-1h', '--bucket', '10m');
    expect(total.landed).toBeGreaterThan(0);
    expect((await cli('completeness', SIGNAL)).out).toMatch(/range +expected +landed +missing/);
    expect((await cli.json('anomalies', 'list', '--state', 'open')).anomalies).toBeInstanceOf(Array);
    expect((await cli('anomalies', 'acknowledge', '999999')).code).toBe(5);
    const asked = await cli.json('configure', 'plant1/motor1', '--batch-size', '200');
    expect((await cli.json('operations', 'show', asked.id)).devices).toMatchObject([{ device: 'motor1' }]);
    expect((await cli('operations', 'list')).out).toContain(asked.id);
    const wrong = await cli('configure', 'plant1/motor1', '--simulate', '{"nonsense":1}');
    expect(wrong.out).toContain('waveform of motor-voltage: Unrecognized key: "nonsense"');
  });

  it('reprocess waits for its end; --quality judges samples', async () => {
    expect(await cli.json('reprocess', SIGNAL, '--from', '-10s')).toMatchObject({ state: 'done' });
    expect((await cli.json('reprocess', SIGNAL, '--from', '-10s', '--quality')).jobs).toMatchObject([
      { kind: 'revalidation', state: 'done' },
    ]);
    expect((await cli('reprocess', SIGNAL, '--from', 'now', '--to', '-1h')).code).toBe(2);
  });

  it('clients are made, changed and removed', async () => {
    const rights = ['--scope', 'samples:read', 'cycles:read', '--grant', 'plant1'];
    const made = await cli.json('clients', 'create', 'board', ...rights);
    expect(made).toMatchObject({ id: 'board', grants: ['plant1'], secret: expect.any(String) });
    expect((await cli.json('clients', 'rotate', 'board')).secret).not.toBe(made.secret);
    expect(await cli.json('clients', 'change', 'board', '--disable')).toMatchObject({ disabled: true });
    expect((await cli('clients', 'list')).out).toMatch(/board .*disabled/);
    expect((await cli('clients', 'create', 'other', '--scope', 'everything', '--grant', '*')).code).toBe(1);
    expect(await cli.json('clients', 'delete', 'board', '--yes')).toEqual({ id: 'board', deleted: true });
    expect((await cli('clients', 'show', 'board')).code).toBe(5);
  });
});

describe('enrol --by-api', () => {
  const DEVICE = 'plant1/press9';
  const own = `loadcycle/v1/${DEVICE}/samples/voltage`;
  const others = 'loadcycle/v1/plant1/press8/samples/voltage';
  const clients: MqttClient[] = [];
  interface Login {
    readonly username: string;
    readonly password: string;
  }
  const written = (folder: string): Login => {
    const [username, password] = ['username', 'password'].map((name) => {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      return readFileSync(join(folder, name), 'utf8').trimEnd();
    });
    return { username: username!, password: password! };
  };
  const signIn = async (login: Login): Promise<MqttClient> => {
    const url = `mqtt://127.0.0.1:${system.mqttPort}`;
    const client = await mqtt.connectAsync(url, { ...login, reconnectPeriod: 0 }, false);
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const batch = (value: number): string =>
    JSON.stringify({
      session: '01990000-0000-7000-8000-00000000c119',
      seq: 0,
      unit: 'V',
      t0: T0,
      dt: 1000,
      values: [value],
    });
  const T0 = Date.parse('2026-09-20T00:00:00Z') * 1000;
  const refused = (login: Login): Promise<unknown> =>
    expect(signIn(login)).rejects.toThrow(/bad user ?name or password|not authorized/i);
  let login: Login;

  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
  });

  it('gives credentials that let a device publish its own samples, and no one else’s', async () => {
    const enrolled = await cli.json('enrol', DEVICE, '--by-api');
    expect(enrolled).toEqual({
      site: 'plant1',
      device: 'press9',
      folder: expect.stringMatching(/devices\/plant1\.press9$/),
      revoked: false,
    });
    login = written(enrolled.folder);
    expect(login.username).toBe(DEVICE);

    const forger = await signIn(login);
    const sentAway = new Promise<void>((resolve) => forger.once('close', () => resolve()));
    forger.publish(others, batch(666), { qos: 1 });
    await sentAway;
    const device = await signIn(login);
    await device.publishAsync(own, batch(1), { qos: 1 });
    const range = ['--from', '2026-09-20T00:00:00Z', '--to', '2026-09-21T00:00:00Z'];
    const samples = await waitFor('its sample in the store', async () => {
      const { code, out } = await cli('samples', `${DEVICE}/voltage`, ...range, '--json');
      const found = code === 0 ? (JSON.parse(out).samples as { value: number }[]) : [];
      return found.length > 0 && found;
    });
    expect(samples.map((s) => s.value)).toEqual([1]);
    // the forged one came before it
    expect((await cli('samples', 'plant1/press8/voltage')).code).toBe(5);
    await refused({ ...login, username: 'plant1/press8' });
    await refused({ ...login, password: `${login.password}x` });
  });

  it('import takes them from where they were put', async () => {
    writeFileSync(file('small.csv'), 'time,voltage\n2026-09-22T00:00:00Z,1\n2026-09-22T00:00:01Z,2\n');
    const args = ['import', 'small.csv', '--device', DEVICE, '--columns', 'voltage:V'];
    expect((await cli.json(...args)).signals[0]).toMatchObject({ samples: 2, newSamples: 2 });
  });

  it('asked again, it gives another password, and the one before is refused', async () => {
    const folder = file('credentials');
    mkdirSync(folder);
    for (const name of ['username', 'password']) writeFileSync(join(folder, name), 'old', { mode: 0o644 });
    const { out, code } = await cli('enrol', DEVICE, '--by-api', '--out', folder);
    expect(code).toBe(0);
    expect(out).toContain(folder);
    const again = written(folder);
    // a password is shown in its file alone
    expect(out).not.toContain(again.password);
    await refused(login);
    await (await signIn(again)).endAsync();
    login = again;
  });

  it('a folder that can not be made leaves the password as it is', async () => {
    writeFileSync(file('in-the-way'), '');
    const { code } = await cli('enrol', DEVICE, '--by-api', '--out', join(file('in-the-way'), 'folder'));
    expect(code).toBe(1);
    await (await signIn(login)).endAsync();
  });

  it('--revoke withdraws them, once', async () => {
    expect(await cli.json('enrol', DEVICE, '--by-api', '--revoke')).toEqual({
      site: 'plant1',
      device: 'press9',
      folder: null,
      revoked: true,
    });
    await refused(login);
    expect((await cli('enrol', DEVICE, '--by-api', '--revoke')).code).toBe(5);
  });
});

describe('enrol', () => {
  it('begins no authority of its own where there is no system', async () => {
    const cwd = file('elsewhere');
    mkdirSync(cwd);
    const { LOADCYCLE_DATA_DIR: _, ...rest } = env;
    const { code, err } = await loadcycle(['enrol', 'plant1/press3'], { env: rest, cwd });
    expect(code).toBe(2);
    expect(err).toContain('--by-api');
    expect(readdirSync(cwd)).toEqual([]);
    expect((await cli('enrol', 'plant1/Press 3')).code).toBe(2);
  });
});

describe('apply', () => {
  it('shows the difference, applies it, and applies it again without effect', async () => {
    const yaml = 'sites:\n  plant1:\n    pump1:\n      flow: { preset: flow, validMax: 90 }\n';
    writeFileSync(file('signals.yaml'), yaml);
    const unasked = await cli('apply', 'signals.yaml');
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.err).toMatch(/^\+ plant1\/pump1\/flow/);
    expect(await cli.json('apply', 'signals.yaml', '--dry-run')).toMatchObject({ applied: false });
    const created = ['plant1/pump1/flow'];
    expect(await cli.json('apply', 'signals.yaml', '--yes')).toMatchObject({ applied: true, created });
    expect((await cli('apply', 'signals.yaml')).out).toMatch(/^0 new, 0 changed, 1 as they are/);
    writeFileSync(file('signals.yaml'), yaml.replace('90', '80'));
    expect((await cli('apply', 'signals.yaml', '--dry-run')).out).toMatch(/validMax: 90 → 80/);
    const looks =
      'preset: flow, rules: { dry: { type: condition, all: [{ below: 1 }, { signal: level, above: 3 }] }}';
    writeFileSync(file('signals.yaml'), yaml.replace('preset: flow', looks));
    expect((await cli('apply', 'signals.yaml', '--dry-run')).out).toMatch(
      /^! plant1\/pump1\/flow: dry looks at plant1\/pump1\/level, which is not there/m,
    );
    writeFileSync(file('signals.yaml'), yaml.replace('preset: flow', 'preset: flaw'));
    const wrong = await cli('apply', 'signals.yaml', '--yes');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/^loadcycle: signals\.yaml, line 4: no preset "flaw"/);
    expect(wrong.err).toMatch(/\n {2}\/plant1\/pump1\/flow\S*: line 4, column \d+: no preset/);
    const told = await cli('apply', 'signals.yaml', '--yes', '--json');
    expect(JSON.parse(told.err).error.places).toHaveLength(1);
  });
});

describe('completion', () => {
  it('bash completes commands, commands of commands, and flags', async () => {
    const { out } = await cli('completion', 'bash');
    writeFileSync(file('completion.bash'), out);
    const complete = (...words: string[]): string[] =>
      execFileSync('bash', [
        '-c',
        `. ${file('completion.bash')}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loadcycle; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        'loadcycle',
        ...words,
      ])
        .toString()
        .trim()
        .split('\n');
    expect(complete('sa')).toEqual(['samples']);
    expect(complete('dead-letters', 're')).toEqual(['replay']);
    expect(complete('export', SIGNAL, '--res')).toEqual(['--resume']);
    expect(complete('completion', 'z')).toEqual(['zsh']);
    expect(complete('export', SIGNAL, '--format', 'pa')).toEqual(['parquet']);
    expect(complete('cycles', SIGNAL, '--metric', 'riseT')).toEqual(['riseTimeS']);
  });

  it.for(['zsh', 'fish'])('%s reads its script without a complaint', async (shell, ctx) => {
    const { code, out } = await cli('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain('dead-letters');
    writeFileSync(file(`completion.${shell}`), out);
    try {
      execFileSync(shell, ['--version'], { stdio: 'ignore' });
    } catch {
      ctx.skip(`${shell} is not installed`);
    }
    execFileSync(shell, ['-n', file(`completion.${shell}`)]);
  });

  it('fish completes commands, flags and what flags want, and no file where a command stands', async (ctx) => {
    try {
      execFileSync('fish', ['--version'], { stdio: 'ignore' });
    } catch {
      ctx.skip('fish is not installed');
    }
    writeFileSync(file('completion.fish'), (await cli('completion', 'fish')).out);
    const complete = (line: string): string[] => {
      const script = `function loadcycle; end; source ${file('completion.fish')}; complete -C '${line}'`;
      const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder };
      const out = execFileSync('fish', ['-N', '-c', script], { cwd: folder, env }).toString().trim();
      return out.split('\n').map((l) => l.split('\t')[0]!);
    };
    expect(complete('loadcycle sam')).toEqual(['samples']);
    expect(complete('loadcycle dead-letters re')).toEqual(['replay']);
    expect(complete('loadcycle export x --format pa')).toEqual(['parquet']);
    expect(complete('loadcycle whole')).toEqual(['']);
    expect(complete('loadcycle apply whole.cs')).toEqual(['whole.csv']);
  });
});
