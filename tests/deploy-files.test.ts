import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MQTT_RIGHTS, serviceUsername } from '@loadcycle/contract/acl';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { MAX_CONNECTIONS, RESERVED, SHARES, type Share } from '../deploy/connections.ts';
import { aclFile } from '../deploy/mosquitto-files.ts';

/** What a deployment's files say must be true of the tree: no engine needed. */
const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const has = (...path: string[]): boolean => existsSync(join(ROOT, ...path));

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  entrypoint?: string[];
  user?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  networks?: string[];
  network_mode?: string;
  healthcheck?: { test: string[] };
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  mem_limit?: string;
  cpus?: number;
  cpu_shares?: number;
  pids_limit?: number;
  container_name?: string;
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  name?: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, unknown>;
}

const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** the services of this project, with the program that each runs */
const ours = services.filter(([, s]) => s.build !== undefined);
const mounts = (s: Service): { from: string; to: string; mode: string }[] =>
  (s.volumes ?? []).map((v) => {
    const [from = '', to = '', mode = 'rw'] = v.split(':');
    return { from, to, mode };
  });

/** What Node and the C library read, not the program. */
const ENGINE = ['NODE_OPTIONS', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_'];

/** A tag that says which version: no digest can be asked for without a registry. */
const PINNED = /^[\w./-]+:v?\d+\.\d+(\.\d+)?[\w.-]*$/;

/** The variables that a program knows, as its own --help lists them. */
const known = new Map<string, Promise<Set<string>>>();
function variablesOf(args: readonly string[]): Promise<Set<string>> {
  const key = args.join(' ');
  let answer = known.get(key);
  if (answer === undefined) {
    answer = run(process.execPath, [...args, '--help'], { cwd: ROOT }).then(
      ({ stdout }) => new Set(stdout.match(/LOADCYCLE_[A-Z_]+/g)),
    );
    known.set(key, answer);
  }
  return answer;
}
function programOf(command: readonly string[]): string[] {
  const [node, file = '', ...rest] = command;
  expect(node).toBe('node');
  expect(has(file), `${file} exists`).toBe(true);
  // a sub-command of the agent has the same settings; the entry of cli is a program of programs
  if (file === 'deploy/cli.ts') return [file, 'token'];
  return rest.length > 0 && file.startsWith('edge-agent/') ? [file] : [file];
}

describe.each(services)('docker-compose.yml: %s', (name, s) => {
  test('a pinned image, a health check, limits, no rights, a read-only file system', () => {
    expect(s.image).toMatch(PINNED);
    expect(s.image).not.toContain('latest');
    expect(s.healthcheck?.test.length).toBeGreaterThan(1);
    expect(s.read_only).toBe(true);
    expect(s.cap_drop).toEqual(['ALL']);
    expect(s.security_opt).toEqual(['no-new-privileges:true']);
    expect(s.user).toMatch(/^(\d+:\d+|postgres)$/);
    expect(s.user).not.toMatch(/^0/);
    expect(s.mem_limit).toMatch(/^\d+[mg]$/);
    // Docker refuses a limit beyond the CPUs of the host, and one is enough
    expect(s.cpus ?? 0).toBeLessThanOrEqual(1);
    expect(s.cpu_shares).toBeGreaterThan(0);
    expect(s.pids_limit).toBeGreaterThan(0);
    expect(s.restart).toMatch(/^(unless-stopped|no)$/);
    // a fixed name could not be scaled
    expect(s.container_name).toBeUndefined();
  });

  test('what it mounts and names exists', () => {
    const mounted = mounts(s);
    for (const { from, mode } of mounted) {
      if (from.startsWith('./')) {
        expect(has(from), from).toBe(true);
        expect(mode, `${from} is mounted read-only`).toBe('ro');
      } else expect(Object.keys(compose.volumes), from).toContain(from);
    }
    for (const network of s.networks ?? []) expect(Object.keys(compose.networks)).toContain(network);
    for (const [needed, { condition }] of Object.entries(s.depends_on ?? {})) {
      expect(Object.keys(compose.services)).toContain(needed);
      const once = compose.services[needed]!.restart === 'no';
      expect(condition).toBe(once ? 'service_completed_successfully' : 'service_healthy');
    }
    const text = JSON.stringify([s.environment, s.command, s.entrypoint, s.healthcheck]);
    for (const path of text.match(/\/(run|etc|var\/lib)\/loadcycle[\w./-]*/g) ?? []) {
      if (name === 'init' || name === 'migrate') continue;
      const mount = mounted.find(({ to }) => path === to || path.startsWith(`${to}/`));
      expect(mount, `${path} is mounted`).toBeDefined();
      if (mount!.from.startsWith('./'))
        expect(has(mount!.from, path.slice(mount!.to.length)), path).toBe(true);
    }
  });

  test('no secret stands in the file, and no port is open to the network by default', () => {
    for (const [variable, value] of Object.entries(s.environment ?? {})) {
      if (!/PASSWORD|SECRET|TOKEN/.test(variable) || /_DIR$/.test(variable)) continue;
      expect(variable).toMatch(/_FILE$/);
      expect(value).toMatch(/^\/run\/loadcycle\//);
    }
    for (const port of s.ports ?? [])
      expect(port).toMatch(/^(127\.0\.0\.1|\$\{LOADCYCLE_BIND:-127\.0\.0\.1\}):/);
  });
});

test.each(ours)('docker-compose.yml: %s knows every variable that it is given', async (_name, s) => {
  const command = s.entrypoint?.slice(0, 2) ?? s.command!;
  const variables = new Set(await variablesOf(programOf(command)));
  for (const variable of ENGINE) variables.add(variable);
  // the command line program takes its few from the environment by itself
  if (command[1] === 'deploy/cli.ts') {
    for (const [name] of read('cli/connection.ts').matchAll(/LOADCYCLE_[A-Z_]+/g)) variables.add(name);
  }
  for (const variable of Object.keys(s.environment ?? {})) {
    expect(variables, `${variable} in ${command.join(' ')}`).toContain(variable);
  }
});

test('the image holds compiled whatever a service loads, so that none strips types in its memory', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'loadcycle-compiled-'));
  try {
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    const files = (): number =>
      readdirSync(cache, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).length;
    await run(process.execPath, ['deploy/compile.ts'], { cwd: ROOT, env });
    const before = files();
    expect(before).toBeGreaterThan(500);
    // each program that the files name, and the engines' clients, which are loaded once the settings are known
    const programs = [
      ...new Set(ours.map(([, o]) => programOf(o.entrypoint?.slice(0, 2) ?? o.command!)[0]!)),
    ];
    for (const program of [...programs, 'deploy/health.ts']) {
      await run(process.execPath, [program, '--help'], { cwd: ROOT, env });
    }
    const opened = `
      const { openDatabase } = await import('@loadcycle/database/open');
      const { openEventLog } = await import('@loadcycle/event-log/open');
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const store = { databaseKind: 'pg', databaseUrl: 'postgres://nobody@127.0.0.1:1/none', databaseTls: 'off', databasePool: 1 };
      await openDatabase(store, { log, role: null, applicationName: 'test' }).catch(() => {});
      for (const logKind of ['kafkajs', 'platformatic']) {
        const kafka = { logKind, kafkaBrokers: '127.0.0.1:1', kafkaSasl: 'none', logRetention: 1e9, kafkaSessionTimeout: 3e7 };
        await openEventLog(kafka, { log }).catch(() => {});
      }
      process.exit();`;
    await run(process.execPath, ['--input-type=module', '--eval', opened], { cwd: ROOT, env });
    expect(files()).toBe(before);
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test('each secret is mounted for writing by those only who make it', () => {
  const makers: Record<string, string[]> = {
    authority: ['init', 'enrol'],
    'secrets-broker': ['init', 'enrol'],
    'secrets-devices': ['init', 'api', 'enrol'],
  };
  for (const volume of Object.keys(compose.volumes).filter((v) => /^(secrets-|authority)/.test(v))) {
    const writers = services.filter(([, s]) => mounts(s).some((m) => m.from === volume && m.mode !== 'ro'));
    expect(writers.map(([name]) => name)).toEqual(makers[volume] ?? ['init']);
  }
});

test('the secret name of the bridges’ subscription is theirs alone, in compose and in Kubernetes', () => {
  const file = '/run/loadcycle/bridge/mqtt-share';
  expect(compose.services['bridge']!.environment).toMatchObject({ LOADCYCLE_MQTT_SHARE_SECRET_FILE: file });
  const holders = services.filter(([, s]) => mounts(s).some(({ from }) => from === 'secrets-bridge'));
  expect(holders.map(([name]) => name)).toEqual(['init', 'bridge']);
  const set = parseAllDocuments(read('deploy/kubernetes/bridge.yaml'))[0]!.toJS();
  const { env } = set.spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: 'LOADCYCLE_MQTT_SHARE_SECRET_FILE', value: file });
});

