export interface Places {
  readonly httpUrl: string;
  readonly mqttHost: string;
  readonly mqttPort: number;
  readonly dataDir: string;
  readonly logFile: string | null;
  /** where Prometheus finds metrics */
  readonly healthUrl: string | null;
  /** link that signs the page in once, for the person at this terminal */
  readonly pageUrl: string;
  /** OpenID Connect provider whose tokens are taken; null: the system issues its own */
  readonly tokenIssuer: string | null;
}

/** What runs where, how to get a token, and how to watch the stream. */
export function banner(p: Places): string {
  const rows: [string, string][] = [
    ['Page', p.pageUrl],
    ['API', `${p.httpUrl}/v1  (reference: ${p.httpUrl}/docs)`],
    ['MQTT', `${p.mqttHost}:${p.mqttPort}`],
    ['Data', p.dataDir],
    ['Log', p.logFile ?? 'stderr'],
    ['Health', `${p.healthUrl}/metrics and /readyz`],
    ['Token', p.tokenIssuer === null ? 'npm run -s token' : `from ${p.tokenIssuer} (OpenID Connect)`],
    [
      'Watch',
      `mosquitto_sub -h ${p.mqttHost}${p.mqttPort === 1883 ? '' : ` -p ${p.mqttPort}`} -t 'loadcycle/#' -v`,
    ],
    [
      'Ask',
      `curl -H "authorization: Bearer ${p.tokenIssuer === null ? '$(npm run -s token)' : '$TOKEN'}" ${p.httpUrl}/v1/pipeline`,
    ],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(7)} ${value}`);
  return `\nLoadcycle is running. Ctrl-C stops it in order.\n\n${lines.join('\n')}\n\n`;
}
