// @ts-check
import { findChromium } from './chromium.mjs';
import { operatingSystem } from './operating-system.mjs';
import { privileges } from './privileges.mjs';
import { lacksVenv } from './python.mjs';
import { findRedis, redisMajor } from './redis.mjs';
import { lastLines, runCommand } from './run-command.mjs';

/**
 * @typedef {import('./operating-system.mjs').OperatingSystem} OperatingSystem
 * @typedef {import('./operating-system.mjs').PackageManager} PackageManager
 * @typedef {'redis-server' | 'chromium' | 'python3-venv' | 'promtool' | 'monitoring' | 'java'} SystemTool
 *
 * @typedef {object} Installation
 * @property {string} title What is installed, for the message.
 * @property {readonly string[]} command
 * @property {readonly string[]} [beforeRetry] Run before the one retry of a failed `command`.
 */

/** @type {Record<PackageManager, Record<SystemTool, readonly string[]>>} */
const packageNames = {
  // For Debian's Chromium a font is only a recommendation, but screenshots are unreadable without any font.
  'apt-get': {
    'redis-server': ['redis-server'],
    chromium: ['chromium', 'fonts-liberation'],
    'python3-venv': ['python3-venv'],
    promtool: ['prometheus'],
    monitoring: [
      'prometheus',
      'prometheus-alertmanager',
      'prometheus-blackbox-exporter',
      'prometheus-node-exporter',
      'prometheus-postgres-exporter',
      'prometheus-redis-exporter',
    ],
    java: ['default-jre-headless'],
  },
  dnf: {
    'redis-server': ['redis'],
    chromium: ['chromium'],
    'python3-venv': ['python3'],
    promtool: ['golang-github-prometheus'],
    monitoring: [],
    java: ['java-latest-openjdk-headless'],
  },
  pacman: {
    'redis-server': ['redis'],
    chromium: ['chromium'],
    'python3-venv': ['python'],
    promtool: ['prometheus'],
    monitoring: [],
    java: ['jre-openjdk-headless'],
  },
  apk: {
    'redis-server': ['redis'],
    chromium: ['chromium'],
    'python3-venv': ['python3'],
    promtool: ['prometheus'],
    monitoring: [],
    java: ['openjdk21-jre-headless'],
  },
  brew: {
    'redis-server': ['redis'],
    chromium: [],
    'python3-venv': ['python'],
    promtool: ['prometheus'],
    monitoring: [],
    java: ['temurin'],
  },
};

/** Instructions for systems without a known package manager. @type {Record<SystemTool, string>} */
const instructions = {
  'redis-server': 'https://redis.io/docs/latest/operate/oss_and_stack/install/',
  chromium: 'npx playwright install --with-deps chromium',
  'python3-venv': 'https://www.python.org/downloads/',
  promtool: 'https://prometheus.io/download/',
  monitoring: 'https://prometheus.io/download/',
  java: 'https://adoptium.net/installation/',
};

/** @type {Record<PackageManager, string>} */
const installCommands = {
  'apt-get': 'sudo apt-get install -y --no-install-recommends',
  dnf: 'sudo dnf install -y',
  pacman: 'sudo pacman -S --noconfirm',
  apk: 'sudo apk add',
  brew: 'brew install',
};

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {SystemTool[]} Tools that are not installed.
 */
export function missingSystemTools(root, env) {
  /** @type {SystemTool[]} */
  const missing = [];
  if (findRedis(env) === undefined) missing.push('redis-server');
  if (findChromium(env) === undefined) missing.push('chromium');
  if (lacksVenv(root, env)) missing.push('python3-venv');
  return missing;
}

/**
 * Installed tools that the platform does not support, one sentence each.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function unsupportedSystemTools(env) {
  const redis = findRedis(env);
  if (redis === undefined || redis.recent) return [];
  const version = redis.version === undefined ? 'of unknown version' : `version ${redis.version}`;
  return [
    `${redis.path} is ${version}; the platform needs Redis ${redisMajor} or newer: see ${instructions['redis-server']}`,
  ];
}

/**
 * The command or address for installing a tool by hand on this system.
 *
 * @param {SystemTool} tool
 * @param {OperatingSystem} system
 * @returns {string}
 */
