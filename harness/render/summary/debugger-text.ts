/** A platform that is left running for a developer. */
export interface DebuggedPlatform {
  services: readonly { name: string; url: string; pid: number | undefined }[];
  /** Connection URL of the owner of the database; undefined where there is none. */
  postgresUrl: string | undefined;
  redisUrl: string | undefined;
  logs: string;
}

/** What a developer needs to look into the platform: addresses, processes, and commands for its stores. */
export function debuggerText({ services, postgresUrl, redisUrl, logs }: DebuggedPlatform): string {
  const width = Math.max(...services.map(({ name }) => name.length));
  const first = services.find(({ pid }) => pid !== undefined);
  return [
    'The platform keeps running.',
    ...services.map(
      ({ name, url, pid }) => `  ${name.padEnd(width)}  ${url}${pid === undefined ? '' : `  process ${pid}`}`,
    ),
    ...(postgresUrl === undefined ? [] : [`  psql '${postgresUrl}'`]),
    ...(redisUrl === undefined ? [] : [`  ${redisCommand(redisUrl)}`]),
    `  logs: ${logs}`,
    ...(first
      ? [
          `  kill -USR1 ${first.pid} opens the debugger of ${first.name}: node inspect 127.0.0.1:9229, or chrome://inspect`,
        ]
      : []),
    'Ctrl-C stops it and shows the result.',
    '',
  ].join('\n');
}

function redisCommand(url: string): string {
  const { hostname, port, password, searchParams } = new URL(url);
  const path = searchParams.get('path');
  const place = path === null ? `-h ${hostname} -p ${port || 6379}` : `-s ${path}`;
  return `redis-cli ${place} -a ${password} --no-auth-warning`;
}
