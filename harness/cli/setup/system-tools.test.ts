import { expect, test } from 'vitest';
import { installations, manualCommand } from './system-tools.mjs';

const debian = { packageManager: 'apt-get', packsChromiumAsSnap: false } as const;
const ubuntu = { packageManager: 'apt-get', packsChromiumAsSnap: true } as const;

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
] as const)('the command for %s on %j is %s', (tool, system, command) => {
  expect(manualCommand(tool, system)).toBe(command);
});

test('Debian installs all tools in one step', () => {
  const steps = installations(['redis-server', 'chromium', 'python3-venv'], debian, 'root');
  expect(steps.map((step) => step.command.join(' '))).toEqual([
    'apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends redis-server chromium fonts-liberation python3-venv',
  ]);
});

test('sudo gets the noninteractive mode as an argument because it drops the environment', () => {
  const [step] = installations(['redis-server'], debian, 'sudo');
  expect(step?.command.slice(0, 5)).toEqual([
    'sudo',
    '-n',
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
  ]);
});

test('Ubuntu takes Chromium from Playwright, because its own package is a snap', () => {
  const steps = installations(['redis-server', 'chromium'], ubuntu, 'root');
  expect(steps.map((step) => step.title)).toEqual([
    'system packages for redis-server',
    'chromium with its system packages, as Playwright packs it',
  ]);
});
