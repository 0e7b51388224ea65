import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { toProblem } from '../http/problem-response.ts';
import { isStoreFailure, StoreUnavailable } from './store-failure.ts';

type Fields = Record<string, unknown>;
const failure = (message: string, fields: Fields = {}) => Object.assign(new Error(message), fields);
const network = (code: string, syscall: string) =>
  failure(`${syscall} ${code} 10.1.2.3:5432`, { code, syscall });
/** As pg builds it from the server's message. */
const server = (code: string, message: string) =>
  Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, severity: 'FATAL' });
const reply = (message: string, fields: Fields = {}) => failure(message, { name: 'ReplyError', ...fields });

const away: readonly [what: string, error: unknown][] = [
  ['nothing listens', network('ECONNREFUSED', 'connect')],
  ['a missing Unix socket', failure('connect ENOENT /run/pg', { code: 'ENOENT', syscall: 'connect' })],
  ['a connection that was reset', network('ECONNRESET', 'read')],
  ['a broken pipe', network('EPIPE', 'write')],
  ['a connection that never opened', network('ETIMEDOUT', 'connect')],
  ['no route', network('EHOSTUNREACH', 'connect')],
  ['an unknown name', failure('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
  [
    'a name server that is away',
    failure('getaddrinfo EAI_AGAIN db', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
  ],
  [
    'every address of a name refusing',
    Object.assign(
      new AggregateError([network('ECONNREFUSED', 'connect'), network('ECONNREFUSED', 'connect')]),
      {
        code: 'ECONNREFUSED',
      },
    ),
  ],
  ['no server that accepts writes', new StoreUnavailable([new Error('the server is a standby')], 'none')],
  ['an administrator’s shutdown', server('57P01', 'terminating connection due to administrator command')],
  [
    'the crash of another session',
    server('57P02', 'terminating connection because of crash of another process'),
  ],
  ['a start', server('57P03', 'the database system is starting up')],
  ['a dropped database', server('57P04', 'database was dropped')],
  ['a failed connection', server('08006', 'connection failure')],
  ['too many connections', server('53300', 'sorry, too many clients already')],
  ['a full disk', server('53100', 'could not extend file: No space left on device')],
  ['a write on a standby', server('25006', 'cannot execute INSERT in a read-only transaction')],
  ['a statement over the limit', server('57014', 'canceling statement due to statement timeout')],
  ['a wrong password', server('28P01', 'password authentication failed for user "user_service"')],
  ['a missing database', server('3D000', 'database "pyairtable" does not exist')],
  ['a server that died', failure('Connection terminated unexpectedly')],
  ['a connection closed meanwhile', failure('Connection terminated')],
  ['a dead connection', failure('Client has encountered a connection error and is not queryable')],
  ['a full pool', failure('timeout exceeded when trying to connect')],
  ['a slow connection of the pool', failure('Connection terminated due to connection timeout')],
  ['a slow connection', failure('timeout expired')],
  ['no reply of PostgreSQL', failure('Query read timeout')],
  [
    'a Redis out of reach',
    failure('Reached the max retries per request limit (which is 1).', { name: 'MaxRetriesPerRequestError' }),
  ],
  ['a closed connection to Redis', failure('Connection is closed.')],
  ['no reply of Redis', failure('Command timed out')],
  [
    'a connection of Redis that never opened',
    failure('connect ETIMEDOUT', { code: 'ETIMEDOUT', syscall: 'connect' }),
  ],
  ['half a pipeline', failure('Command aborted due to connection close', { name: 'AbortError' })],
  ['no Sentinel', failure('All sentinels are unreachable. Retrying from scratch after 100ms.')],
  ['a Redis that loads its data', reply('LOADING Redis is loading the dataset in memory')],
  ['a write on a replica', reply("READONLY You can't write against a read only replica.")],
  ['a replica without its primary', reply('MASTERDOWN Link with MASTER is down')],
  ['a Redis that cannot save', reply('MISCONF Redis is configured to save RDB snapshots')],
  ['a full Redis', reply("OOM command not allowed when used memory > 'maxmemory'.")],
  ['a Redis that asks for a password', reply('NOAUTH Authentication required.')],
  [
    'a discarded transaction',
    reply('EXECABORT Transaction discarded because of previous errors.', {
      previousErrors: [reply("READONLY You can't write against a read only replica.")],
    }),
  ],
];

const present: readonly [what: string, error: unknown][] = [
  ['a missing file', failure('ENOENT: no such file', { code: 'ENOENT', syscall: 'open' })],
  ['a client that disconnects', failure('aborted', { code: 'ECONNRESET' })],
  ['another service that hangs up', failure('socket hang up', { code: 'ECONNRESET' })],
  [
    'another service out of reach',
    new TypeError('fetch failed', { cause: network('ECONNREFUSED', 'connect') }),
  ],
  ['a broken constraint', server('23505', 'duplicate key value violates unique constraint')],
  ['a wrong statement', server('42703', 'column "nonsense" does not exist')],
  [
    'wrong parameters',
    server('08P01', 'bind message supplies 1 parameters, but prepared statement requires 2'),
  ],
  ['a wrong command', reply('WRONGTYPE Operation against a key holding the wrong kind of value')],
  ['an existing group', reply('BUSYGROUP Consumer Group name already exists')],
  [
    'a transaction with a wrong command',
    reply('EXECABORT Transaction discarded because of previous errors.', {
      previousErrors: [reply('ERR unknown command')],
    }),
  ],
  ['an error of ours', new TypeError('x is not a function')],
  ['no error at all', undefined],
];

describe('isStoreFailure', () => {
  it.each(away)('recognises %s', (_what, error) => {
    expect(isStoreFailure(error)).toBe(true);
    const problem = toProblem(error);
    expect(problem).toMatchObject({ code: 'not_ready', status: 503, headers: { 'retry-after': '2' } });
    expect(problem.message).toBe('The service is not ready.');
  });

  it.each(present)('does not take %s for a store that is away', (_what, error) => {
    expect(isStoreFailure(error)).toBe(false);
  });

  it('recognises what the drivers throw when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const redis = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => 1 }).on('error', () => {});
    const errors = await Promise.all([
      new pg.Client({ host: '127.0.0.1', port }).connect().catch((error: unknown) => error),
      new pg.Client({ host: '/nonexistent' }).connect().catch((error: unknown) => error),
      redis.ping().catch((error: unknown) => error),
    ]);
    redis.disconnect();
    expect(errors.map(isStoreFailure)).toEqual([true, true, true]);
  });
});
