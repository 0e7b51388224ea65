import { z } from 'zod';
import type { TokenScope } from '../token-scope.ts';

/** What clients subscribe to on `/ws`. Each kind of stored event belongs to one channel. */
export const liveChannels = [
  'chat_stream',
  'tool_progress',
  'cost_update',
  'workflow',
  'saga',
  'file',
  'notification',
  'account',
] as const;
export type LiveChannel = (typeof liveChannels)[number];

/**
 * The scope of a personal access token that covers a channel. A token with scopes gets no event of a channel without
 * one: its events tell things that no route tells such a token.
 */
export const scopeOfChannel: Readonly<Partial<Record<LiveChannel, TokenScope>>> = {
  chat_stream: 'assistant:use',
  tool_progress: 'assistant:use',
  cost_update: 'assistant:use',
  workflow: 'workflows:read',
  saga: 'sagas:read',
  file: 'files:read',
};

/** The only channels that a connection narrowed by `?session_id=` narrows to this conversation. */
export const conversationChannels: readonly LiveChannel[] = ['chat_stream', 'tool_progress', 'cost_update'];

interface EventTypeSpec<D extends z.ZodObject = z.ZodObject> {
  channel: LiveChannel;
  /** `user`: only its user gets it. `workspace`: everybody who may read its workspace; without one, only its user. */
  audience: 'user' | 'workspace';
  /** What `subject` names, the id by which clients narrow a subscription. */
  subject: 'conversation' | 'run' | 'saga' | 'file' | 'notification' | 'session' | 'user';
  summary: string;
  data: D;
}

function eventType<const D extends z.ZodObject>(spec: EventTypeSpec<D>): EventTypeSpec<D> {
  return spec;
}

const text = z.string().max(32_000);
const reason = z.string().max(5_000);
const count = z.int().nonnegative();

const chat = { channel: 'chat_stream', audience: 'user', subject: 'conversation' } as const;
const tool = { channel: 'tool_progress', audience: 'user', subject: 'conversation' } as const;
const workflow = { channel: 'workflow', audience: 'workspace', subject: 'run' } as const;
const saga = { channel: 'saga', audience: 'workspace', subject: 'saga' } as const;
const file = { channel: 'file', audience: 'workspace', subject: 'file' } as const;

const run = { run_id: z.uuid(), workflow_id: z.uuid() };
const ofSaga = { saga_id: z.string().max(200), saga_type: z.string().max(200).nullable() };
const ofFile = { file_id: z.uuid(), filename: z.string().max(255) };

/**
 * Every type of event, with its version. A change that old clients cannot read gets a new version beside the old one;
 * a new optional field does not.
 */
