import { printableLine } from '@loadcycle/contract/printable';

/** What the status line shows. */
export interface StatusSnapshot {
  /** since the start of this process: samples taken by its own device, landed of all devices, cycles found */
  readonly samplesIn: number;
  readonly landed: number;
  readonly cycles: number;
  /** since the start of this process */
  readonly deadLetters: number;
  /** records of the log that landing has not come to */
  readonly lagRecords: number;
  /** batches that wait in this process's outbox */
  readonly outbox: number;
  /** what does not work now, in words; null when all is well */
  readonly trouble: string | null;
}

const count = (n: number): string => n.toLocaleString('en-US');

function describeStatus(now: StatusSnapshot, before: StatusSnapshot | null, seconds: number): string {
  const rate = before === null || seconds <= 0 ? 0 : (now.landed - before.landed) / seconds;
  const since = [
    `samples in ${count(now.samplesIn)}`,
    `landed ${count(now.landed)}`,
    `cycles ${count(now.cycles)}`,
    ...(now.deadLetters > 0 ? [`dead letters ${count(now.deadLetters)}`] : []),
  ];
  const present = [
    `${count(Math.round(rate))} samples/s`,
    `lag ${count(now.lagRecords)}`,
    ...(now.outbox > 0 ? [`outbox ${count(now.outbox)}`] : []),
  ];
  const trouble = now.trouble === null ? '' : `  ·  ! ${printableLine(now.trouble)}`;
  return `since the start: ${since.join(' · ')}  |  now: ${present.join(' · ')}${trouble}`;
}

export interface StatusLineOptions {
  readonly snapshot: () => Promise<StatusSnapshot>;
  readonly out: NodeJS.WriteStream;
  readonly everyMs?: number;
}

/**
 * One quiet live line on a terminal, rewritten in place; plain lines, less often, where the output is no
 * terminal. Returns a function that ends it with a last line.
 */
export function startStatusLine({ snapshot, out, everyMs }: StatusLineOptions): () => Promise<void> {
  const live = out.isTTY === true;
  const period = everyMs ?? (live ? 1_000 : 10_000);
  let before: StatusSnapshot | null = null;
  let beforeAt = 0;
  let busy = false;

  const show = async (last = false): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const now = await snapshot();
      const at = performance.now();
      const line = describeStatus(now, before, (at - beforeAt) / 1000);
      before = now;
      beforeAt = at;
      if (!live) out.write(`${line}\n`);
      else out.write(`\r\x1b[K${line.slice(0, (out.columns ?? 120) - 1)}${last ? '\n' : ''}`);
    } catch {
      // a part that is just being opened or closed has no numbers; the next line has
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void show(), period);
  return async () => {
    clearInterval(timer);
    await show(true);
  };
}
