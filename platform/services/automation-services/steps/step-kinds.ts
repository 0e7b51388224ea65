import type { StepType } from '../../../contracts/automation-services/workflow-steps.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { airtableKinds } from './airtable-records.ts';
import { conditionalKind } from './conditional.ts';
import { fileProcessKind } from './file-process.ts';
import { httpRequestKind } from './http-request.ts';
import { llmPromptKind } from './llm-prompt.ts';
import { forEachKind, parallelKind } from './nested-steps.ts';
import { notificationKind } from './notification.ts';
import { dataTransformKind, delayKind, logKind } from './plain-steps.ts';
import { sendEmailKind } from './send-email.ts';
import type { StepKind } from './step-kind.ts';

export interface StepKindsOptions {
  database: Database;
  clock: Clock;
  publishLive: PublishLiveEvent;
  airtableGatewayUrl: string;
  llmOrchestratorUrl: string;
  fileServiceUrl: string;
  platform: { baseUrl: string; internalKey: string };
  /** Origins of the platform that `http_request` may call with the user's rights. */
  platformOrigins: readonly string[];
}

export type StepKinds = ReadonlyMap<StepType, StepKind>;

/** All kinds of steps, by type. */
export function createStepKinds(options: StepKindsOptions): StepKinds {
  const kinds = [
    ...airtableKinds(options.airtableGatewayUrl),
    fileProcessKind({ baseUrl: options.fileServiceUrl, clock: options.clock }),
    httpRequestKind(options),
    notificationKind(options),
    sendEmailKind(options.platform),
    llmPromptKind(options.llmOrchestratorUrl),
    forEachKind,
    parallelKind,
    delayKind(options.clock),
    logKind,
    dataTransformKind,
    conditionalKind,
  ] as unknown as StepKind[];
  return new Map(kinds.flatMap((kind) => kind.types.map((type) => [type, kind] as const)));
}
