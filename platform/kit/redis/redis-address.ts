/** Options of the client; `url` is an argument of its own. */
export interface RedisAddress {
  url?: string;
  options: {
    path?: string;
    sentinels?: { host: string; port: number }[];
    name?: string;
    username?: string;
    password?: string;
    sentinelPassword?: string;
    db?: number;
  };
}

const unix = 'unix://';
const sentinelForm =
  /^redis\+sentinel:\/\/(?:([^:@/?]*):([^@/?]*)@)?([^@/?]+)\/([^/?]+)(?:\/(\d+))?(?:\?sentinel_password=([^&]*))?$/;
const defaultSentinelPort = 26_379;

/**
 * How to reach Redis, from its URL: `redis://[[user]:password@]host:port/db`, `rediss://…`, `unix:///path/to/socket`,
 * or `redis+sentinel://[[user]:password@]host:port,host:port/<name of the primary>[/db][?sentinel_password=…]`, whose
 * hosts are Sentinels.
 * @throws TypeError for another form
 */
export function redisAddress(url: string): RedisAddress {
  if (url.startsWith(unix)) return { options: { path: url.slice(unix.length) } };
  if (/^rediss?:\/\/\S+$/.test(url)) return { url, options: {} };
  const [, username, password, hosts = '', name, db, sentinelPassword] = sentinelForm.exec(url) ?? [];
  if (name === undefined) {
    if (url.startsWith('redis+sentinel:'))
      throw new TypeError('must be redis+sentinel://:password@host:port,host:port/<name of the primary>');
    throw new TypeError('must be a Redis URL');
  }
  return {
    options: {
      sentinels: hosts.split(',').map(sentinelAddress),
      name: decodeURIComponent(name),
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(sentinelPassword ? { sentinelPassword: decodeURIComponent(sentinelPassword) } : {}),
      db: Number(db ?? 0),
    },
  };
}

function sentinelAddress(text: string): { host: string; port: number } {
  const [, host, port = String(defaultSentinelPort)] = /^([^:\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new TypeError(`must name each Sentinel as host:port, not "${text}"`);
  return { host, port: Number(port) };
}
