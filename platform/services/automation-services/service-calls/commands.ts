import { z } from 'zod';
import type { Notification } from '../../../contracts/automation-services/notifications.ts';
import type { fileService } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import { parsePart } from '../../../kit/http/validation.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { judgeLevel } from '../../../kit/rights/judge.ts';
import { enforce } from '../../../kit/rights/request-rights.ts';
import { requestHash } from '../../../kit/service/request-hash.ts';
import { grantExecution, type StartDeps, storeExecution } from '../executions/start-execution.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { insertNotification, publishNotification } from './notifications.ts';

export interface Command {
  name: 'execute_workflow' | 'notify' | 'process_file';
  key: string;
  tenant: Tenant;
  payload: Record<string, unknown>;
  /** Verified access token of the tenant's user, if the caller sent one. */
  token: string | undefined;
  /** Session or grant of that token. */
  sessionId: string | undefined;
  signal: AbortSignal;
}

export interface CommandDeps extends StartDeps {
  authorities: Authorities;
  files: Client<typeof fileService>;
}

type Result = Record<string, unknown>;

/** Time after which a command without a result may be repeated, milliseconds. */
export const commandHoldMs = 60_000;
/** How long an idempotency key is stored, milliseconds. */
export const commandKeptMs = 7 * 24 * 3600 * 1000;

const payloads = {
  execute_workflow: z.strictObject({
    workflow_id: z.uuid(),
    input: z.record(z.string(), z.unknown()).default({}),
  }),
  notify: z.strictObject({
    subject: z.string().trim().min(1).max(200),
    body: z.string().max(10_000).default(''),
    recipient_id: z.uuid().optional(),
  }),
  process_file: z.strictObject({ file_id: z.uuid() }),
};

/**
 * Claims the idempotency key of a command.
 * @returns the stored result of an earlier request with the key; undefined when this request has claimed it
 * @throws ProblemError `conflict` when the key belongs to another command, or to one that is still running
 */
async function claim(tx: Transaction, command: Command, now: Date): Promise<Result | undefined> {
  const hash = requestHash([command.name, command.tenant.userId, command.payload]);
  // Retention deletes the others.
  await tx.query('delete from automation.commands where idempotency_key = $1 and held_until < $2', [
    command.key,
    new Date(now.getTime() - commandKeptMs),
  ]);
  const claimed = await tx.query(
    `insert into automation.commands as c (tenant_id, idempotency_key, command, request_hash, held_until)
     values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, idempotency_key) do update set held_until = excluded.held_until
       where c.result is null and c.held_until < $6 and c.request_hash = excluded.request_hash`,
    [command.tenant.tenantId, command.key, command.name, hash, new Date(now.getTime() + commandHoldMs), now],
  );
  if (claimed.rowCount > 0) return undefined;
  const { rows } = await tx.query<{ request_hash: Buffer; result: Result | null }>(
    'select request_hash, result from automation.commands where idempotency_key = $1',
    [command.key],
  );
  const earlier = rows[0];
  if (earlier === undefined || !earlier.request_hash.equals(hash))
    throw problem('conflict', { message: 'The idempotency key was used for another command.' });
  if (earlier.result === null)
    throw problem('conflict', { message: 'The command with this idempotency key is still running.' });
  return earlier.result;
}

async function storeResult(tx: Transaction, { key }: Command, result: Result): Promise<void> {
  await tx.query('update automation.commands set result = $2 where idempotency_key = $1', [
    key,
    JSON.stringify(result),
  ]);
}

/** Stores the key, the effects of the work and its result in one transaction. */
async function runInDatabase(
  { database, clock }: CommandDeps,
  command: Command,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.withTenant(command.tenant, async (tx) => {
    const earlier = await claim(tx, command, clock.now());
    if (earlier !== undefined) return earlier;
    const result = await work(tx);
    await storeResult(tx, command, result);
    return result;
  });
}

async function executeWorkflow(deps: CommandDeps, command: Command): Promise<Result> {
  const { workflow_id, input } = parsePart('body', payloads.execute_workflow, command.payload);
  const { clock, database, durable, authorities } = deps;
  const { tenant } = command;
  const workflow = await database.withTenant(tenant, (tx) => readWorkflow(tx, workflow_id));
  const authority = await authorities.of({ user_id: tenant.userId, tenant_id: tenant.tenantId });
  if (!authority?.is_active)
    throw problem('forbidden', { message: 'The account of this user is deactivated.' });
  enforce(judgeLevel(authority, 'edit', workflow.workspace_id));
  const granted = await grantExecution(deps, { workflow, token: command.token });
  let stored = false;
  try {
    return await runInDatabase(deps, command, async (tx) => {
      const { id, status } = await storeExecution(
        tx,
        { tenant, durable },
        {
          start: { workflowId: workflow_id, trigger: 'command', input, sessionId: command.sessionId },
          granted,
          now: clock.now(),
        },
      );
      stored = true;
      return { execution_id: id, status };
    });
  } finally {
    // The key has started one before.
    if (!stored) deps.grants.end(tenant.tenantId, granted.grantId);
  }
}

async function notify(deps: CommandDeps, command: Command): Promise<Result> {
  const { recipient_id, ...text } = parsePart('body', payloads.notify, command.payload);
  let stored: Notification | undefined;
  const result = await runInDatabase(deps, command, async (tx) => {
    const recipientId = recipient_id ?? command.tenant.userId;
    stored = await insertNotification(tx, command.tenant, { recipientId, ...text });
    return { notification_id: stored.id };
  });
  if (stored !== undefined) publishNotification(deps.publishLive, stored);
  return result;
}

async function processFile({ database, clock, files }: CommandDeps, command: Command): Promise<Result> {
  const { file_id } = parsePart('body', payloads.process_file, command.payload);
  if (command.token === undefined) {
    throw problem('forbidden', {
      message: 'process_file needs the rights of the user: send their access token in Authorization.',
    });
  }
  const earlier = await database.withTenant(command.tenant, (tx) => claim(tx, command, clock.now()));
  if (earlier !== undefined) return earlier;
  try {
    const { id, status } = await files.process(
      { params: { id: file_id } },
      { token: command.token, signal: command.signal },
    );
    const result = { file_id: id, status };
    await database.withTenant(command.tenant, (tx) => storeResult(tx, command, result));
    return result;
  } catch (error) {
    await database.tenantQuery(
      command.tenant,
      'delete from automation.commands where idempotency_key = $1 and result is null',
      [command.key],
    );
    throw error;
  }
}

/**
 * Runs a command once per idempotency key. A failed command does not keep its key and may be repeated.
 * @throws ProblemError `validation_failed`, `conflict`, `not_found`, `forbidden`; PeerProblem of the file service
 */
export function runCommand(deps: CommandDeps, command: Command): Promise<Result> {
  switch (command.name) {
    case 'execute_workflow':
      return executeWorkflow(deps, command);
    case 'notify':
      return notify(deps, command);
    case 'process_file':
      return processFile(deps, command);
  }
}
