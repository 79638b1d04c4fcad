import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFile } from '@loadcycle/contract/agent-settings';
import { replaceFile } from '@loadcycle/service/files';

export interface DeviceAccess {
  readonly site: string;
  readonly device: string;
  readonly username: string;
  readonly password: string;
  /** PEM */
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly mqttUrl: string;
  /** the listener that takes certificates */
  readonly mqttsUrl: string | null;
  readonly notAfter: Date;
  /** where the folder is; null: nobody knows yet */
  readonly at: string | null;
}

/**
 * The certificate alone, in place of the one before. The key goes first: whoever reads both in between sees that they do
 * not belong together, and reads again.
 */
export function writeCertificate(
  folder: string,
  { ca, key, cert, notAfter }: Pick<DeviceAccess, 'ca' | 'key' | 'cert' | 'notAfter'>,
): void {
  const put = (name: string, text: string): void => replaceFile(join(folder, name), text, 0o644);
  put('ca.crt', ca);
  replaceFile(join(folder, 'client.key'), key);
  put('client.crt', cert);
  // the folder may be in somebody's working copy of something
  put('.gitignore', '*\n');
  const page = join(folder, 'README.md');
  if (existsSync(page)) put('README.md', readFileSync(page, 'utf8').replace(GOOD_UNTIL, goodUntil(notAfter)));
}

const GOOD_UNTIL = /good until \d{4}-\d\d-\d\d/;
const goodUntil = (notAfter: Date): string => `good until ${notAfter.toISOString().slice(0, 10)}`;

/** Everything that one device needs, in `folder`. */
export function writeDeviceFolder(folder: string, access: DeviceAccess): void {
  const { site, device } = access;
  const put = (name: string, text: string): void => replaceFile(join(folder, name), text, 0o644);
  writeCertificate(folder, access);
  replaceFile(join(folder, 'username'), `${access.username}\n`);
  replaceFile(join(folder, 'password'), `${access.password}\n`);
  put('mqtt-url', `${access.mqttUrl}\n`);
  const agent: Pick<AgentFile, 'site' | 'device'> & {
    sources: { kind: string; signal: string; unit: string }[];
  } = {
    site,
    device,
    sources: [{ kind: 'simulate', signal: 'motor-voltage', unit: 'V' }],
  };
  put('agent.json', `${JSON.stringify(agent, null, 2)}\n`);
  put('README.md', readme(access));
}

/** A path as a word of a shell's command line. */
const shellWord = (path: string): string =>
  /^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

function readme(access: DeviceAccess): string {
  const { site, device, mqttUrl, mqttsUrl, notAfter, at } = access;
  const byCertificate =
    mqttsUrl === null
      ? 'This deployment takes passwords only; `client.crt` and `client.key` are for a listener with certificates.'
      : `Or with the certificate in place of the password, at \`${mqttsUrl}\` (\`client.crt\`, \`client.key\`).`;
  return `# ${site}/${device}

What this device needs to reach the broker. Whoever has this folder can publish as ${site}/${device}: give it to
that device alone.

| file | what |
|---|---|
| \`ca.crt\` | the authority to trust |
| \`username\`, \`password\` | how the device signs in |
| \`client.crt\`, \`client.key\` | the same as a certificate, ${goodUntil(notAfter)} |
| \`mqtt-url\` | the broker: ${mqttUrl} |
| \`agent.json\` | what the edge agent samples: edit its sources |

Start the agent with it, in a copy of Loadcycle where \`npm install\` was done${at === null ? ', with the place of this folder for FOLDER' : ' (elsewhere, write the place that this folder has there)'}:

    npm run agent -- run --credentials ${at === null ? 'FOLDER' : shellWord(at)}

${byCertificate} Before it ends, make a new one where the device was enrolled
(\`npm run device:enrol -- --site ${site} --device ${device} --renew\`) and put \`client.key\` and \`client.crt\` in place of these.

The device may publish under \`loadcycle/v1/${site}/${device}/samples/\`, \`…/status\` and \`…/commands/results\`, and
read \`…/receipts\` and \`…/commands\`; everything else is refused.
`;
}