export const liveEventTypes = {
  'chat.delta.v1': eventType({
    ...chat,
    summary: 'The next piece of a response of the language model',
    data: z.object({ index: count.describe('Counts the pieces of one response from 0'), text }),
  }),
  'chat.completed.v1': eventType({
    ...chat,
    summary: 'A response is complete and stored',
    data: z.object({ pieces: count, tools_used: z.array(z.string()), cut_short: z.boolean() }),
  }),
  'chat.failed.v1': eventType({
    ...chat,
    summary: 'A response ended with an error and is not stored',
    data: z.object({ error: z.string(), message: reason }),
  }),
  'tool.started.v1': eventType({
    ...tool,
    summary: 'The model has called a tool',
    data: z.object({ call: count.describe('Counts the calls of one response from 0'), name: z.string() }),
  }),
  'tool.finished.v1': eventType({
    ...tool,
    summary: 'A tool has responded',
    data: z.object({ call: count, name: z.string(), success: z.boolean(), duration_ms: count }),
  }),
  'cost.updated.v1': eventType({
    channel: 'cost_update',
    audience: 'user',
    subject: 'conversation',
    summary: 'A reply of the model has been charged',
    data: z.object({
      model: z.string(),
      input_tokens: count,
      output_tokens: count,
      thinking_tokens: count,
      cost: z.string().describe('Cost of this reply, US dollars'),
    }),
  }),
  'workflow.run_started.v1': eventType({
    ...workflow,
    summary: 'A workflow has begun to run',
    data: z.object({ ...run, steps: count }),
  }),
  'workflow.step_started.v1': eventType({
    ...workflow,
    summary: 'An attempt of a step has begun',
    data: z.object({ ...run, step: count, attempt: z.int().positive() }),
  }),
  'workflow.step_finished.v1': eventType({
    ...workflow,
    summary: 'A step has ended',
    data: z.object({
      ...run,
      step: count,
      status: z.enum(['completed', 'failed', 'skipped']),
      error: reason.nullable(),
    }),
  }),
  'workflow.run_finished.v1': eventType({
    ...workflow,
    summary: 'A run has ended, or was paused',
    data: z.object({
      ...run,
      status: z.enum(['completed', 'failed', 'cancelled', 'paused']),
      error: reason.nullable(),
    }),
  }),
  'saga.started.v1': eventType({
    ...saga,
    summary: 'A saga has begun to run',
    data: z.object({ ...ofSaga, steps: count }),
  }),
  'saga.step_finished.v1': eventType({
    ...saga,
    summary: 'A step of a saga has ended',
    data: z.object({
      ...ofSaga,
      step_id: z.string().max(200),
      status: z.enum(['completed', 'failed', 'compensated', 'compensation_failed', 'skipped']),
      error: reason.nullable(),
    }),
  }),
  'saga.compensation_started.v1': eventType({
    ...saga,
    summary: 'A saga is being undone',
    data: z.object({ ...ofSaga, error: reason.nullable() }),
  }),
  'saga.finished.v1': eventType({
    ...saga,
    summary: 'A saga has ended',
    data: z.object({
      ...ofSaga,
      status: z.enum(['completed', 'compensated', 'compensation_failed', 'failed', 'timeout']),
      error: reason.nullable(),
    }),
  }),
  'file.uploaded.v1': eventType({
    ...file,
    summary: 'A file has been uploaded and waits for processing',
    data: z.object({ ...ofFile, size: count.describe('Size, bytes') }),
  }),
  'file.processing_finished.v1': eventType({
    ...file,
    summary: 'A file has been processed',
    data: z.object({ ...ofFile, status: z.enum(['completed', 'failed']), error: reason.nullable() }),
  }),
  'notification.created.v1': eventType({
    channel: 'notification',
    audience: 'user',
    subject: 'notification',
    summary: 'The user has a new notification',
    data: z.object({ notification_id: z.uuid(), subject: z.string(), body: z.string().max(10_000) }),
  }),
  'account.session_ended.v1': eventType({
    channel: 'account',
    audience: 'user',
    subject: 'session',
    summary: 'A session of the user has ended; connections of this session are closed',
    data: z.object({ session_id: z.uuid(), reason: z.string().max(200) }),
  }),
  'account.rights_changed.v1': eventType({
    channel: 'account',
    audience: 'user',
    subject: 'user',
    summary: 'Roles or workspaces of the user have changed; `GET /workspaces` lists them',
    data: z.object({}),
  }),
} as const;

export type LiveEventType = keyof typeof liveEventTypes;
export type LiveEventData<T extends LiveEventType> = z.infer<(typeof liveEventTypes)[T]['data']>;

export const liveEventTypeNames = Object.keys(liveEventTypes) as [LiveEventType, ...LiveEventType[]];

/** `<milliseconds>-<number>`: ids of all events are in the order in which they happened. */
export const liveEventId = z.string().regex(/^\d{1,15}-\d{1,10}$/);

/** An event as clients get it. `data` depends on `type`. */
export const LiveEvent = z.object({
  id: liveEventId,
  type: z.enum(liveEventTypeNames),
  at: z.iso.datetime(),
  workspace_id: z
    .uuid()
    .nullable()
    .describe('The workspace whose members get it; null for events of one user'),
  subject: z.string().max(200).describe('Id of the conversation, run, saga, file … that it is about'),
  data: z.record(z.string(), z.unknown()),
});
export type LiveEvent = z.infer<typeof LiveEvent>;
