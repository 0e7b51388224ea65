import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { runIdVariable } from '../../../runtime/reaper/reaper.ts';
import { leftOnMachine, takeSnapshot } from './process-leftovers.ts';

const nothing = { processes: [], reaper: undefined, sockets: new Map(), mappedFiles: [] };

test.runIf(existsSync('/proc/self/environ'))(
  'the proof names a process, its socket and a folder that a killed harness has left',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pyairtable-readiness-'));
    const run = basename(folder).replace('pyairtable-readiness-', 'run-');
    const left = spawn(
      process.execPath,
      ['-e', "require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('listening'))"],
      { env: { [runIdVariable]: run }, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      await once(left.stdout, 'data');
      const snapshot = takeSnapshot(process.pid);
      expect(snapshot.processes.map(({ pid }) => pid)).toContain(left.pid);
      expect(leftOnMachine(nothing, run)).toEqual([expect.stringMatching(`^process ${left.pid} .*node`)]);
      expect(leftOnMachine(nothing, basename(folder))).toEqual([`folder ${folder}`]);
      const own = { ...snapshot, processes: snapshot.processes.filter(({ pid }) => pid === left.pid) };
      expect(leftOnMachine(own, undefined)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(`^process ${left.pid} `),
          expect.stringMatching(/^listening socket port \d+$/),
        ]),
      );
      left.kill('SIGKILL');
      await once(left, 'exit');
      expect(leftOnMachine({ ...own, sockets: new Map() }, run)).toEqual([]);
    } finally {
      left.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test('the proof names nothing of another run', () => {
  expect(leftOnMachine(nothing, 'run-of-nobody')).toEqual([]);
});
