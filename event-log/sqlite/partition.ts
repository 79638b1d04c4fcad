import type { LogRecord } from '../port.ts';
import type { PartitionInfo } from './messages.ts';

/** FNV-1a over UTF-16 code units: a key stays in its partition for ever. */
export function hashKey(key: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

interface Block {
  records: LogRecord[];
  bytes: number;
}

/**
 * A partition as the main thread knows it: its ends, and its newest records in memory, so that readers at the
 * end of the log (landing, cycles, live views) never touch the disk. What is older is read from the file.
 */
export class Partition {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  begin: number;
  end: number;
  readonly #blocks: Block[] = [];
  #recentFrom: number;

  constructor(info: PartitionInfo) {
    this.id = info.id;
    this.topic = info.topic;
    this.partition = info.partition;
    this.begin = info.begin;
    this.end = info.end;
    this.#recentFrom = info.end;
  }

  /** Newest records of one commit. */
  push(records: LogRecord[], bytes: number): void {
    this.#blocks.push({ records, bytes });
    this.end = records.at(-1)!.offset + 1;
  }

  /** Forgets the oldest block in memory; returns its bytes. */
  forget(): number {
    const block = this.#blocks.shift();
    if (!block) return 0;
    this.#recentFrom = block.records.at(-1)!.offset + 1;
    return block.bytes;
  }

  /** Records from `next` on that are in memory (those of one commit), or null where the file must be asked. */
  recent(next: number): { records: readonly LogRecord[]; from: number } | null {
    if (next < this.#recentFrom) return null;
    // offsets are dense within memory: a binary search over blocks, then an index
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.#blocks[mid]!.records[0]!.offset <= next) low = mid;
      else high = mid - 1;
    }
    const block = this.#blocks[low];
    if (!block) return { records: [], from: 0 };
    return { records: block.records, from: Math.min(next - block.records[0]!.offset, block.records.length) };
  }
}
