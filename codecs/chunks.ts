import {
  BATCH_LIMITS,
  type Batch,
  CHUNK_US,
  LoadcycleError,
  lastSampleUs,
  sampleTimeUs,
} from '@loadcycle/contract';

const chunkOf = (timeUs: number): number => Math.floor(timeUs / CHUNK_US);

/**
 * Throws `message.too-many-chunks` where the samples of a message stand in more stretches of {@link CHUNK_US} than
 * one transaction of the store bears (each may be a chunk of its own: tables, indexes and locks). The same for every
 * deployment, whatever width its chunks have by now, so that a log that is read again gives the same.
 */
export function checkChunks(batches: readonly Batch[]): void {
  const touched = touchedChunks(batches, BATCH_LIMITS.chunks);
  if (touched <= BATCH_LIMITS.chunks) return;
  const minutes = CHUNK_US / 60e6;
  throw new LoadcycleError(
    'message.too-many-chunks',
    `the samples stand in more than ${BATCH_LIMITS.chunks} stretches of ${minutes} minutes`,
    {
      pointer: '',
      hint: `send them in messages of ${(BATCH_LIMITS.chunks * CHUNK_US) / 3.6e9} hours at most, or of ${BATCH_LIMITS.chunks} samples`,
    },
  );
}

/** How many stretches of {@link CHUNK_US} have a sample in them; anything above `most` is only known to be more. */
export function touchedChunks(batches: readonly Batch[], most: number = Number.POSITIVE_INFINITY): number {
  if (batches.length === 1) {
    const batch = batches[0]!;
    const first = chunkOf(batch.t0Us);
    const last = chunkOf(lastSampleUs(batch));
    if (last === first) return 1;
    if (batch.dtUs !== null && batch.dtUs <= CHUNK_US) return last - first + 1;
  }
  const touched = new Set<number>();
  for (const batch of batches) {
    if (batch.dtUs !== null && batch.dtUs <= CHUNK_US) {
      const last = chunkOf(lastSampleUs(batch));
      for (let c = chunkOf(batch.t0Us); c <= last; c++) {
        touched.add(c);
        if (touched.size > most) return touched.size;
      }
    } else {
      for (let i = 0; i < batch.values.length; i++) {
        touched.add(chunkOf(sampleTimeUs(batch, i)));
        if (touched.size > most) return touched.size;
      }
    }
  }
  return touched.size;
}
