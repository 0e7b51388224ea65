import { describe, expect, it } from 'vitest';
import { throughPort } from './link-address.ts';

describe('the URL of a peer through a port', () => {
  it.each([
    ['http://127.0.0.1:8007', 'http://127.0.0.1:9000', { host: '127.0.0.1', port: 8007 }],
    ['http://model.test/base', 'http://127.0.0.1:9000/base', { host: 'model.test', port: 80 }],
    ['http://[::1]:8007', 'http://127.0.0.1:9000', { host: '::1', port: 8007 }],
    [
      'postgresql://role:secret@db:5433/name',
      'postgresql://role:secret@127.0.0.1:9000/name',
      { host: 'db', port: 5433 },
    ],
    [
      'postgresql://role:secret@localhost:5432/name?host=%2Frun%2Fsockets',
      'postgresql://role:secret@127.0.0.1:9000/name',
      { path: '/run/sockets/.s.PGSQL.5432' },
    ],
    [
      'redis://default:secret@localhost/0?path=%2Frun%2Fredis.sock',
      'redis://default:secret@127.0.0.1:9000/0',
      { path: '/run/redis.sock' },
    ],
    ['smtp://127.0.0.1:2525', 'smtp://127.0.0.1:9000', { host: '127.0.0.1', port: 2525 }],
  ])('%s becomes %s', (url, through, target) => {
    expect(throughPort(url, 9000)).toEqual({ url: through, target });
  });

  it.each([
    'postgresql://role:secret@localhost/name?host=/a,/b&target_session_attrs=read-write',
    'postgresql://role:secret@one,two/name?target_session_attrs=read-write',
    'redis+sentinel://one,two/main',
    'unix:///run/redis.sock',
    'nothing',
  ])('%s cannot lead through one port', (url) => {
    expect(() => throughPort(url, 9000)).toThrow(TypeError);
  });
});