test('the API writes the devices’ passwords and sees neither the services’ nor the authority', () => {
  const seen = mounts(compose.services['api']!).map((m) => m.from);
  expect(seen.sort()).toEqual(['secrets-admin', 'secrets-api', 'secrets-devices']);
  const [, services, devices] = compose.services['mosquitto']!.command!;
  const from = (path: string): string | undefined =>
    mounts(compose.services['mosquitto']!).find(({ to }) => path === to || path.startsWith(`${to}/`))?.from;
  expect(from(services!)).toBe('secrets-broker');
  expect(from(devices!)).toBe('secrets-devices');
});

test('landing reaches the broker as the user who may ask for births only, on a network without a way out', () => {
  const { environment, networks } = compose.services['landing']!;
  expect(environment).toMatchObject({
    LOADCYCLE_SPARKPLUG: compose.services['bridge']!.environment!['LOADCYCLE_SPARKPLUG'],
    LOADCYCLE_MQTT_USERNAME: serviceUsername('sparkplug'),
  });
  expect(MQTT_RIGHTS.sparkplug).toEqual({ publish: ['spBv1.0/+/NCMD/+'], subscribe: [] });
  for (const network of networks!) expect(compose.networks[network], network).toEqual({ internal: true });
  const shared = services.filter(([, s]) => s.networks?.includes('births')).map(([name]) => name);
  expect(shared).toEqual(['mosquitto', 'landing']);
});

