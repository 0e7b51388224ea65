import { appendFile, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunContext } from '../../run/run-context.ts';
import {
  completeSecrets,
  readSecretFiles,
  secretFiles,
  writeSecretFiles,
} from '../../runtime/compose/secret-files.ts';

/** Names the folder of the secrets in `.env`, which Docker Compose reads. */
const folderVariable = 'PYAIRTABLE_SECRETS';

/**
 * Writes the secrets of docker-compose.yml, each with a new random value. Files that exist are never changed.
 * @returns 0, also when there was nothing to write
 */
export async function secrets(
  context: RunContext,
  options: { folder: string; alertWebhook?: string },
): Promise<ExitCode> {
  const { packageRoot } = context;
  const folder = resolve(packageRoot, options.folder);
  if (options.alertWebhook !== undefined && !isHttpUrl(options.alertWebhook))
    throw new ReadinessError('secret-invalid', '--alert-webhook is not an http or https URL.', {
      hint: 'Use the address that receives alerts, e.g. https://alerts.example.com/hooks/pyairtable',
    });
  const existing = await readSecretFiles(folder);
  const { secrets: made, own } = completeChecked(folder, existing, options.alertWebhook);
  const written = await writeSecretFiles(folder, secretFiles(made, own));
  for (const name of written) context.stdout.write(`Wrote ${join(options.folder, name)}\n`);
  if (written.length === 0) context.stdout.write(`${options.folder} is complete. Nothing was changed.\n`);
  if (options.alertWebhook === undefined && existing.alert_webhook_url === undefined)
    context.stdout.write(
      'Monitoring needs an address for alerts too: readiness secrets --alert-webhook <url>\n',
    );
  await nameFolder(join(packageRoot, '.env'), folder, packageRoot);
  return exitCode.ok;
}

function completeChecked(
  folder: string,
  files: Readonly<Record<string, string>>,
  alertWebhook: string | undefined,
): ReturnType<typeof completeSecrets> {
  try {
    return completeSecrets(files, alertWebhook);
  } catch (error) {
    throw new ReadinessError(
      'secret-invalid',
      `${join(folder, 'service_passwords')} is not JSON: ${(error as Error).message}`,
      { hint: 'Restore the file. Without it, new passwords are made: remove all *_database_url files too' },
    );
  }
}

/** Adds the variable to `.env` unless it is there. */
async function nameFolder(envFile: string, folder: string, root: string): Promise<void> {
  const text = await readFile(envFile, 'utf8').catch(() => '');
  if (text.split('\n').some((line) => line.startsWith(`${folderVariable}=`))) return;
  const path = relative(root, folder);
  const value = path.startsWith('..') || isAbsolute(path) ? folder : `./${path}`;
  await appendFile(envFile, `${text === '' || text.endsWith('\n') ? '' : '\n'}${folderVariable}=${value}\n`);
}

function isHttpUrl(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text);
}
