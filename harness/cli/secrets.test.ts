import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '../errors/exit-code.ts';
import { readSettings } from '../run/settings.ts';
import { runCli } from './run-cli.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'secrets-cli-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Runs `secrets` in a package that has nothing but the folder. */
async function secrets(...options: string[]) {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const code = await runCli(['secrets', ...options], {
    stdout,
    stderr,
    settings: readSettings({ PATH: '' }),
    packageRoot: root,
    cacheDir: root,
    runsDir: root,
    now: () => new Date(),
  });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

/** The texts of the files of a folder, by name. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

test('secrets are written once, named in .env, and never printed', async () => {
  const first = await secrets();
  expect(first, first.err).toMatchObject({ code: exitCode.ok, err: '' });
  const folder = join(root, 'secrets');
  const files = await filesOf(folder);
  for (const name of Object.keys(files)) expect(first.out).toContain(`Wrote secrets/${name}\n`);
  for (const [name, text] of Object.entries(files))
    if (text.length >= 8) expect(first.out, name).not.toContain(text.trim());
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readFile(join(root, '.env'), 'utf8')).toBe('PYAIRTABLE_SECRETS=./secrets\n');

  const second = await secrets();
  expect(second.code).toBe(exitCode.ok);
  expect(second.out).toContain('secrets is complete. Nothing was changed.');
  expect(await filesOf(folder)).toEqual(files);
  expect(await readFile(join(root, '.env'), 'utf8')).toBe('PYAIRTABLE_SECRETS=./secrets\n');
});

test('the docker-compose.yml of the repository finds each of its secrets', async () => {
  await secrets('--alert-webhook', 'https://alerts.example.com/hook');
  const names = await readdir(join(root, 'secrets'));
  for (const file of ['docker-compose.yml', 'docker-compose.monitoring.yml', 'docker-compose.lgtm.yml']) {
    const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8');
    for (const [, name] of text.matchAll(/PYAIRTABLE_SECRETS[^}]*\}\/([a-z_]+)/g))
      expect(names).toContain(name);
  }
});

test('a lost file is written again and fits the others', async () => {
  await secrets();
  const folder = join(root, 'secrets');
  const files = await filesOf(folder);
  await rm(join(folder, 'redis_url'));
  const { out } = await secrets();
  expect(out).toContain('Wrote secrets/redis_url\n');
  expect(out.match(/^Wrote /gm)).toHaveLength(1);
  expect(await filesOf(folder)).toEqual(files);
});

test('another folder is named in .env with its own path, and other lines of .env stay', async () => {
  await writeFile(join(root, '.env'), 'LOG_LEVEL=debug');
  const outside = await mkdtemp(join(tmpdir(), 'secrets-elsewhere-'));
  try {
    expect((await secrets('--folder', outside)).code).toBe(exitCode.ok);
    expect(await readFile(join(root, '.env'), 'utf8')).toBe(
      `LOG_LEVEL=debug\nPYAIRTABLE_SECRETS=${outside}\n`,
    );
  } finally {
    await rm(outside, { recursive: true });
  }
});

test('the address of alerts is a file, and its absence is reported', async () => {
  expect((await secrets()).out).toContain('readiness secrets --alert-webhook <url>');
  const { out } = await secrets('--alert-webhook', 'https://alerts.example.com/hook');
  expect(out).toBe('Wrote secrets/alert_webhook_url\n');
  expect(await readFile(join(root, 'secrets/alert_webhook_url'), 'utf8')).toBe(
    'https://alerts.example.com/hook',
  );
});

test('an address of alerts that is none is rejected before anything is written', async () => {
  const { code, err } = await secrets('--alert-webhook', 'alerts.example.com');
  expect(code).toBe(exitCode.usage);
  expect(err).toContain('--alert-webhook is not an http or https URL.');
  expect(await readdir(root)).toEqual([]);
});

test('a damaged file of passwords is rejected and no secret changes', async () => {
  await secrets();
  const folder = join(root, 'secrets');
  await rm(join(folder, 'service_passwords'));
  await writeFile(join(folder, 'service_passwords'), '{');
  await rm(join(folder, 'redis_url'));
  const { code, err } = await secrets();
  expect(code).toBe(exitCode.usage);
  expect(err).toContain('service_passwords is not JSON');
  expect(await readdir(folder)).not.toContain('redis_url');
});
