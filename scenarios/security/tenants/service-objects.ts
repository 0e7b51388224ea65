import { type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';

/** One object of a user in a service, with the requests that use it. */
export interface ServiceObject {
  name: string;
  id: string;
  /** Path of a list that contains the object's id for its owner. */
  list: string;
  read: string;
  /** Further requests that read, change and delete the object. */
  others: readonly (readonly [method: string, path: string, body: unknown])[];
}

const workflow = {
  name: 'Same name',
  steps: [{ type: 'log', config: { message: 'same' } }],
  triggers: [{ type: 'manual' }, { type: 'webhook' }],
};

/** Creates the same objects for every user: a profile, a file, a workspace, a workflow with a webhook and an execution. */
export async function createServiceObjects(
  { http }: Pick<CheckContext, 'http'>,
  { account, send }: { account: { accessToken: string; address: string }; send: Send },
): Promise<ServiceObject[]> {
  await prepare(send, 'GET', '/api/users/me');
  const upload = await http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: account.accessToken,
    from: account.address,
    ...fileForm('same-name.txt', 'the same content'),
  });
  if (upload.status !== 201) throw new ProductFailure(`POST /api/files/upload returned ${summary(upload)}`);
  const file = textAt(upload.json, 'id');
  const workspace = textAt(await prepare(send, 'POST', '/api/workspaces', { name: 'Same name' }), 'id');
  const flow = textAt(await prepare(send, 'POST', '/api/workflows', workflow), 'id');
  await prepare(send, 'POST', `/api/workflows/${flow}/webhook`);
  const execution = textAt(
    await prepare(send, 'POST', `/api/workflows/${flow}/execute`, { input: {} }),
    'id',
  );
  return [
    {
      name: 'file',
      id: file,
      list: '/api/files',
      read: `/api/files/${file}`,
      others: [
        ['GET', `/api/files/${file}/download`, undefined],
        ['GET', `/api/files/${file}/extract`, undefined],
        ['POST', `/api/files/${file}/process`, undefined],
        ['DELETE', `/api/files/${file}`, undefined],
      ],
    },
    {
      name: 'workspace',
      id: workspace,
      list: '/api/workspaces',
      read: `/api/workspaces/${workspace}`,
      others: [
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
      name: 'workflow',
      id: flow,
      list: '/api/workflows',
      read: `/api/workflows/${flow}`,
      others: [
        ['GET', `/api/workflows/${flow}/executions`, undefined],
        ['GET', `/api/workflows/${flow}/webhook`, undefined],
        ['POST', `/api/workflows/${flow}/webhook`, {}],
        ['PUT', `/api/workflows/${flow}`, { ...workflow, name: 'taken over' }],
        ['POST', `/api/workflows/${flow}/execute`, { input: {} }],
        ['POST', `/api/workflows/${flow}/trigger`, { input: {} }],
        ['DELETE', `/api/workflows/${flow}`, undefined],
      ],
    },
    {
      name: 'execution',
      id: execution,
      list: '/api/executions',
      read: `/api/executions/${execution}`,
      others: [
        ['GET', `/api/executions/${execution}/logs`, undefined],
        ['POST', `/api/executions/${execution}/cancel`, undefined],
      ],
    },
  ];
}