export function manualCommand(tool, { packageManager, chromiumIsSnap }) {
  if (packageManager === undefined || (tool === 'chromium' && chromiumIsSnap)) return instructions[tool];
  const packages = packageNames[packageManager][tool];
  return packages.length === 0
    ? instructions[tool]
    : `${installCommands[packageManager]} ${packages.join(' ')}`;
}

/**
 * Installs missing tools where no prompt is needed: on Debian and Ubuntu, as root or with sudo that needs no
 * password. Prints each installation first. For a tool that stays missing it prints the command to install it;
 * it does not throw.
 *
 * @param {readonly SystemTool[]} missing
 * @param {{ root: string, env: NodeJS.ProcessEnv, mayInstall: boolean, say: (line: string) => void }} options
 */
export async function installSystemTools(missing, { root, env, mayInstall, say }) {
  const wanted = missing.filter((tool) => !(tool === 'chromium' && env.READINESS_CHROMIUM));
  if (wanted.length < missing.length)
    say(
      `READINESS_CHROMIUM names ${env.READINESS_CHROMIUM}, which is not executable; browser checks will be unmeasured`,
    );
  if (wanted.length === 0) return;
  const system = operatingSystem(env);
  const rights = mayInstall && system.packageManager === 'apt-get' ? privileges(env) : 'none';
  for (const installation of rights === 'none' ? [] : installations(wanted, system, rights)) {
    say(`Installing ${installation.title}: ${installation.command.join(' ')}`);
    const failure = await install(installation, root, env);
    if (failure !== undefined) say(`That failed: ${failure}`);
  }
  for (const tool of wanted) {
    if (missingSystemTools(root, env).includes(tool))
      say(
        `Missing: ${tool}. Checks that need it will be unmeasured. To install it: ${manualCommand(tool, system)}`,
      );
  }
}

/**
 * The commands that install `missing` on a Debian-like system.
 *
 * @param {readonly SystemTool[]} missing
 * @param {OperatingSystem} system
 * @param {'root' | 'sudo'} rights
 * @returns {Installation[]}
 */
export function installations(missing, system, rights) {
  const prefix = rights === 'sudo' ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : [];
  // Another installation on the same machine may hold dpkg's lock.
  const apt = [...prefix, 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];
  const byPlaywright = system.chromiumIsSnap && missing.includes('chromium');
  const byApt = missing.filter((tool) => !(tool === 'chromium' && byPlaywright));
  /** @type {Installation[]} */
  const result = [];
  if (byApt.length > 0) {
    const packages = byApt.flatMap((tool) => packageNames['apt-get'][tool]);
    result.push({
      title: `system packages for ${new Intl.ListFormat('en').format(byApt)}`,
      command: [...apt, 'install', '-y', '--no-install-recommends', ...packages],
      beforeRetry: [...apt, 'update'],
    });
  }
  if (byPlaywright)
    result.push({
      title: 'chromium with its system packages, from Playwright',
      command: [
        'node_modules/node/bin/node',
        'node_modules/@playwright/test/cli.js',
        'install',
        '--with-deps',
        'chromium',
      ],
    });
  return result;
}

/**
 * @param {Installation} installation
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} Why it failed.
 */
async function install({ command, beforeRetry }, root, env) {
  const run = (/** @type {readonly string[]} */ [program = '', ...args]) =>
    runCommand(program, args, { cwd: root, env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } });
  let result = await run(command);
  if (!result.ok && beforeRetry !== undefined) {
    // The usual reason is a missing or outdated package list.
    await run(beforeRetry);
    result = await run(command);
  }
  return result.ok ? undefined : `${result.reason}\n${lastLines(result.output, 10)}`;
}
