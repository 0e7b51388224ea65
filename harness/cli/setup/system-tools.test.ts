import { expect, test } from 'vitest';
import { installations, manualCommand } from './system-tools.mjs';

const debian = { packageManager: 'apt-get', chromiumIsSnap: false } as const;
const ubuntu = { packageManager: 'apt-get', chromiumIsSnap: true } as const;

test.each([
  ['redis-server', debian, 'sudo apt-get install -y --no-install-recommends redis-server'],
  ['chromium', debian, 'sudo apt-get install -y --no-install-recommends chromium fonts-liberation'],
  ['chromium', ubuntu, 'npx playwright install --with-deps chromium'],
  ['redis-server', { ...debian, packageManager: 'dnf' }, 'sudo dnf install -y redis'],
  ['redis-server', { ...debian, packageManager: 'pacman' }, 'sudo pacman -S --noconfirm redis'],
  ['chromium', { ...debian, packageManager: 'apk' }, 'sudo apk add chromium'],
  ['redis-server', { ...debian, packageManager: 'brew' }, 'brew install redis'],
  ['chromium', { ...debian, packageManager: 'brew' }, 'npx playwright install --with-deps chromium'],
  ['python3-venv', debian, 'sudo apt-get install -y --no-install-recommends python3-venv'],
  ['python3-venv', { ...debian, packageManager: 'brew' }, 'brew install python'],
  ['python3-venv', { ...debian, packageManager: undefined }, 'https://www.python.org/downloads/'],
  ['chromium', { ...debian, packageManager: undefined }, 'npx playwright install --with-deps chromium'],
] as const)('gives the command for %s on %j: %s', (tool, system, command) => {
  expect(manualCommand(tool, system)).toBe(command);
});

test('installs all tools in one step on Debian', () => {
  const steps = installations(['redis-server', 'chromium', 'python3-venv'], debian, 'root');
  expect(steps.map((step) => step.command.join(' '))).toEqual([
    'apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends redis-server chromium fonts-liberation python3-venv',
  ]);
});

test('passes the noninteractive mode as an argument of sudo, which drops the environment', () => {
  const [step] = installations(['redis-server'], debian, 'sudo');
  expect(step?.command.slice(0, 5)).toEqual([
    'sudo',
    '-n',
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
  ]);
});

test('installs Chromium from Playwright on Ubuntu, whose own package is a snap', () => {
  const steps = installations(['redis-server', 'chromium'], ubuntu, 'root');
  expect(steps.map((step) => step.title)).toEqual([
    'system packages for redis-server',
    'chromium with its system packages, from Playwright',
  ]);
});
