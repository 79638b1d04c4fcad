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
    ['Token', 'npm run -s token'],
    [
      'Watch',
      `mosquitto_sub -h ${p.mqttHost}${p.mqttPort === 1883 ? '' : ` -p ${p.mqttPort}`} -t 'loadcycle/#' -v`,
    ],
    ['Ask', `curl -H "authorization: Bearer $(npm run -s token)" ${p.httpUrl}/v1/pipeline`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(7)} ${value}`);
  return `\nLoadcycle is running. Ctrl-C stops it in order.\n\n${lines.join('\n')}\n\n`;
}
