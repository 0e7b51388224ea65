import type { Redis } from 'ioredis';
import { ProductUnreachable } from '../../failures/product-unreachable.ts';
import { UnexpectedResponse } from '../../failures/unexpected-response.ts';

/** Maximum time of connecting and of one command, milliseconds. */
const limitMs = 5_000;

/** Opens clients whose errors are product failures, as in `loadPostgres`. They never retry. */
export type OpenRedis = (url: string) => Redis;

/** Loads the driver, which only some checks need. */
export async function loadRedis(): Promise<OpenRedis> {
  const ioredis = await import('ioredis');

  class ProductRedis extends ioredis.Redis {
    override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
      const reply = super.sendCommand(...args);
      return reply instanceof Promise ? reply.catch(rethrow) : reply;
    }
  }

  return (url) => {
    const client = new ProductRedis(url, {
      lazyConnect: true,
      connectTimeout: limitMs,
      commandTimeout: limitMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectionName: 'readiness',
    });
    // The failed command reports the error; without a listener the client would print it as well.
    client.on('error', () => undefined);
    return client;
  };
}

function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  if (error.name === 'ReplyError') {
    const code = error.message.split(' ', 1)[0] ?? 'ERR';
    throw new UnexpectedResponse(code, `Redis responded with ${error.message}`, { cause: error });
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECTION_LOST';
  throw new ProductUnreachable({ address: 'Redis', code, doing: error.message, cause: error });
}
