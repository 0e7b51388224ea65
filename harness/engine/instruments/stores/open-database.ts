import type { Pool, PoolConfig } from 'pg';
import { SubjectFailed } from '../../failures/subject-failed.ts';
import { SubjectUnreachable } from '../../failures/subject-unreachable.ts';

/** Longest single statement and longest wait for a connection, milliseconds. */
const limitMs = 10_000;
/** Connections of one check at a time; the checks that measure concurrency say so themselves. */
const poolSize = 4;

/** Opens pools whose errors are the product's failures: SubjectUnreachable, or SubjectFailed with the SQLSTATE. */
export type OpenPool = (url: string) => Pool;

/** Loads the driver, which only checks that look at the database need. */
export async function loadPostgres(): Promise<OpenPool> {
  const { Client, Pool } = await import('pg');

  class SubjectClient extends Client {}
  SubjectClient.prototype.query = translating(Client.prototype.query);

  class SubjectPool extends Pool {}
  SubjectPool.prototype.query = translating(Pool.prototype.query);
  SubjectPool.prototype.connect = translating(Pool.prototype.connect);

  return (url) => {
    const config: PoolConfig = {
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: limitMs,
      statement_timeout: limitMs,
      query_timeout: limitMs,
      application_name: 'readiness',
      Client: SubjectClient,
    };
    const pool: Pool = new SubjectPool(config);
    // An idle connection that breaks is seen by the next query; without a listener it would end the process.
    pool.on('error', () => undefined);
    return pool;
  };
}

/** The same method, with the rejections of its promise form translated. The callback form is the driver's own. */
function translating<F extends (...args: never[]) => unknown>(method: F): F {
  return function (this: unknown, ...args: Parameters<F>): unknown {
    const result = method.apply(this, args);
    return result instanceof Promise ? result.catch(rethrow) : result;
  } as F;
}

/** SQLSTATE of a statement that cannot be parsed: the check wrote it, so it is not the product's failure. */
const syntaxError = '42601';

function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE') {
    if (code === syntaxError) throw error;
    throw new SubjectFailed(code, `PostgreSQL answered ${code}: ${error.message}`, { cause: error });
  }
  if (code.startsWith('E') || /terminated|timeout|timed out|closed/i.test(error.message)) {
    throw new SubjectUnreachable({
      address: 'PostgreSQL',
      code: code || 'CONNECTION_LOST',
      doing: error.message,
      cause: error,
    });
  }
  throw error;
}
