import type { Redis } from 'ioredis';
import { SubjectFailed } from '../../failures/subject-failed.ts';
import { SubjectUnreachable } from '../../failures/subject-unreachable.ts';

/** Longest wait for the connection and for one answer, milliseconds. */
const limitMs = 5_000;

/** Opens clients whose errors are the product's failures, like those of `loadPostgres`. They never retry. */
export type OpenRedis = (url: string) => Redis;

/** Loads the driver, which only checks that look at Redis need. */
export async function loadRedis(): Promise<OpenRedis> {
  const ioredis = await import('ioredis');

  class SubjectRedis extends ioredis.Redis {
    override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
      const answer = super.sendCommand(...args);
      return answer instanceof Promise ? answer.catch(rethrow) : answer;
    }
  }

  return (url) => {
    const client = new SubjectRedis(url, {
      lazyConnect: true,
      connectTimeout: limitMs,
      commandTimeout: limitMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectionName: 'readiness',
    });
    // The failing command tells what happened; without a listener the client would print it as well.
    client.on('error', () => undefined);
    return client;
  };
}

function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  if (error.name === 'ReplyError') {
    const code = error.message.split(' ', 1)[0] ?? 'ERR';
    throw new SubjectFailed(code, `Redis answered ${error.message}`, { cause: error });
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECTION_LOST';
  throw new SubjectUnreachable({ address: 'Redis', code, doing: error.message, cause: error });
}
