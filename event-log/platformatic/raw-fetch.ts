import {
  type Broker,
  type Callback,
  type Connection,
  ConnectionPool,
  type fetchV17,
  type Reader,
  ResponseError,
} from '@platformatic/kafka';

type FetchResponse = ReturnType<typeof fetchV17.parseResponse>;
type Partition = FetchResponse['responses'][number]['partitions'][number];

/** A partition of a fetch's answer with its record batches as they came. */
export type RawPartition = Omit<Partition, 'records'> & { records: Buffer | null };
export interface RawResponse extends Omit<FetchResponse, 'responses'> {
  responses: { topicId: string; partitions: RawPartition[] }[];
}

export const FETCH = 1;
/** from here on answers name topics by id; they are alike up to 17 but for what is tagged */
export const FIRST_VERSION = 13;

/**
 * Connections that leave the records of a fetch packed. The client itself unpacks a whole answer at once: a few megabytes
 * of equal messages become gigabytes. `fetch` with this pool answers a {@link RawResponse}.
 */
export class RawFetchPool extends ConnectionPool {
  readonly #wrapped = new WeakMap<Connection, Connection>();

  override get(broker: Broker, callback?: Callback<Connection>): Promise<Connection> {
    if (callback === undefined) return super.get(broker).then((connection) => this.#wrap(connection));
    super.get(broker, (error, connection) => {
      if (error) callback(error);
      else callback(null, this.#wrap(connection!));
    });
    return undefined as never;
  }

  #wrap(connection: Connection): Connection {
    let wrapped = this.#wrapped.get(connection);
    if (wrapped === undefined) {
      const send = (...args: Parameters<Connection['send']>): void => {
        const [apiKey, apiVersion] = args;
        if (apiKey === FETCH && apiVersion >= FIRST_VERSION) args[3] = parse as (typeof args)[3];
        connection.send(...args);
      };
      wrapped = new Proxy(connection, {
        get: (target, name) => {
          if (name === 'send') return send;
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      this.#wrapped.set(connection, wrapped);
    }
    return wrapped;
  }
}

/** A Fetch response (version 13 and later, https://kafka.apache.org/protocol#The_Messages_Fetch) without its records. */
function parse(_correlationId: number, apiKey: number, apiVersion: number, reader: Reader): RawResponse {
  const errors: Record<string, [number, null]> = {};
  const throttleTimeMs = reader.readInt32();
  const errorCode = reader.readInt16();
  if (errorCode !== 0) errors[''] = [errorCode, null];
  const sessionId = reader.readInt32();
  const responses = reader.readArray((r, i) => ({
    topicId: r.readUUID(),
    partitions: r.readArray(
      (p, j) => {
        const partition = readPartition(p);
        const { errorCode: code } = partition;
        if (code !== 0) errors[`/responses/${i}/partitions/${j}`] = [code, null];
        return partition;
      },
      true,
      false,
    ),
  }));
  reader.readTaggedFields();
  const response: RawResponse = {
    throttleTimeMs,
    errorCode,
    sessionId,
    nodeEndpoints: [],
    responses,
  };
  if (Object.keys(errors).length > 0) {
    throw new ResponseError(apiKey, apiVersion, errors, response);
  }
  return response;
}

function readPartition(r: Reader): RawPartition {
  const partition: RawPartition = {
    partitionIndex: r.readInt32(),
    errorCode: r.readInt16(),
    highWatermark: r.readInt64(),
    lastStableOffset: r.readInt64(),
    logStartOffset: r.readInt64(),
    divergingEpoch: { epoch: -1, endOffset: -1n },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1n, epoch: -1 },
    abortedTransactions: r.readNullableArray((a) => ({
      producerId: a.readInt64(),
      firstOffset: a.readInt64(),
    })) as RawPartition['abortedTransactions'],
    preferredReadReplica: r.readInt32(),
    records: null,
  };
  // compact: one more than its length, 0 for none
  const length = r.readUnsignedVarInt() - 1;
  if (length > 0) {
    // a copy: the connection goes on using its buffer
    partition.records = Buffer.from(r.buffer.slice(r.position, r.position + length));
    r.skip(length);
  }
  r.readTaggedFields();
  return partition;
}