test('notify tells of anomalies as the user who may say nothing else, with the rights of that in the store', () => {
  const { environment, networks, depends_on } = compose.services['notify']!;
  expect(environment).toMatchObject({
    LOADCYCLE_MQTT_USERNAME: serviceUsername('notify'),
    LOADCYCLE_DATABASE_USER: 'loadcycle_notify',
    LOADCYCLE_WEBHOOK_SECRET_FILE: '/run/loadcycle/notify/webhook-secret',
    LOADCYCLE_NOTIFY_KEY_SECRET_FILE: '/run/loadcycle/notify/notify-key-secret',
  });
  // what the API seals, notify opens
  expect(compose.services['api']!.environment).toMatchObject({
    LOADCYCLE_NOTIFY_KEY_SECRET_FILE: '/run/loadcycle/api/notify-key-secret',
  });
  expect(MQTT_RIGHTS.notify).toEqual({ publish: ['loadcycle/v1/+/+/anomalies/+'], subscribe: [] });
  expect(aclFile()).toContain('user loadcycle-notify\ntopic write loadcycle/v1/+/+/anomalies/+\n');
  expect(read('deploy/migrate.ts')).toContain("notify: ['loadcycle_notifier'],");
  expect(Object.keys(depends_on!).sort()).toEqual(['kafka', 'migrate', 'mosquitto']);
  // the one network with a way out is its own, and the broker's other clients are not on its way there
  const open = networks!.filter((n) => !(compose.networks[n] as { internal?: boolean } | null)?.internal);
  expect(open).toEqual(['webhooks']);
  const on = (network: string) =>
    services.filter(([, s]) => s.networks?.includes(network)).map(([name]) => name);
  expect(on('webhooks')).toEqual(['notify']);
  expect(on('anomalies')).toEqual(['mosquitto', 'notify']);
});

