import { describe, expect, it } from 'vitest';
import { containerFacts } from '../../testing/fake-engine.ts';
import { readContainer } from './project-container.ts';

describe('a container of a compose project', () => {
  it.each([
    [{ State: { Status: 'running' } }, 'is running', 'ready'],
    [{ State: { Status: 'running', Health: { Status: 'healthy' } } }, 'is running, healthy', 'ready'],
    [
      { State: { Status: 'running', Health: { Status: 'starting', Log: null } } },
      'is running, its health check has not passed yet',
      'waiting',
    ],
    [
      {
        State: { Status: 'running', Health: { Status: 'unhealthy', Log: [{ Output: 'GET /ready\n→ 503' }] } },
      },
      'is running, unhealthy (GET /ready → 503)',
      'waiting',
    ],
    [{ RestartCount: 2, State: { Status: 'running' } }, 'is running, 2 restarts so far', 'ready'],
    [
      { RestartCount: 1, State: { Status: 'restarting', ExitCode: 78 } },
      'exited with code 78 and is restarting, 1 restart so far',
      'waiting',
    ],
    [{ State: { Status: 'exited', ExitCode: 78 } }, 'exited with code 78', 'ended'],
    [
      { State: { Status: 'exited', ExitCode: 137, OOMKilled: true } },
      'was ended by SIGKILL (out of memory)',
      'ended',
    ],
    [
      { State: { Status: 'created', Error: 'port is already allocated' } },
      'was created and has not started (port is already allocated)',
      'waiting',
    ],
    [{ State: { Status: 'paused' } }, 'is paused', 'waiting'],
  ] as const)('with %j "%s"', (facts, state, expected) => {
    const container = readContainer(containerFacts({ service: 'gateway', ...facts }));
    expect(container.state).toBe(`container shop-gateway-1 ${state}`);
    expect(container.ready ? 'ready' : container.ended ? 'ended' : 'waiting').toBe(expected);
  });

  it.each([
    ['0.0.0.0', '127.0.0.1:18000'],
    ['', '127.0.0.1:18000'],
    ['127.0.0.1', '127.0.0.1:18000'],
    ['192.168.1.5', '192.168.1.5:18000'],
    ['::', '[::1]:18000'],
  ])('published at "%s" is reached at %s', (HostIp, address) => {
    const Ports = { '8000/tcp': [{ HostIp, HostPort: '18000' }], '8000/udp': null, '3000/tcp': null };
    const { published } = readContainer(containerFacts({ service: 'gateway', NetworkSettings: { Ports } }));
    expect([...published]).toEqual([[8000, address]]);
  });

  it('that does not run has the ports that its compose file fixes, and none that the engine chooses', () => {
    const PortBindings = { '8000/tcp': [{ HostIp: '', HostPort: '8000' }], '3000/tcp': [{ HostPort: '' }] };
    const { published } = readContainer(
      containerFacts({
        service: 'gateway',
        State: { Status: 'exited', ExitCode: 1 },
        HostConfig: { PortBindings },
      }),
    );
    expect([...published]).toEqual([[8000, '127.0.0.1:8000']]);
  });
});
