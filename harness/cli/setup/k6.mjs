// @ts-check
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, isExecutable } from './find-executable.mjs';
import { commandOutput, lastLines, runCommand } from './run-command.mjs';

const k6Module = 'go.k6.io/k6@v1.8.1';
/** Oldest Go that builds this k6, major and minor. */
const neededGo = [1, 25];

/**
 * What READINESS_K6 names, else k6 from the PATH, else the one built by the setup.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findK6(root, env) {
  if (env.READINESS_K6) return isExecutable(env.READINESS_K6) ? env.READINESS_K6 : undefined;
  const built = join(root, '.tools', 'k6');
  return findExecutable(['k6'], env) ?? (isExecutable(built) ? built : undefined);
}

/**
 * What makes k6 available here by hand.
 *
 * @param {boolean} hasGo
 */
export function manualK6Command(hasGo) {
  const build = `GOBIN="$PWD/.tools" go install ${k6Module}`;
  return hasGo
    ? build
    : `install k6 (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go ${neededGo.join('.')} and then: ${build}`;
}

/**
 * The Go on the PATH when it is recent enough.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findRecentGo(env) {
  const go = findExecutable(['go'], env);
  if (go === undefined) return undefined;
  const version = /\bgo(\d+)\.(\d+)/.exec(commandOutput(go, ['version'], { env }) ?? '');
  if (version === null) return undefined;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [neededMajor = 0, neededMinor = 0] = neededGo;
  return major > neededMajor || (major === neededMajor && minor >= neededMinor) ? go : undefined;
}

/**
 * Builds k6 into `.tools` where Go is; says what to do elsewhere. A failure leaves k6 missing.
 *
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void, signal: AbortSignal }} options
 */
export async function provideK6(root, { env, mayInstall, say, signal }) {
  if (findK6(root, env) !== undefined) return;
  if (env.READINESS_K6) {
    say(`READINESS_K6 names ${env.READINESS_K6}, which cannot be executed; load checks will be unmeasured`);
    return;
  }
  const go = findRecentGo(env);
  if (go === undefined || !mayInstall) {
    say(`Missing: k6. Load checks will be unmeasured. To get it: ${manualK6Command(go !== undefined)}`);
    return;
  }
  say(`Building k6 into .tools (about 80 s, once): go install ${k6Module}`);
  const workshop = join(root, '.tools', 'k6-build');
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  const result = await runCommand(go, ['install', '-modcacherw', k6Module], {
    // Outside of any module, and with caches of its own that are removed again: nothing is left on the machine.
    cwd: workshop,
    signal,
    env: {
      ...env,
      GOBIN: join(workshop, 'bin'),
      GOPATH: join(workshop, 'path'),
      GOMODCACHE: join(workshop, 'path', 'mod'),
      GOCACHE: join(workshop, 'cache'),
      GOPROXY: proxiesWithLocalDownloads(go, env),
      GOTOOLCHAIN: 'local',
    },
  });
  if (result.ok) renameSync(join(workshop, 'bin', 'k6'), join(root, '.tools', 'k6'));
  else if (!signal.aborted)
    say(
      `That failed (${result.reason}), going on without k6; load checks will be unmeasured:\n${lastLines(result.output, 10)}`,
    );
  rmSync(workshop, { recursive: true, force: true });
}

/**
 * Modules that this machine has downloaded before are taken from there.
 *
 * @param {string} go
 * @param {NodeJS.ProcessEnv} env
 */
function proxiesWithLocalDownloads(go, env) {
  const [cache = '', proxies = ''] = (
    commandOutput(go, ['env', 'GOMODCACHE', 'GOPROXY'], { env }) ?? ''
  ).split('\n');
  return [cache && `file://${cache}/cache/download`, proxies].filter((part) => part !== '').join(',');
}
