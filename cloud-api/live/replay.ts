import { dispatch } from './dispatch.ts';
import type { Positions } from './position.ts';
import { isSparkplugRecord, type NodeSource } from './sparkplug-node.ts';
import { SparkplugReplay } from './sparkplug-replay.ts';
import type { Subscription } from './subscription.ts';

/** Records that are read again for one reader at most; what lies before them is told as a gap. */
const MOST_RECORDS = 20_000;
const READ_RECORDS = 500;

/**
 * Reads what a reader has missed, from where its last event's id says, and leaves it in the subscription as text.
 * Answers where it came to. Records that the log no longer holds, that are too many, or that can't be read since the
 * births before them are not known, are told as a `gap`.
 */
export async function replay(
  source: NodeSource,
  from: Positions,
  subscription: Subscription,
  onText: () => Promise<void> | void,
): Promise<Positions> {
  const topics = [...new Set([...from.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
  const reached: Positions = new Map(from);
  const { eventLog } = source;
  const sparkplug = new SparkplugReplay(source, subscription);
  let left = MOST_RECORDS;
  for (const { topic, partition, begin, end } of await eventLog.ends(topics)) {
    const key = `${topic}/${partition}`;
    const wanted = from.get(key);
    if (wanted === undefined) continue;
    const gap = (missed: number, to: number): void =>
      subscription.gap(JSON.stringify({ topic, partition, from: missed, to }));
    // a log that ends before it was made anew: all that it holds is new
    const first = Math.max(begin, wanted > end ? begin : wanted, end - left);
    if (first !== wanted) gap(wanted, first);
    left -= Math.max(0, end - first);
    for (let next = first; next < end; ) {
      const records = await eventLog.read({ topic, partition, next }, Math.min(READ_RECORDS, end - next));
      if (records.length === 0) {
        gap(next, end);
        break;
      }
      for (const record of records) {
        if (isSparkplugRecord(record)) await sparkplug.hear(record);
        else dispatch(record, [subscription]);
      }
      next = records.at(-1)!.offset + 1;
      await onText();
    }
    reached.set(key, end);
  }
  sparkplug.tellGaps();
  return reached;
}