test('every variable that can be set from outside is explained', () => {
  const page = read('docs/operations.md');
  const names = new Set([...composeText.matchAll(/\$\{(LOADCYCLE_\w+):-/g)].map((m) => m[1]!));
  for (const name of names) expect(page, name).toContain(name);
});

test('docker-compose 1.29 takes the file: no name, no profile without a service', () => {
  expect(compose.name).toBeUndefined();
  expect(composeText).not.toMatch(/\t/);
});

describe('connections to the store', () => {
  const shares = Object.entries(SHARES) as [string, Share][];

  test('the documented scale fits: pools into the roles, roles into the server', () => {
    for (const [name, { instances, pools, pool, limit }] of shares) {
      expect(instances * pools * pool, name).toBeLessThanOrEqual(limit);
    }
    const all = shares.reduce((sum, [, { limit }]) => sum + limit, RESERVED);
    expect(all).toBeLessThanOrEqual(MAX_CONNECTIONS);
    expect(compose.services['store']!.command).toContain(`max_connections=${MAX_CONNECTIONS}`);
    // each backend is a process
    expect(MAX_CONNECTIONS).toBeLessThan(compose.services['store']!.pids_limit!);
  });

  test('compose and Kubernetes give each service its pool, and every service with a login has a share', () => {
    for (const [name, { environment }] of ours) {
      const login = environment?.['LOADCYCLE_DATABASE_USER']?.replace(/^loadcycle_/, '');
      if (login === undefined || login === 'postgres') continue;
      const share = SHARES[login as keyof typeof SHARES];
      expect(Number(environment!['LOADCYCLE_DATABASE_POOL']), name).toBe(share.pool);
      const [manifest] = parseAllDocuments(read('deploy/kubernetes', `${name}.yaml`)).map((d) => d.toJS());
      expect(manifest.spec.replicas, name).toBeLessThanOrEqual(share.instances);
      expect(manifest.spec.template.spec.containers[0].env).toContainEqual({
        name: 'LOADCYCLE_DATABASE_POOL',
        value: String(share.pool),
      });
    }
  });

  test('the page says the same, and scales to no more in its examples', () => {
    const page = read('docs/operations.md');
    expect(page).toContain(`max_connections=${MAX_CONNECTIONS}`);
    for (const [name, { instances, limit }] of shares) {
      const row = new RegExp(`^\\| \`loadcycle_${name}\`.* \\| ${instances} \\| .* \\| ${limit} \\|$`, 'm');
      expect(page, name).toMatch(row);
    }
    for (const [, name, count] of page.matchAll(/--scale (landing|cycles|api)=(\d+)/g)) {
      expect(Number(count)).toBeLessThanOrEqual(SHARES[name as keyof typeof SHARES].instances);
    }
  });
});

describe('deploy/Dockerfile', () => {
  const text = read('deploy/Dockerfile');
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));

  test('every base is pinned, and the image runs as a user without rights', () => {
    for (const line of lines.filter((l) => l.startsWith('FROM '))) {
      expect(line.split(' ')[1]).toMatch(PINNED);
    }
    expect(text).toMatch(/^USER 10001:10001$/m);
    expect(text).toMatch(/^HEALTHCHECK /m);
  });

  test('what is copied exists, and no workspace is forgotten', () => {
    const copied = lines
      .filter((l) => l.startsWith('COPY ') && !l.includes('--from='))
      .map((l) => l.split(' ').slice(1, -1));
    for (const path of copied.flat()) expect(has(path), path).toBe(true);
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    for (const workspace of workspaces) {
      expect(copied.flat()).toContain(`${workspace}/package.json`);
      expect(copied.flat()).toContain(workspace);
    }
  });

  test('each volume that our services mount has its folder here, and so an owner who may write', () => {
    const lists = [...text.replaceAll('\\\n', ' ').matchAll(/for name in ([^;]+);|mkdir -p ([/\w ]+)/g)];
    const made = lists.flatMap(([, names = '', paths = '']) => [
      ...names
        .split(/\s+/)
        .filter((name) => name !== '')
        .map((name) => `/run/loadcycle/${name}`),
      ...paths.split(/\s+/).filter((path) => path.startsWith('/var')),
    ]);
    const mounted = ours.flatMap(([, s]) => mounts(s).map(({ to }) => to));
    expect(made.toSorted()).toEqual([...new Set(mounted)].toSorted());
  });

  test('the classic builder takes it', () => {
    expect(text).not.toMatch(/^# syntax=|--mount=|<<\s*EOF|COPY --link/m);
  });

  test('its Node is the one that the tests run on', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    for (const line of lines.filter((l) => l.startsWith('FROM '))) {
      expect(line).toContain(`node:${devDependencies['node']}-`);
    }
  });
});

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata?: { name: string };
  data?: Record<string, string>;
  spec?: { template?: { spec: PodSpec } };
}
interface PodSpec {
  serviceAccountName: string;
  securityContext: { runAsNonRoot: boolean; seccompProfile: { type: string } };
  containers: {
    name: string;
    image: string;
    command: string[];
    env: { name: string; value?: string }[];
    envFrom: { configMapRef: { name: string } }[];
    volumeMounts: { name: string; mountPath: string }[];
    livenessProbe?: object;
    readinessProbe?: object;
    resources: { limits: { memory: string }; requests: object };
    securityContext: {
      readOnlyRootFilesystem: boolean;
      allowPrivilegeEscalation: boolean;
      capabilities: object;
    };
  }[];
  volumes: { name: string; secret?: { secretName: string } }[];
}

