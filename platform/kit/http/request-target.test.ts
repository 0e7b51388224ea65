import { expect, it } from 'vitest';
import { buildThingsService } from '../testing/things-service.ts';
import { originForm } from './request-target.ts';

it.each([
  ['http://host/api/health', '/api/health'],
  ['HTTPS://host:8000/api/users?page=2', '/api/users?page=2'],
  ['http://host', '/'],
  ['http://host?x=1', '/?x=1'],
  ['http://user@[::1]:80//double', '//double'],
  ['/api/health', '/api/health'],
  ['//host/api', '//host/api'],
  ['*', '*'],
  ['ftp://host/api', 'ftp://host/api'],
  ['http:/host/api', 'http:/host/api'],
])('reads %s as %s', (target, expected) => {
  expect(originForm(target)).toBe(expected);
});

it('lets every service serve targets in absolute form', async () => {
  await using app = buildThingsService();
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    const { port } = new URL(url);
    request({ port, host: '127.0.0.1', path: `${url}/health`, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
  expect(status).toBe(200);
});
