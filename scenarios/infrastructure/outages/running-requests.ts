import type { CheckContext } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { fileForm } from '../../kit/file-form.ts';
import type { Sample } from './sample-reads.ts';
import { openSlowRequest, type SentRequest } from './slow-request.ts';

/** Requests of each service that are running when it is told to stop. */
const runningAtOnce = 3;

/** A request of each service that changes little and needs what the service needs. */
export function requestTo(
  service: ServiceName,
  { baseId, tableId, token }: Sample,
  name: string,
): SentRequest {
  const json = (method: string, path: string, body: unknown): SentRequest => ({
    method,
    path,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const workflow = { name, steps: [{ type: 'log', config: { message: name } }] };
  switch (service) {
    case 'gateway':
      return json('POST', '/api/workflows', workflow);
    case 'automation-services':
      return json('POST', '/workflows', workflow);
    case 'mcp-server':
      return json('POST', '/tools/call', { name: 'list_bases', arguments: {} });
    case 'airtable-gateway':
      return json('POST', `/v0/${baseId}/${tableId}`, { fields: { Name: name } });
    case 'llm-orchestrator':
      return json('POST', '/budgets/estimate-cost', { message: name });
    case 'saga-service':
      return json('POST', '/events/readiness.drill', { data: {} });
    case 'platform-services':
      return json('POST', '/workspaces', { name });
    case 'user-service':
      return json('PUT', '/users/me', { display_name: name });
    case 'file-service': {
      const { body, headers } = fileForm(`${name}.txt`, name);
      return {
        method: 'POST',
        path: '/files/upload',
        headers: { ...headers, authorization: `Bearer ${token}` },
        body,
      };
    }
    case 'frontend':
      return {
        method: 'POST',
        path: '/auth/login',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          email: 'nobody@readiness.example',
          password: 'not the password',
        }).toString(),
      };
  }
}

/** Requests of one service that are running. */
export interface RunningRequests {
  /** Statuses that the same requests have without a stop. */
  usual: number;
  /** Completes the requests. @returns their statuses, 0 without a response */
  finish(): Promise<number[]>;
}

/** Sends requests to a service up to the middle of their bodies. */
export async function startRequests(
  { stack, signal, unique }: CheckContext,
  service: ServiceName,
  sample: Sample,
): Promise<RunningRequests> {
  const open = () =>
    openSlowRequest(stack.services[service], requestTo(service, sample, unique('slow')), signal);
  const usual = await (await open()).finish();
  const requests = await Promise.all(Array.from({ length: runningAtOnce }, open));
  return { usual, finish: () => Promise.all(requests.map((one) => one.finish())) };
}