describe('deploy/kubernetes', () => {
  const folder = 'deploy/kubernetes';
  const kustomization = parse(read(folder, 'kustomization.yaml')) as {
    resources: string[];
    images: { name: string; newTag: string }[];
  };
  const manifests = kustomization.resources.flatMap((file) =>
    parseAllDocuments(read(folder, file)).map((document) => document.toJS() as Manifest),
  );
  const pods = manifests.flatMap((m) =>
    m.spec?.template === undefined
      ? []
      : [{ what: `${m.kind} ${m.metadata!.name}`, kind: m.kind, pod: m.spec.template.spec }],
  );

  test('every file belongs to the kustomization, every object has a kind and a name', () => {
    const files = readdirSync(join(ROOT, folder)).filter(
      (f) => f.endsWith('.yaml') && f !== 'kustomization.yaml',
    );
    expect(files.sort()).toEqual([...kustomization.resources].sort());
    for (const m of manifests) {
      expect(m.apiVersion).toBeTruthy();
      expect(m.kind).toBeTruthy();
      expect(m.metadata?.name).toBeTruthy();
    }
    expect(pods.map((p) => p.what).sort()).toEqual(
      [
        'Deployment api',
        'Deployment cycles',
        'Deployment landing',
        'Deployment maintenance',
        'Deployment notify',
        'Job migrate',
        'StatefulSet bridge',
      ].sort(),
    );
  });

  test.each(pods)(
    '$what: no rights, limits, probes, and every name and variable exists',
    async ({ kind, pod }) => {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(
        manifests.some((m) => m.kind === 'ServiceAccount' && m.metadata?.name === pod.serviceAccountName),
      ).toBe(true);
      const noted = read(folder, 'engines.yaml');
      for (const { secret } of pod.volumes) if (secret) expect(noted).toContain(secret.secretName);
      for (const container of pod.containers) {
        const tag = kustomization.images.find((i) => container.image.startsWith(`${i.name}:`))?.newTag;
        expect(container.image).toBe(`loadcycle/services:${tag}`);
        expect(container.image).toBe(compose.services['bridge']!.image);
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toMatch(/^\d+Mi$/);
        if (kind !== 'Job')
          expect([container.livenessProbe, container.readinessProbe]).not.toContain(undefined);
        const maps = container.envFrom.map(({ configMapRef }) =>
          manifests.find((m) => m.kind === 'ConfigMap' && m.metadata?.name === configMapRef.name),
        );
        const given = [...container.env.map((e) => e.name), ...maps.flatMap((m) => Object.keys(m!.data!))];
        const variables = new Set([...(await variablesOf(programOf(container.command))), ...ENGINE]);
        for (const variable of given) expect(variables, variable).toContain(variable);
        for (const { value } of container.env) {
          if (!value?.startsWith('/run/')) continue;
          const mounted = container.volumeMounts.some(
            ({ mountPath }) =>
              value.startsWith(`${mountPath}/`) || value === mountPath || mountPath.startsWith(`${value}/`),
          );
          expect(mounted, value).toBe(true);
        }
        for (const { name } of container.volumeMounts) expect(pod.volumes.map((v) => v.name)).toContain(name);
      }
    },
  );
});

