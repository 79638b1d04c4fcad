/**
 * The cloud on real engines, its services as processes: Mosquitto → bridge → Kafka → landing → TimescaleDB, each
 * figure with its limit, or beside its peer in the same run. LOADCYCLE_TEST_DATABASE_URL names the store's server.
 *
 *   node bench/cloud/cloud.ts [messages|throughput|latency …] [kafkajs|platformatic …] [1x1 …: bridges x connections]
 */
import { cpus } from 'node:os';
import { Lacking, type LogKind, load, withEngines } from './engines.ts';
import { latency } from './latency.ts';
import { mosquittoAlone, throughBridge, type Way } from './messages.ts';
import { throughput } from './throughput.ts';

const MESSAGES = Number(process.env['LOADCYCLE_BENCH_MESSAGES'] ?? 200_000);
const MILLIONS = Number(process.env['LOADCYCLE_BENCH_MILLIONS'] ?? 6);
const SECONDS = Number(process.env['LOADCYCLE_BENCH_SECONDS'] ?? 15);
const KINDS: readonly LogKind[] = ['kafkajs', 'platformatic'];
const WAYS = [
  { bridges: 1, connections: 1 },
  { bridges: 1, connections: 3 },
  { bridges: 2, connections: 2 },
];

const parts: Record<string, (kinds: readonly LogKind[]) => Promise<void>> = {
  async messages(kinds) {
    console.log('one sample a message, until the log has all:');
    const some = WAYS.filter((w) => asked.includes(`${w.bridges}x${w.connections}`));
    for (const way of some.length > 0 ? some : WAYS) {
      const connections = way.bridges * way.connections;
      const alone = await withEngines((e) => mosquittoAlone(e, MESSAGES, connections));
      for (const kind of kinds) {
        const full: Way = { kind, ...way };
        await withEngines((e) => throughBridge(e, full, MESSAGES, alone));
      }
    }
  },
  async throughput(kinds) {
    console.log('500 samples a message, as fast as it goes:');
    for (const kind of kinds) await withEngines((e) => throughput(e, kind, MILLIONS));
  },
  async latency(kinds) {
    console.log('published → queryable at 10,000 samples/s:');
    for (const kind of kinds) {
      for (const samples of [500, 100]) await withEngines((e) => latency(e, kind, samples, SECONDS));
    }
  },
};

const asked = process.argv.slice(2);
const kinds = KINDS.filter((kind) => asked.includes(kind));
const names = Object.keys(parts).filter((name) => asked.includes(name));
console.log(`${cpus().length} cores for engines, services and load together; ${load()}`);
try {
  for (const name of names.length > 0 ? names : Object.keys(parts)) {
    await parts[name]!(kinds.length > 0 ? kinds : KINDS);
  }
} catch (error) {
  if (!(error instanceof Lacking)) throw error;
  console.log(`skipped: ${error.message}`);
}
