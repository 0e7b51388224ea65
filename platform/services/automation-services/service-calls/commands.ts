import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { fileService } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import { parsePart } from '../../../kit/http/validation.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { type StartDeps, storeExecution } from '../executions/start-execution.ts';
import { insertNotification } from './notifications.ts';

export interface Command {
  name: 'execute_workflow' | 'notify' | 'process_file';
  key: string;
  who: Tenant;
  payload: Record<string, unknown>;
  /** Verified access token of `who`, when the caller sent one. */
  token: string | undefined;
  signal: AbortSignal;
}

export interface CommandDeps extends StartDeps {
  files: Client<typeof fileService>;
}

type Result = Record<string, unknown>;

/** How long a command that calls another service is taken to be at work, milliseconds. */
export const commandHoldMs = 60_000;
/** How long a key is remembered, milliseconds. */
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

/** Objects with their keys in order, so that the same payload always has the same hash. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, canonical(one)]);
}

function hashOf({ name, who, payload }: Command): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([name, who.userId, canonical(payload)]))
    .digest();
}

/**
 * Takes the key, or finds what it has led to.
 * @returns the first result when there is one; undefined when the key is now ours
 * @throws ProblemError `conflict` when the key belongs to another request, or that one is still at work
 */
async function claim(tx: Transaction, command: Command, now: Date): Promise<Result | undefined> {
  const hash = hashOf(command);
  await tx.query('delete from automation.commands where held_until < $1', [
    new Date(now.getTime() - commandKeptMs),
  ]);
  const claimed = await tx.query(
    `insert into automation.commands as c (tenant_id, idempotency_key, command, request_hash, held_until)
     values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, idempotency_key) do update set held_until = excluded.held_until
       where c.result is null and c.held_until < $6 and c.request_hash = excluded.request_hash`,
    [command.who.tenantId, command.key, command.name, hash, new Date(now.getTime() + commandHoldMs), now],
  );
  if (claimed.rowCount > 0) return undefined;
  const { rows } = await tx.query<{ request_hash: Buffer; result: Result | null }>(
    'select request_hash, result from automation.commands where idempotency_key = $1',
    [command.key],
  );
  const before = rows[0];
  if (before === undefined || !before.request_hash.equals(hash))
    throw problem('conflict', { message: 'The idempotency key was used for another command.' });
  if (before.result === null)
    throw problem('conflict', { message: 'The command with this idempotency key is still at work.' });
  return before.result;
}

async function settle(tx: Transaction, { key }: Command, result: Result): Promise<void> {
  await tx.query('update automation.commands set result = $2 where idempotency_key = $1', [
    key,
    JSON.stringify(result),
  ]);
}

/** The key, the work and its result are stored together or not at all. */
async function runInDatabase(
  { database, clock }: CommandDeps,
  command: Command,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return database.withTenant(command.who, async (tx) => {
    const before = await claim(tx, command, clock.now());
    if (before !== undefined) return before;
    const result = await work(tx);
    await settle(tx, command, result);
    return result;
  });
}

async function executeWorkflow(deps: CommandDeps, command: Command): Promise<Result> {
  const { workflow_id, input } = parsePart('body', payloads.execute_workflow, command.payload);
  const { runner, clock } = deps;
  let started: string | undefined;
  const result = await runInDatabase(deps, command, async (tx) => {
    const { id, status } = await storeExecution(tx, command.who, {
      start: { workflowId: workflow_id, trigger: 'command', input, token: command.token },
      worker: runner.worker,
      now: clock.now(),
    });
    started = id;
    return { execution_id: id, status };
  });
  if (started !== undefined) runner.take({ id: started, who: command.who, token: command.token });
  return result;
}

async function notify(deps: CommandDeps, command: Command): Promise<Result> {
  const { recipient_id, ...text } = parsePart('body', payloads.notify, command.payload);
  return runInDatabase(deps, command, async (tx) => {
    const recipientId = recipient_id ?? command.who.userId;
    const { id } = await insertNotification(tx, command.who, { recipientId, ...text });
    return { notification_id: id };
  });
}

async function processFile({ database, clock, files }: CommandDeps, command: Command): Promise<Result> {
  const { file_id } = parsePart('body', payloads.process_file, command.payload);
  if (command.token === undefined) {
    throw problem('forbidden', {
      message: 'process_file needs the rights of the user: send their access token as Authorization.',
    });
  }
  const before = await database.withTenant(command.who, (tx) => claim(tx, command, clock.now()));
  if (before !== undefined) return before;
  try {
    const { id, status } = await files.process(
      { params: { id: file_id } },
      { token: command.token, signal: command.signal },
    );
    const result = { file_id: id, status };
    await database.withTenant(command.who, (tx) => settle(tx, command, result));
    return result;
  } catch (error) {
    await database.tenantQuery(
      command.who,
      'delete from automation.commands where idempotency_key = $1 and result is null',
      [command.key],
    );
    throw error;
  }
}

/**
 * Runs a command once per key. What failed leaves no key behind and may be repeated.
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
