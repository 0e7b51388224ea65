import { expect, it } from 'vitest';
import { redisAddress } from './redis-address.ts';

it('reads the Sentinels, the name of the primary, the login and the database', () => {
  expect(redisAddress('redis+sentinel://app:a%40b@s1:26380,s2/platform/2?sentinel_password=c')).toEqual({
    options: {
      sentinels: [
        { host: 's1', port: 26380 },
        { host: 's2', port: 26379 },
      ],
      name: 'platform',
      username: 'app',
      password: 'a@b',
      sentinelPassword: 'c',
      db: 2,
    },
  });
});

it('leaves the URL of a single server as it is', () => {
  expect(redisAddress('redis://:secret@h:6379/0')).toEqual({ url: 'redis://:secret@h:6379/0', options: {} });
  expect(redisAddress('unix:///run/redis.sock')).toEqual({ options: { path: '/run/redis.sock' } });
});

it.each([
  ['another scheme', 'http://h', /must be a Redis URL/],
  ['Sentinels without the name of the primary', 'redis+sentinel://s1:26379', /name of the primary/],
  ['a Sentinel with a wrong port', 'redis+sentinel://s1:x/platform', /host:port, not "s1:x"/],
  ['a Sentinel without a host', 'redis+sentinel://s1,/platform', /host:port, not ""/],
])('rejects %s', (_, url, message) => {
  expect(() => redisAddress(url)).toThrow(message);
});
