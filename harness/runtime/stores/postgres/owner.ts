import { readFile } from 'node:fs/promises';
import { ReadinessError } from '../../../errors/readiness-error.ts';

/** The user that PostgreSQL runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL does not run as root. If the harness is root, it runs as `postgres` or, if that does not exist, as
 * `nobody`. Undefined if the harness is not root: PostgreSQL then runs as the same user.
 * @throws ReadinessError (exit code 4) when neither user exists.
 */
export async function postgresOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    const uid = Number(fields?.[2]);
    if (uid > 0) return { uid, gid: Number(fields?.[3]) };
  }
  throw new ReadinessError(
    'postgres-user-missing',
    'PostgreSQL cannot run as root, and no user exists for it.',
  );
}
