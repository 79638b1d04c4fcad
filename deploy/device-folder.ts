import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFile } from '@loadcycle/contract/agent-settings';
import { writeSecret } from './authority.ts';

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
}

/** Everything that one device needs, in `folder`. */
export function writeDeviceFolder(folder: string, access: DeviceAccess): void {
  const { site, device } = access;
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const hide = (name: string, text: string): void => writeSecret(join(folder, name), text);
  put('ca.crt', access.ca);
  put('client.crt', access.cert);
  hide('client.key', access.key);
  hide('username', `${access.username}\n`);
  hide('password', `${access.password}\n`);
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

function readme(access: DeviceAccess): string {
  const { site, device, mqttUrl, mqttsUrl, notAfter } = access;
  const tls = mqttUrl.startsWith('mqtts:') ? ' --mqtt-ca-file ca.crt' : '';
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
| \`client.crt\`, \`client.key\` | the same as a certificate, good until ${notAfter.toISOString().slice(0, 10)} |
| \`agent.json\` | what the edge agent samples: edit its sources |

Start the agent with it:

    npm run agent -- --config agent.json --mqtt-url ${mqttUrl} --mqtt-username-file username --mqtt-password-file password${tls}

${byCertificate}

The device may publish under \`loadcycle/v1/${site}/${device}/samples/\`, \`…/status\` and \`…/commands/results\`, and
read \`…/receipts\` and \`…/commands\`; everything else is refused.
`;
}
