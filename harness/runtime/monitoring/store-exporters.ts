import type { StackAddresses } from '../../engine/stack.ts';
import type { RunScope } from '../folders/run-scope.ts';
import type { ProgramStart } from './start-program.ts';

/** The exporter of Redis' metrics. Without Redis it runs all the same and reports `redis_up 0`. */
export function redisExporter(command: string, { redis }: StackAddresses, scope: RunScope): ProgramStart {
  const url = redis && new URL(redis.url);
  const password = url ? decodeURIComponent(url.password) : '';
  scope.redactor.add(password);
  const path = url?.searchParams.get('path');
  return {
    name: 'redis',
    command,
    args: (address) => [`--web.listen-address=${address}`],
    env: {
      REDIS_ADDR: path ? `unix://${path}` : `redis://${url?.host ?? '127.0.0.1:6379'}`,
      // In the environment, because every user of the machine can read arguments.
      REDIS_PASSWORD: password,
    },
    readyPath: '/health',
  };
}

/** The exporter of PostgreSQL's metrics. Without PostgreSQL it runs all the same and reports `pg_up 0`. */
export function postgresExporter(
  command: string,
  { postgres }: StackAddresses,
  scope: RunScope,
): ProgramStart {
  const url = new URL(postgres?.adminUrl ?? 'postgresql://postgres@127.0.0.1:5432/postgres');
  const password = decodeURIComponent(url.password);
  scope.redactor.add(password);
  return {
    name: 'postgres',
    command,
    args: (address) => [`--web.listen-address=${address}`, '--log.level=warn'],
    env: {
      DATA_SOURCE_NAME: [
        `host=${url.searchParams.get('host') ?? url.hostname}`,
        `port=${url.port || 5432}`,
        `user=${url.username}`,
        `password=${password}`,
        `dbname=${url.pathname.slice(1)}`,
        'sslmode=disable',
      ].join(' '),
    },
    readyPath: '/metrics',
  };
}
