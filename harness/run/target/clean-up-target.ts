import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { waitUntilErased } from '../../runtime/external/erase-account.ts';
import {
  closeLedger,
  ledgerFile,
  readLedger,
  recordErasing,
  recordReleased,
  recordRemoved,
} from '../../runtime/external/ledger.ts';
import { releaseAccount } from '../../runtime/external/release-account.ts';
import { removeAccount } from '../../runtime/external/remove-account.ts';
import { removeRows } from '../../runtime/external/remove-rows.ts';
import type { Target } from '../../runtime/external/target.ts';
import { type ReadSecret, secretOf } from '../../runtime/external/target-addresses.ts';
import { isRunning } from '../../runtime/process/process-table.ts';
import { writeAtomically } from '../run-folder.ts';

/** Number of accounts that are removed at the same time. */
const concurrency = 4;

export interface CleanUp {
  runId: string;
  /** Name of the target. */
  target: string;
  accounts: number;
  /** What stays on the target, one sentence each. */
  left: readonly string[];
}

/**
 * Removes what a run created on a target, by its ledger, and writes `clean-up.json` beside it. An interrupted clean-up
 * continues where it stopped. Never throws for a target that does not respond: everything is then reported as left,
 * and the ledger stays open, so the next run or `sweep` tries again.
 */
export async function cleanUpTarget(file: string, readSecret: ReadSecret): Promise<CleanUp> {
  const ledger = readLedger(file);
  const { target, accounts, marks } = ledger;
  const limit = pLimit(concurrency);
  const erasures = new Map<string, string>();
  /** Accounts whose data the platform does not erase. */
  let kept = 0;
  const found = (
    await Promise.all(
      accounts.map((account) =>
        limit(async () => {
          const { removed, registered, erasure, left } = await removeAccount(account, { target, readSecret });
          if (registered && erasure === undefined) kept += 1;
          if (erasure !== undefined) {
            if (account.erasure === undefined) recordErasing(file, account.email, erasure);
            erasures.set(account.email, erasure);
          } else if (removed && left.length === 0) {
            recordRemoved(file, account.email);
          }
          return left;
        }),
      ),
    )
  ).flat();
  const releases = await Promise.all(
    ledger.given.map((account) =>
      limit(async () => {
        const release = await releaseAccount(account, { target, readSecret, marks });
        if (release.released) recordReleased(file, account.email);
        return release;
      }),
    ),
  );
  const notErased = await waitForErasures(erasures, {
    target,
    erased: (email) => recordRemoved(file, email),
  });
  found.push(...notErased);
  let left = countEqual(found);
  let failed = false;
  if (target.database?.removeRows && target.database.admin) {
    try {
      const url = secretOf(target.database.admin, 'database.admin', readSecret);
      const rows = await removeRows(url, ledger);
      // The rows are all that the accounts are, apart from the contents of files.
      left = [...countEqual(found.filter((text) => text.startsWith('files'))), ...rows];
    } catch (error) {
      failed = true;
      left.push(`rows in the database (${error instanceof Error ? error.message : error})`);
    }
  } else if (kept > 0) {
    left.push('bases, SAGAs, notifications and audit events of these accounts: no route deletes them');
  }
  left.push(...countEqual(releases.flatMap((release) => release.left)));
  const unreachable =
    failed ||
    releases.some(({ released }) => !released) ||
    notErased.length > 0 ||
    found.some((text) => text.startsWith('accounts ('));
  if (!unreachable) closeLedger(file, left);
  const result = { runId: ledger.runId, target: target.name, accounts: accounts.length, left };
  await writeAtomically(join(dirname(file), 'clean-up.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** Waits for the platform to erase the data of deleted accounts. @returns what stays, one sentence each */
async function waitForErasures(
  erasures: ReadonlyMap<string, string>,
  { target, erased }: { target: Target; erased(email: string): void },
): Promise<string[]> {
  const left = await Promise.all(
    [...erasures].map(async ([email, id]) => {
      const reason = await waitUntilErased(target.services.gateway, id).catch(
        (error: Error) => `no response: ${error.message}`,
      );
      if (reason !== undefined) return [`data of deleted accounts (${reason})`];
      erased(email);
      return [];
    }),
  );
  return left.flat();
}

/** Finishes the clean-up of all runs in a folder whose process has ended. */
export async function sweepTargets(runsDir: string, readSecret: ReadSecret): Promise<CleanUp[]> {
  const swept: CleanUp[] = [];
  for (const name of (await readdir(runsDir).catch(() => [])).sort()) {
    const file = join(runsDir, name, ledgerFile);
    const ledger = tryRead(file);
    if (!ledger || ledger.closed || isRunning(ledger.owner)) continue;
    swept.push(await cleanUpTarget(file, readSecret));
  }
  return swept;
}

/** Undefined for a run without a ledger, and for a file that is not one. */
function tryRead(file: string): ReturnType<typeof readLedger> | undefined {
  try {
    return readLedger(file);
  } catch {
    return undefined;
  }
}

function countEqual(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} × ${text}`);
}
