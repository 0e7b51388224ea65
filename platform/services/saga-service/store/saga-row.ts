import type { Saga, SagaStatus, SagaStepState, StepStatus } from '../../../contracts/saga-service/sagas.ts';
import type { StepDefinition } from '../steps/step-definition.ts';

/** Identifies a saga, its tenant and its user. */
export interface SagaKey {
  tenantId: string;
  sagaId: string;
  /** The user who started it. */
  userId: string;
}

/** A saga as in the contract. */
export interface SagaRow {
  saga_id: string;
  type: string | null;
  pattern: Saga['pattern'];
  status: SagaStatus;
  tenant_id: string;
  workspace_id: string | null;
  started_by: string;
  error: string | null;
  metadata: Record<string, unknown>;
  timeout_at: string;
  created_at: string;
  updated_at: string;
}

export const sagaColumns = `id as saga_id, type, pattern, status, tenant_id, workspace_id, started_by, error, metadata,
  timeout_at, created_at, updated_at`;

/** A saga with everything needed to run it. */
export interface SagaState extends SagaRow {
  definition: readonly StepDefinition[];
  /** With its secrets, while the saga runs. */
  input: Record<string, unknown>;
  stop_reason: string | null;
  grant_id: string | null;
  /** Encrypted fields of the input. */
  secrets: Buffer | null;
  /** The execution that held it before; null when it was parked or has not run yet. */
  holder: string | null;
}

export interface StepRow {
  position: number;
  step_id: string;
  service: SagaStepState['service'];
  action: string;
  status: StepStatus;
  attempts: number;
  result: unknown;
  error: string | null;
  started_at: string | null;
  completed_at: string | null;
}

export const stepColumns =
  'position, step_id, service, action, status, attempts, result, error, started_at, completed_at';

/** An entry of the event log. */
export interface SagaEvent {
  type: string;
  data: Record<string, unknown>;
}

/** Id of a durable run of a saga. Ids of sagas are unique within their tenant only. */
export function runIdOf({ tenantId, sagaId }: Pick<SagaKey, 'tenantId' | 'sagaId'>, run: number): string {
  return `${tenantId}:${sagaId}:${run}`;
}

/** The arguments of a durable run: ids only, since the engine's tables have no tenant policy. */
export function runArguments({ tenantId, sagaId, userId }: SagaKey): {
  tenant: string;
  saga: string;
  user: string;
} {
  return { tenant: tenantId, saga: sagaId, user: userId };
}