test('deploy/kubernetes: every engine is talked to over TLS with its certificate checked, and no login is shared', () => {
  const documents = (file: string): Manifest[] =>
    parseAllDocuments(read('deploy/kubernetes', file)).map((d) => d.toJS() as Manifest);
  const map = (name: string): Record<string, string> =>
    documents('engines.yaml').find((m) => m.metadata?.name === name)!.data!;
  expect(map('loadcycle-store')).toMatchObject({
    LOADCYCLE_DATABASE_TLS: 'verify',
    LOADCYCLE_DATABASE_TLS_CA: '/run/loadcycle/database/ca.crt',
  });
  expect(map('loadcycle-log')).toMatchObject({
    LOADCYCLE_KAFKA_TLS: 'true',
    LOADCYCLE_KAFKA_CA_FILE: '/run/loadcycle/kafka/ca.crt',
    LOADCYCLE_KAFKA_SASL: 'scram-sha-512',
  });
  const page = read('docs/operations.md');
  const users = new Set<string>();
  const files = readdirSync(join(ROOT, 'deploy/kubernetes')).filter((f) => f.endsWith('.yaml'));
  for (const { metadata, spec } of files.flatMap(documents)) {
    for (const { env, envFrom, volumeMounts } of spec?.template?.spec.containers ?? []) {
      const name = metadata!.name;
      const uses = (config: string): boolean => envFrom.some((f) => f.configMapRef.name === config);
      const value = (variable: string): string | undefined => env.find((e) => e.name === variable)?.value;
      const mounted = new Map(volumeMounts.map((m) => [m.mountPath, m.name]));
      const url = value('LOADCYCLE_MQTT_URL');
      if (url !== undefined) {
        expect(url, name).toMatch(/^mqtts:/);
        expect(value('LOADCYCLE_MQTT_CA_FILE'), name).toBe('/run/loadcycle/mqtt/ca.crt');
      }
      if (uses('loadcycle-store')) expect(mounted.get('/run/loadcycle/database'), name).toBe('database-ca');
      if (!uses('loadcycle-log')) continue;
      expect(mounted.get('/run/loadcycle/kafka'), name).toBe('kafka-ca');
      const user = value('LOADCYCLE_KAFKA_USER')!;
      expect(value('LOADCYCLE_KAFKA_PASSWORD_FILE'), name).toBe(`/run/loadcycle/${name}/kafka-password`);
      expect(users).not.toContain(user);
      users.add(user);
      expect(page).toContain(`\`${user}\``);
    }
  }
  expect(users.size).toBeGreaterThanOrEqual(4);
});

