import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import { findChromium } from './harness/cli/setup/chromium.mjs';

const harness = process.env.HARNESS_STACK !== undefined;
const output = process.env.E2E_OUTPUT ?? resolve(import.meta.dirname, 'reports/e2e');
const chromium = findChromium(process.env);
/** Share of the usual time for one step, in (0, 1]: less in the reproduction of a fault. */
const patience = Number(process.env.E2E_PATIENCE ?? 1);
const { defaultBrowserType: _engine, ...phone } = devices['Pixel 7'];

/** Playwright records videos with its own build of ffmpeg only. */
function hasRecorder(): boolean {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright');
  return existsSync(cache) && readdirSync(cache).some((name) => name.startsWith('ffmpeg-'));
}

const recorder = hasRecorder();

/**
 * Runs alone against `npm run readiness -- up`, and once in every run of the harness, which reads the results as checks.
 * Each test has a tag with the id of its check. It stands in the root so that `npx playwright test` finds it.
 */
export default defineConfig({
  testDir: './e2e/specs',
  outputDir: join(output, 'results'),
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  workers: Number(process.env.E2E_WORKERS ?? 1),
  // A failed test is repeated for its video alone: the first result counts.
  retries: recorder ? 1 : 0,
  failOnFlakyTests: true,
  timeout: 60_000,
  expect: { timeout: 8_000 * patience },
  reporter: harness
    ? [['./e2e/result-lines.ts']]
    : [['list'], ['html', { open: 'never', outputFolder: join(output, 'report') }]],
  use: {
    locale: 'en-US',
    actionTimeout: 8_000 * patience,
    navigationTimeout: 15_000 * patience,
    screenshot: 'only-on-failure',
    // Pictures and videos of every test would cost more than the pages themselves.
    trace: { mode: 'retain-on-failure', screenshots: false },
    video: recorder ? 'on-first-retry' : 'off',
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      chromiumSandbox: process.getuid?.() !== 0,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  projects: [
    {
      name: 'desktop',
      testIgnore: ['phone.spec.ts', 'accessibility.spec.ts'],
      use: { viewport: { width: 1280, height: 800 } },
    },
    { name: 'phone', testMatch: 'phone.spec.ts', use: phone },
    { name: 'accessibility', testMatch: 'accessibility.spec.ts' },
  ],
});
