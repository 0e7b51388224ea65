// @ts-check
import { spawn, spawnSync } from 'node:child_process';

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok True when the command ended with exit code 0.
 * @property {string} reason How it ended, one line. Empty after success.
 * @property {string} output The last lines of both output streams, in order of arrival.
 */

/** Maximum number of output lines kept to explain a failure. */
const keptLines = 200;

/**
 * Runs a command without input. Does not block, so that the caller can renew a lock meanwhile. Never throws: a
 * command that cannot be started gives a result with `ok: false`.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal }} [options] An aborted `signal` ends it.
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, { cwd, env, signal } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (/** @type {Buffer} */ chunk) => {
      output = lastLines(output + chunk.toString('utf8'), keptLines);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ ok: false, reason: error.message, output: output.trim() }));
    child.once('close', (code, endedBy) => {
      const reason = code === 0 ? '' : code === null ? `ended by ${endedBy}` : `exit code ${code}`;
      resolve({ ok: code === 0, reason, output: output.trim() });
    });
  });
}

/**
 * Output of a short command such as `--version`, or undefined when it fails or takes more than 10 seconds.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {string | undefined}
 */
export function commandOutput(command, args, { env } = {}) {
  const result = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  });
  return result.status === 0 ? result.stdout : undefined;
}

/**
 * @param {string} text
 * @param {number} count
 */
export function lastLines(text, count) {
  return text.split('\n').slice(-count).join('\n');
}