describe('Prometheus and Grafana', () => {
  const sources = ['broker-bridge', 'database', 'processors', 'cloud-api', 'edge-agent', 'service']
    .flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((f) => join(room, f)),
    )
    .filter((f) => f.endsWith('.ts') && !f.includes('node_modules'))
    .map((f) => read(f))
    .join('\n');
  const dashboards = readdirSync(join(ROOT, 'deploy/grafana/dashboards'));
  const metricsIn = (text: string): string[] => [
    ...new Set(text.match(/\bloadcycle_[a-z_]+(?=[{[\s)])/g) ?? []),
  ];

  test.each(['deploy/prometheus/alerts.yml', ...dashboards.map((d) => `deploy/grafana/dashboards/${d}`)])(
    '%s asks for metrics that a program has',
    (file) => {
      for (const metric of metricsIn(read(file))) {
        const name = metric.replace(/_(bucket|sum|count)$/, '');
        expect(sources.includes(`'${metric}'`) || sources.includes(`'${name}'`), metric).toBe(true);
      }
    },
  );

  test('every alert says what it means', () => {
    const { groups } = parse(read('deploy/prometheus/alerts.yml')) as {
      groups: {
        rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[];
      }[];
    };
    const rules = groups.flatMap((g) => g.rules);
    expect(new Set(rules.map((r) => r.alert)).size).toBe(rules.length);
    for (const rule of rules) expect(rule.annotations.summary.length).toBeGreaterThan(10);
  });

  test('the broker’s queue fits in its memory, holds the hour that the docs state, and is told of when half full', () => {
    const conf = read('deploy/mosquitto/mosquitto.conf');
    const limit = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(conf)![1]);
    const [messages, bytes] = [limit('max_queued_messages'), limit('max_queued_bytes')];
    // 400 bytes a message and its payload (npm run bench -- outage), and a seventh for all else
    const [, size, unit] = /^(\d+)([mg])$/.exec(compose.services['mosquitto']!.mem_limit!)!;
    const memory = Number(size) * (unit === 'g' ? 2 ** 30 : 2 ** 20);
    expect(messages * 400 + bytes).toBeLessThan((memory * 6) / 7);
    const rate = `${Math.floor(messages / 3_600)} messages/s and ${Math.floor(bytes / 3_600e3)} kB/s`;
    expect(read('docs/operations.md')).toContain(`**That holds an hour at ${rate}**`);
    expect(conf).toContain(rate);
    const alerts = read('deploy/prometheus/alerts.yml');
    expect(alerts).toContain(`loadcycle_mosquitto_stored_messages) > ${messages / 2} `);
    expect(alerts).toContain(`loadcycle_mosquitto_stored_bytes) > ${bytes / 2}\n`);
  });

  test('every instance that has metrics is asked', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs: { names: string[] }[] }[];
    };
    const asked = config.scrape_configs.flatMap((c) => c.dns_sd_configs.flatMap((d) => d.names));
    const metered = ours
      .filter(([, s]) => s.environment?.['LOADCYCLE_HEALTH_HOST'] === '0.0.0.0')
      .map(([name]) => name);
    expect(asked.sort()).toEqual(metered.sort());
  });

  test('the dashboards read tables that the migrations make', () => {
    const migrations = readdirSync(join(ROOT, 'database/migrations'))
      .map((f) => read('database/migrations', f))
      .join('\n');
    for (const file of dashboards) {
      for (const [, table] of read('deploy/grafana/dashboards', file).matchAll(/\bFROM (\w+)/g)) {
        expect(migrations).toMatch(new RegExp(`CREATE (TABLE|VIEW|MATERIALIZED VIEW) ${table}\\b`));
      }
    }
  });
});
