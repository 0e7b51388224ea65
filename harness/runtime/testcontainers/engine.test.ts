import { describe, expect, test } from 'vitest';
import { exitCode } from '../../errors/exit-code.ts';
import { rejectRemoteAddress } from './engine.ts';

describe('the address of the container engine', () => {
  test.each([
    undefined,
    '',
    'unix:///var/run/docker.sock',
    'npipe:////./pipe/docker_engine',
    'tcp://localhost:2375',
    'tcp://[::1]:2375',
    'https://127.0.0.1:2376',
  ])('may be on this machine: %s', (address) => {
    expect(() => rejectRemoteAddress(address, 'DOCKER_HOST')).not.toThrow();
  });

  test.each([
    'tcp://build.example.com:2376',
    'ssh://ops@127.0.0.1',
    'tcp://127.0.0.1.example.com:2375',
    'build.example.com',
    'tcp://10.0.0.4:2375',
  ])('is rejected with the way to fix it when it is remote: %s', (address) => {
    expect(() => rejectRemoteAddress(address, 'DOCKER_HOST')).toThrow(
      expect.objectContaining({
        code: 'engine-remote',
        exitCode: exitCode.harness,
        message: `The container engine is on another machine: DOCKER_HOST is "${address}".`,
        hint: expect.stringContaining('unix:///var/run/docker.sock'),
      }),
    );
  });
});
