import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../../cli/setup/chromium.mjs';
import { checkNamed, instrumentsAt, stackOf } from '../testing/instruments-at.ts';
import { MemoryEvidence } from '../testing/memory-evidence.ts';
import { tinyServer } from '../testing/tiny-server.ts';

const signal = new AbortController().signal;
const chromiumPath = findChromium(process.env);
const toolPaths = chromiumPath ? { chromium: chromiumPath } : {};

let tmpDir: string;
beforeEach(async () => {
  tmpDir = await mkdtemp(join(tmpdir(), 'readiness-instruments-'));
});
afterEach(async () => {
  await rm(tmpDir, { recursive: true, force: true });
});

describe.skipIf(!chromiumPath)('the browser', () => {
  it('renders pages, reaches no other host, and writes errors and a screenshot as evidence', async () => {
    await using server = await tinyServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<h1>Hello</h1><script>console.error('broken'); fetch('http://elsewhere.example/')</script>`,
      );
    });
    await using instruments = instrumentsAt(stackOf({ frontend: server.url }), {
      tmpDir,
      capabilities: new Set(['browser'] as const),
      toolPaths,
    });
    const evidence = new MemoryEvidence();
    const opened = await instruments.forCheck({
      check: checkNamed('frontend.x', ['browser']),
      signal,
      evidence,
    });
    const context = await opened.context.browser();
    const page = await context.newPage();
    const failed = page.waitForEvent('requestfailed');
    await page.goto(server.url);
    expect(await page.getByRole('heading').textContent()).toBe('Hello');
    expect((await failed).url()).toBe('http://elsewhere.example/');
    await opened[Symbol.asyncDispose]();
    const record = JSON.parse(evidence.text('browser.json'));
    expect(record.console[0]).toMatchObject({ type: 'error', text: 'broken' });
    expect(record.failedRequests[0]).toMatchObject({ status: 'net::ERR_NAME_NOT_RESOLVED' });
    expect(evidence.files.get('page.jpg')?.length).toBeGreaterThan(500);
    expect(evidence.text('page.txt')).toContain('Hello');
  });

  it('ends when the harness is killed, and writes only into the folder of the run', async () => {
    const marker = `killed-${process.pid}-${Date.now()}`;
    const before = await readdir(tmpdir());
    const script = `
      import { openBrowser } from ${JSON.stringify(new URL('./open-browser.ts', import.meta.url).href)};
      const { browser } = await openBrowser(${JSON.stringify({
        tmpDir,
        executablePath: chromiumPath,
        hosts: ['127.0.0.1'],
        env: { PYAIRTABLE_READINESS_RUN: marker },
      })} );
      await (await browser.newContext()).newPage();
      console.log('open');
      await new Promise(() => setInterval(() => undefined, 1000));`.replace(
      '} );',
      ', trackProcess: () => undefined });',
    );
    // A file, because child processes inherit a script from the command line and would start themselves again.
    const file = join(tmpDir, 'harness.mts');
    await writeFile(file, script);
    const harness = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const text of harness.stdout) if (String(text).includes('open')) break;
    expect((await processesMarked(marker)).length).toBeGreaterThan(2);
    harness.kill('SIGKILL');
    await expect.poll(() => processesMarked(marker), { timeout: 5_000 }).toEqual([]);
    const left = (await readdir(tmpdir())).filter(
      (name) => !before.includes(name) && /playwright|chromium/i.test(name),
    );
    expect(left).toEqual([]);
  });
});

/** Processes with the marker in their environment. */
async function processesMarked(marker: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.includes(marker)) found.push(pid);
  }
  return found;
}
