import { describe, expect, it } from 'vitest';
import { exitCode } from '../errors/exit-code.ts';
import { spawnHarness } from './testing/spawned-harness.ts';

describe.runIf(process.platform === 'linux')('a run on containers', () => {
  it.each([
    ['no engine responds', 'unix:///run/no-engine-here.sock', 'No container engine responds'],
    ['the engine is on another machine', 'ssh://ops@build.example.com', 'DOCKER_HOST is "ssh://ops@build'],
  ])('ends with exit code 4 and the way to fix it where %s', async (_, DOCKER_HOST, message) => {
    await using harness = await spawnHarness(
      ['run', '--runtime', 'testcontainers', '--only', 'services.gateway.ready'],
      { DOCKER_HOST },
    );
    expect(await harness.ended(), harness.output()).toBe(exitCode.harness);
    const output = harness.output().replaceAll(/\s+/g, ' ');
    expect(output).toContain(message);
    expect(output).toMatch(/how to fix: .*DOCKER_HOST/);
  });
});
