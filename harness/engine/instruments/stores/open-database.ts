import type { Pool, PoolConfig } from 'pg';
import { ProductUnreachable } from '../../failures/product-unreachable.ts';
import { UnexpectedResponse } from '../../failures/unexpected-response.ts';

/** Maximum time of one statement and of connecting, milliseconds. */
const limitMs = 10_000;
/** Maximum number of connections of one pool of a check. */
const poolSize = 4;

/** Opens pools whose errors are product failures: ProductUnreachable, or UnexpectedResponse with the SQLSTATE. */
export type OpenPool = (url: string) => Pool;

/** Loads the driver, which only some checks need. */
export async function loadPostgres(): Promise<OpenPool> {
  const { Client, Pool } = await import('pg');

  class ProductClient extends Client {}
  ProductClient.prototype.query = translating(Client.prototype.query);

  class ProductPool extends Pool {}
  ProductPool.prototype.query = translating(Pool.prototype.query);
  ProductPool.prototype.connect = translating(Pool.prototype.connect);

  return (url) => {
    const config: PoolConfig = {
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: limitMs,
      statement_timeout: limitMs,
      query_timeout: limitMs,
      application_name: 'readiness',
      Client: ProductClient,
    };
    const pool: Pool = new ProductPool(config);
    // The next query reports a broken idle connection; an error event without a listener would end the process.
    pool.on('error', () => undefined);
    return pool;
  };
}

/** The same method, with translated rejections. The callback form, which the driver itself uses, is unchanged. */
function translating<F extends (...args: never[]) => unknown>(method: F): F {
  return function (this: unknown, ...args: Parameters<F>): unknown {
    const result = method.apply(this, args);
    return result instanceof Promise ? result.catch(rethrow) : result;
  } as F;
}

/** SQLSTATE of a syntax error: the check wrote the statement, so it is not the product's failure. */
const syntaxError = '42601';

function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE') {
    if (code === syntaxError) throw error;
    throw new UnexpectedResponse(code, `PostgreSQL responded with ${code}: ${error.message}`, {
      cause: error,
    });
  }
  if (code.startsWith('E') || /terminated|timeout|timed out|closed/i.test(error.message)) {
    throw new ProductUnreachable({
      address: 'PostgreSQL',
      code: code || 'CONNECTION_LOST',
      doing: error.message,
      cause: error,
    });
  }
  throw error;
}
