import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installSystemTools, missingSystemTools, unsupportedSystemTools } from './system-tools.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'system-tools-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const say = (line: string): void => {
  said.push(line);
};

/** A machine with only the fake commands of the test. Its sudo needs no password. */
function machine(): NodeJS.ProcessEnv {
  fakeCommand(folder, 'sudo', 'shift 2>/dev/null; [ "$1" = true ] || exec "$@"');
  fakeCommand(folder, 'env', 'shift; exec "$@"');
  fakeCommand(folder, 'chromium', '');
  fakeCommand(folder, 'python3', 'exit 0');
  return { PATH: folder, HOME: folder };
}

describe('installing', () => {
  test('prints what it installs first, and nothing after success', async () => {
    const env = machine();
    fakeCommand(
      folder,
      'apt-get',
      `echo "$@" >>"${folder}/calls"\nprintf '#!/bin/sh\\n' >"${folder}/redis-server"; /bin/chmod +x "${folder}/redis-server"`,
    );
    let announcedFirst = false;
    await installSystemTools(['redis-server'], {
      root: folder,
      env,
      mayInstall: true,
      say: (line) => {
        announcedFirst = !existsSync(join(folder, 'calls'));
        say(line);
      },
    });
    expect(announcedFirst).toBe(true);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^Installing system packages for redis-server: .*install .*redis-server$/);
    expect(missingSystemTools(folder, env)).toEqual([]);
  });

  test('updates the package lists only after a failure, then tries once more', async () => {
    fakeCommand(folder, 'apt-get', `echo "$3" >>"${folder}/calls"; exit 100`);
    await installSystemTools(['redis-server'], { root: folder, env: machine(), mayInstall: true, say });
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('install\nupdate\ninstall\n');
  });

  test('prints the reason and the command after a failure, and does not throw', async () => {
    fakeCommand(folder, 'apt-get', 'echo "E: no network" >&2; exit 100');
    await installSystemTools(['redis-server'], { root: folder, env: machine(), mayInstall: true, say });
    expect(said[1]).toMatch(/^That failed: exit code 100\nE: no network/);
    expect(said[2]).toMatch(/^Missing: redis-server\. .*sudo apt-get install .*redis-server$/);
  });

  test('prints only the command when it is turned off', async () => {
    fakeCommand(folder, 'apt-get', `echo called >"${folder}/calls"`);
    await installSystemTools(['redis-server'], { root: folder, env: machine(), mayInstall: false, say });
    expect(existsSync(join(folder, 'calls'))).toBe(false);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/sudo apt-get install .*redis-server$/);
  });

  test('prints only the command on systems other than Debian', async () => {
    fakeCommand(folder, 'dnf', `echo called >"${folder}/calls"`);
    await installSystemTools(['redis-server'], { root: folder, env: machine(), mayInstall: true, say });
    expect(existsSync(join(folder, 'calls'))).toBe(false);
    expect(said[0]).toMatch(/sudo dnf install -y redis$/);
  });

  test('does not install a browser when READINESS_CHROMIUM is not executable', async () => {
    fakeCommand(folder, 'apt-get', `echo called >"${folder}/calls"`);
    const env = { ...machine(), READINESS_CHROMIUM: '/nowhere/chrome' };
    await installSystemTools(['chromium'], { root: folder, env, mayInstall: true, say });
    expect(existsSync(join(folder, 'calls'))).toBe(false);
    expect(said).toEqual([expect.stringContaining('/nowhere/chrome')]);
  });
});

describe('python3-venv', () => {
  const python = (script: string) => fakeCommand(folder, 'python3', script);
  const missing = () => {
    const env = machine();
    fakeCommand(folder, 'redis-server', '');
    return { env, tools: () => missingSystemTools(folder, env) };
  };

  test('is missing when Python has no module venv', () => {
    const { tools } = missing();
    python('echo "No module named ensurepip" >&2; exit 1');
    expect(tools()).toEqual(['python3-venv']);
  });

  test('is missing without Python', () => {
    const { tools } = missing();
    rmSync(join(folder, 'python3'));
    expect(tools()).toEqual(['python3-venv']);
  });

  test('is not needed once the virtual environment exists', () => {
    const { tools } = missing();
    python('exit 1');
    fakeCommand(join(folder, '.tools', 'python', 'bin'), 'python', '');
    expect(tools()).toEqual([]);
  });

  test('is installed with a message, like the other system packages', async () => {
    const { env, tools } = missing();
    python('exit 1');
    fakeCommand(folder, 'apt-get', `printf '#!/bin/sh\n' >"${folder}/python3"`);
    await installSystemTools(tools(), { root: folder, env, mayInstall: true, say });
    expect(said).toEqual([
      expect.stringMatching(/^Installing system packages for python3-venv: .*install .*python3-venv$/),
    ]);
    expect(tools()).toEqual([]);
  });
});

describe('the version of Redis', () => {
  test('is reported with the needed version when it is older than 7', () => {
    fakeCommand(folder, 'redis-server', 'echo "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1"');
    expect(unsupportedSystemTools({ PATH: folder })).toEqual([
      expect.stringMatching(/redis-server is version 6\.0\.16; the platform needs Redis 7/),
    ]);
  });

  test.each(['7.0.15', '8.2.1', '10.0.0'])('is supported: %s', (version) => {
    fakeCommand(folder, 'redis-server', `echo "Redis server v=${version} sha=00000000:0"`);
    expect(unsupportedSystemTools({ PATH: folder })).toEqual([]);
  });

  test('is reported when the program does not print it', () => {
    fakeCommand(folder, 'redis-server', 'exit 1');
    expect(unsupportedSystemTools({ PATH: folder })[0]).toContain('unknown version');
  });
});
