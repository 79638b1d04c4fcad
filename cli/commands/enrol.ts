import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { dataOf } from '@loadcycle/client';
import { type DevicePath, isName } from '@loadcycle/contract';
import { runningSystem } from '@loadcycle/service/running-system';
import type { Command } from 'commander';
import { connectionFromEnvironment } from '../connection.ts';
import { action, type Context, examples } from '../context.ts';
import { UsageError } from '../exit-codes.ts';

interface Options {
  readonly out?: string;
  readonly mqttUrl?: string;
  readonly mqttsUrl?: string;
  readonly authority?: string;
  readonly devicePasswordsDir?: string;
  readonly passwordFile?: string;
  readonly crlFile?: string;
  readonly days?: string;
  readonly revoke?: boolean;
  readonly byApi?: boolean;
}

const ENROL = join(import.meta.dirname, '..', '..', 'deploy', 'enrol.ts');

export function addEnrol(program: Command): void {
  const command = program
    .command('enrol')
    .summary("make a device's credentials at the broker")
    .description(
      'Makes a folder with all that a device needs to reach the broker, and makes the broker know it. Works where the ' +
        "deployment's authority is (--data-dir, or --authority); --by-api works from anywhere, and gives a user name and " +
        'a password without a certificate.',
    )
    .argument('<device>', 'site/device')
    .option('--out <folder>', 'folder to make; default devices/SITE.DEVICE')
    .option('--mqtt-url <url>', 'how the device reaches the broker; default: the one that runs here')
    .option('--mqtts-url <url>', 'the same, for certificates')
    .option('--authority <folder>', 'folder of the authority')
    .option('--device-passwords-dir <folder>', "the API's folder of devices' passwords at Mosquitto")
    .option('--password-file <file>', "password file of a Mosquitto of one's own")
    .option('--crl-file <file>', 'where the broker reads the list of withdrawn certificates')
    .option('--days <n>', 'how long the certificate is good for')
    .option('--revoke', 'take the device out')
    .option('--by-api', 'ask the API in place of the authority; needs the scope admin')
    .action(action(enrol));
  examples(
    command,
    'enrol plant1/motor2',
    'enrol plant1/motor2 --out /media/usb/motor2 --mqtt-url mqtts://broker.example:8883',
    'enrol plant1/motor2 --revoke',
    'enrol plant1/motor2 --by-api --url https://loadcycle.example',
  );
}

async function enrol(context: Context, o: Options, [text]: string[]): Promise<void> {
  const [site = '', device = '', more] = text!.split('/');
  if (more !== undefined || !isName(site) || !isName(device))
    throw new UsageError(`"${text}" is no device`, 'write it as site/device');
  if (o.out === '-')
    throw new UsageError('--out: a folder', 'npm run device:enrol writes an archive to stdout');
  const folder = resolve(o.out ?? join('devices', `${site}.${device}`));
  if (o.byApi) await askApi(context, { site, device }, folder, o.revoke === true);
  else await callAuthority(context, { site, device }, folder, o);
  const revoked = o.revoke === true;
  context.print({ site, device, folder: revoked ? null : folder, revoked }, () =>
    revoked ? `${text} is taken out` : `${text}: everything it needs is in ${folder}`,
  );
}

const ROUTE = '/v1/sites/{site}/devices/{device}/credentials';

async function askApi(context: Context, path: DevicePath, folder: string, revoke: boolean): Promise<void> {
  const params = { path: { ...path } };
  if (revoke) {
    await context.client.DELETE(ROUTE, { params });
    return;
  }
  // a folder that can not be made shows before the password of a running device is replaced
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { username, password } = dataOf(await context.client.PUT(ROUTE, { params }));
  for (const [name, text] of Object.entries({ username, password })) {
    // not into the file that is there: it would keep its rights
    const fresh = join(folder, `${name}.new`);
    rmSync(fresh, { force: true });
    writeFileSync(fresh, `${text}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, join(folder, name));
  }
}

async function callAuthority(
  context: Context,
  { site, device }: DevicePath,
  folder: string,
  o: Options,
): Promise<void> {
  if (!existsSync(ENROL)) throw new Error('this installation has no deployment tools (deploy/)');
  const dataDir = context.options.dataDir ?? connectionFromEnvironment().dataDir ?? './data';
  const running = runningSystem(dataDir);
  const known = context.options.dataDir ?? connectionFromEnvironment().dataDir ?? o.authority;
  if (known === undefined && running === null && !existsSync(join(dataDir, 'authority'))) {
    // an authority that begins here would make credentials that no broker knows
    throw new UsageError(
      'no system is in ./data, and so nobody who could vouch for a device',
      '--data-dir FOLDER names one on this machine, --by-api asks the API that you are signed in at',
    );
  }
  const flags: [string, string | undefined][] = [
    ['--site', site],
    ['--device', device],
    ['--out', folder],
    ['--data-dir', dataDir],
    ['--mqtt-url', o.mqttUrl],
    ['--mqtts-url', o.mqttsUrl],
    ['--authority', o.authority],
    ['--device-passwords-dir', o.devicePasswordsDir],
    ['--password-file', o.passwordFile],
    ['--crl-file', o.crlFile],
    ['--days', o.days],
    ['--revoke', o.revoke ? 'true' : undefined],
  ];
  const args = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  const child = spawn(process.execPath, [ENROL, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [words, [code]] = await Promise.all([readAll(child.stderr), once(child, 'close')]);
  if (code !== 0) {
    const line = words
      .trim()
      .split('\n')
      .at(-1)!
      .replace(/^device:enrol: /, '');
    throw code === 2 ? new UsageError(line) : new Error(line);
  }
}
