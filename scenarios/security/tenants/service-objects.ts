import type { CheckContext } from '../../../harness/engine/index.ts';
import { ProductFailure } from '../../../harness/engine/index.ts';
import { summary } from '../../kit/response.ts';
import { textAt } from '../../kit/shape.ts';
import { type Ask, prepare } from './tenant-world.ts';

/** One object of a user in a service, with the requests that read, change and end it. */
export interface ServiceObject {
  what: string;
  id: string;
  /** Must be 2xx for the owner, and hold the object's id. */
  list: string;
  read: string;
  writes: readonly (readonly [method: string, path: string, body: unknown])[];
}

const boundary = 'readiness-boundary';

/** A multipart form with one small text file. */
export function fileForm(name: string, content: string): { body: string; headers: Record<string, string> } {
  return {
    body: `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/plain\r\n\r\n${content}\r\n--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

const workflow = {
  name: 'Same name',
  steps: [{ type: 'log', config: { message: 'same' } }],
  triggers: [{ type: 'manual' }],
};

/** Makes the same objects for every user: a workspace, a file, a workflow with an execution, a saga. */
export async function fillServices(
  { http }: Pick<CheckContext, 'http'>,
  { account, ask }: { account: { accessToken: string; address: string }; ask: Ask },
): Promise<ServiceObject[]> {
  await prepare(ask, 'GET', '/api/users/me');
  const upload = await http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: account.accessToken,
    from: account.address,
    ...fileForm('same-name.txt', 'the same content'),
  });
  if (upload.status !== 201) throw new ProductFailure(`POST /api/files/upload answered ${summary(upload)}`);
  const file = textAt(upload.json, 'id');
  const workspace = textAt(await prepare(ask, 'POST', '/api/workspaces', { name: 'Same name' }), 'id');
  const flow = textAt(await prepare(ask, 'POST', '/api/workflows', workflow), 'id');
  const execution = textAt(await prepare(ask, 'POST', `/api/workflows/${flow}/execute`, { input: {} }), 'id');
  return [
    {
      what: 'file',
      id: file,
      list: '/api/files',
      read: `/api/files/${file}`,
      writes: [
        ['GET', `/api/files/${file}/download`, undefined],
        ['GET', `/api/files/${file}/extract`, undefined],
        ['POST', `/api/files/${file}/process`, undefined],
        ['DELETE', `/api/files/${file}`, undefined],
      ],
    },
    {
      what: 'workspace',
      id: workspace,
      list: '/api/workspaces',
      read: `/api/workspaces/${workspace}`,
      writes: [
        ['GET', `/api/workspaces/${workspace}/members`, undefined],
        ['PATCH', `/api/workspaces/${workspace}`, { name: 'taken over' }],
        [
          'POST',
          `/api/workspaces/${workspace}/invitations`,
          { email: 'spy@readiness.example', role: 'admin' },
        ],
        ['DELETE', `/api/workspaces/${workspace}`, undefined],
      ],
    },
    {
      what: 'workflow',
      id: flow,
      list: '/api/workflows',
      read: `/api/workflows/${flow}`,
      writes: [
        ['GET', `/api/workflows/${flow}/executions`, undefined],
        ['PUT', `/api/workflows/${flow}`, { ...workflow, name: 'taken over' }],
        ['POST', `/api/workflows/${flow}/execute`, { input: {} }],
        ['POST', `/api/workflows/${flow}/trigger`, { input: {} }],
        ['DELETE', `/api/workflows/${flow}`, undefined],
      ],
    },
    {
      what: 'execution',
      id: execution,
      list: '/api/executions',
      read: `/api/executions/${execution}`,
      writes: [
        ['GET', `/api/executions/${execution}/logs`, undefined],
        ['POST', `/api/executions/${execution}/cancel`, undefined],
      ],
    },
  ];
}
