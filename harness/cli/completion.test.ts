import { PassThrough } from 'node:stream';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';

// On a busy machine, loading the checks takes longer than a test may.
beforeAll(() => import('./completion.ts'), 120_000);
afterEach(() => vi.restoreAllMocks());

/** What a shell gets for the words of its line; the last one is incomplete. */
async function completed(...words: string[]): Promise<string[]> {
  const printed = await cli('complete', '--', ...words);
  return printed.filter((line) => !line.startsWith(':')).map((line) => line.split('\t')[0] ?? '');
}

async function cli(...argv: string[]): Promise<string[]> {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(...text.split('\n')));
  await runCli(argv, {
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    settings: readSettings({ PATH: '' }),
    packageRoot: '',
    cacheDir: '',
    runsDir: '',
    now: () => new Date(0),
  });
  return printed;
}

describe('the completion of a shell', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['commands', ['diag'], ['diagnose']],
    ['options', ['run', '--fau'], ['--fault', '--faults']],
    ['faults', ['reproduce', 'redis.ev'], ['redis.evicts']],
    ['faults of an option', ['run', '--fault', 'redis.ev'], ['redis.evicts']],
    ['checks', ['explain', 'services.gateway.re'], ['services.gateway.ready']],
    ['sets of faults', ['run', '--faults', ''], ['assessment-2025-08-07']],
    ['parts of the catalogue', ['run', '--only', 'infrastructure.redis-'], ['infrastructure.redis-outage']],
    ['runtimes', ['reproduce', '--runtime', 'test'], ['testcontainers']],
  ])('knows %s', async (_what, words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    expect((await cli('completion', shell)).join('\n')).toContain('readiness');
  });
});
