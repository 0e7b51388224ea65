// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps

/** A saga or a run of a workflow that creates one record per step. */
export interface Flow {
  kind: 'saga' | 'run';
  /** Unique; also the idempotency key of its start. Each record has it with the number of its step. */
  key: string;
  steps: number;
}

/** A flow whose start was confirmed. */
export interface StartedFlow extends Flow {
  id: string;
}

/** Where the flows of one user create their records. */
export interface FlowPlace {
  baseId: string;
  tableId: string;
  workflowId: string;
}

export interface FlowRequest {
  service: 'airtable-gateway' | 'automation-services' | 'saga-service';
  method: 'POST';
  /** Path at the service. */
  path: string;
  body: unknown;
}

export const serviceOf = { saga: 'saga-service', run: 'automation-services' } as const;

/** The values by which the records of a flow are found. */
export function markersOf({ key, steps }: Flow): string[] {
  return Array.from({ length: steps }, (_none, index) => `${key}/${index + 1}`);
}

export const createPlace: FlowRequest = {
  service: 'airtable-gateway',
  method: 'POST',
  path: '/v0/meta/bases',
  body: {
    name: 'Flows',
    workspaceId: 'default',
    tables: [{ name: 'Effects', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  },
};

export function createWorkflow(place: Omit<FlowPlace, 'workflowId'>, steps: number): FlowRequest {
  return {
    service: 'automation-services',
    method: 'POST',
    path: '/workflows',
    body: {
      name: 'Create records',
      steps: markersOf({ kind: 'run', key: '{input.key}', steps }).map((Name) => ({
        type: 'airtable_create',
        config: { base_id: place.baseId, table: place.tableId, fields: { Name } },
      })),
    },
  };
}

/** The request that starts a flow. Its response is 202 with the id. */
export function startOf(flow: Flow, { baseId, tableId, workflowId }: FlowPlace): FlowRequest {
  if (flow.kind === 'run') {
    const path = `/workflows/${workflowId}/execute`;
    return { service: serviceOf.run, method: 'POST', path, body: { input: { key: flow.key } } };
  }
  const params = { baseId, tableIdOrName: tableId };
  const steps = markersOf(flow).map((Name, index) => ({
    step_id: `step_${index + 1}`,
    service: 'airtable-gateway',
    action: 'createRecords',
    payload: { params, body: { fields: { Name } } },
    compensation_action: 'deleteRecord',
    compensation_payload: { params: { ...params, recordId: '${result.id}' } },
  }));
  return { service: serviceOf.saga, method: 'POST', path: '/saga/start', body: { steps } };
}

/** The id in the response to a start. */
export function idOf(kind: Flow['kind'], json: unknown): string | undefined {
  const { saga_id, id } = (json ?? {}) as { saga_id?: string; id?: string };
  return kind === 'saga' ? saga_id : id;
}
