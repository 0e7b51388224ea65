import { expect, it } from 'vitest';
import { databaseHosts } from './database-hosts.ts';

it('keeps a URL with one host', () => {
  expect(databaseHosts('postgresql://role:secret@127.0.0.1:5432/name')).toEqual([
    'postgresql://role:secret@127.0.0.1:5432/name',
  ]);
  expect(databaseHosts('postgresql://role:secret@localhost:5432/name?host=%2Fsockets')).toEqual([
    'postgresql://role:secret@localhost:5432/name?host=%2Fsockets',
  ]);
});

it('makes one URL per host, with its own port', () => {
  expect(
    databaseHosts(
      'postgresql://role:secret@db1:5432,db2:5433/name?target_session_attrs=read-write&sslmode=require',
    ),
  ).toEqual([
    'postgresql://role:secret@db1:5432/name?sslmode=require',
    'postgresql://role:secret@db2:5433/name?sslmode=require',
  ]);
});

it('makes one URL per socket folder', () => {
  expect(
    databaseHosts('postgresql://role@localhost:5432/name?host=%2Fa,%2Fb&target_session_attrs=primary'),
  ).toEqual([
    'postgresql://role@localhost:5432/name?host=%2Fa',
    'postgresql://role@localhost:5432/name?host=%2Fb',
  ]);
});

it.each([
  [
    'several hosts without target_session_attrs',
    'postgresql://r@a,b/n',
    /read-write, because it names several/,
  ],
  ['several hosts with any', 'postgresql://r@a,b/n?target_session_attrs=any', /because it names several/],
  ['a standby', 'postgresql://r@a/n?target_session_attrs=standby', /because services write; not standby/],
  ['an empty host', 'postgresql://r@a,/n?target_session_attrs=read-write', /between two commas/],
  ['a port that is no number', 'postgresql://r@a:x,b/n?target_session_attrs=read-write', /PostgreSQL URL/],
  [
    'a wrong number of ports',
    'postgresql://r@h/n?host=a,b&port=1,2,3&target_session_attrs=read-write',
    /one for each of the 2 hosts/,
  ],
  ['another scheme', 'mysql://r@a/n', /PostgreSQL URL/],
])('rejects %s', (_, url, message) => {
  expect(() => databaseHosts(url)).toThrow(message);
});
