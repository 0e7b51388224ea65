import { createHash, randomBytes } from 'node:crypto';
import { type Api, succeeded, textIn } from '../fixtures/api.ts';
import { expect, test } from '../fixtures/test.ts';
import { createAccount, flow, open, seeHeading, signIn } from '../flow.ts';

/**
 * Each line of “What users CANNOT do today” of the assessment, as something that a user does. `through` says whether
 * the pages offer it, or only the API.
 */

const bearer = (api: Api, token: string) => async (method: string, path: string, body?: unknown) =>
  succeeded(await api(method, path, { token, ...(body === undefined ? {} : { body }) }), `${method} ${path}`)
    .json;

test('Users can create an account and use it at once', { tag: '@frontend.users-can.register' }, async ({
  page,
  stranger,
  observe,
}) => {
  observe('through', 'pages');
  await flow({
    opensForm: () => open(page, '/auth/register'),
    registers: async () => {
      await createAccount(page, stranger);
      await seeHeading(page, 'Dashboard');
    },
    seesWorkspace: async () => {
      const workspaces = page.locator('section', { has: page.getByRole('heading', { name: 'Workspaces' }) });
      // The onboarding adds another one after a moment.
      await expect(workspaces.getByRole('listitem').filter({ hasText: 'My workspace' })).toHaveCount(1);
    },
  });
});

test('Users can sign in and return to the page they wanted', { tag: '@frontend.users-can.sign-in' }, async ({
  page,
  person,
  observe,
}) => {
  observe('through', 'pages');
  await flow({
    isSentToSignIn: async () => {
      await page.goto('/account/tokens');
      await seeHeading(page, 'Sign in');
    },
    returnsToPage: async () => {
      await signIn(page, person);
      await seeHeading(page, 'API keys');
    },
  });
});

test('Users can reach every part of the web interface', { tag: '@frontend.users-can.open-pages' }, async ({
  page,
  tenant,
  signInAs,
  observe,
}) => {
  observe('through', 'pages');
  await signInAs(tenant);
  const visit = (link: string, heading: string) => async () => {
    await open(page, '/dashboard');
    await page.getByRole('link', { name: link, exact: true }).click();
    await seeHeading(page, heading);
  };
  await flow({
    password: visit('Change your password', 'Change your password'),
    email: visit('Change your email address', 'Change your email address'),
    keys: visit('API keys', 'API keys'),
    data: visit('Your data', 'Your data'),
    users: visit('Users of the tenant', 'Users of the tenant'),
    members: async () => {
      await open(page, '/dashboard');
      await page
        .locator('section', { has: page.getByRole('heading', { name: 'Workspaces' }) })
        .getByRole('link')
        .first()
        .click();
      await expect(page.getByRole('heading', { level: 1, name: /^Members of / })).toBeVisible();
    },
  });
});

test('Users can call the API with a key from the pages', { tag: '@frontend.users-can.call-api' }, async ({
  page,
  person,
  api,
  signInAs,
  observe,
}) => {
  observe('through', 'pages');
  let key = '';
  await signInAs(person);
  const bases = async () => (await api('GET', '/api/airtable/v0/meta/bases', { token: key })).status;
  await flow({
    createsKey: async () => {
      await open(page, '/account/tokens');
      await page.getByLabel('Name', { exact: true }).fill('Notebook');
      await page.getByLabel('schema.bases:read', { exact: true }).check();
      await page.getByRole('button', { name: 'Create key', exact: true }).click();
      await seeHeading(page, 'Your new key');
      key = (await page.locator('#token').textContent()) ?? '';
    },
    callsApi: async () => expect(await bases()).toBe(200),
    revokesKey: async () => {
      await open(page, '/account/tokens');
      await page.getByRole('button', { name: 'Revoke the key Notebook', exact: true }).click();
      await expect(page.getByRole('status')).toBeVisible();
      // Every service follows within 5 s.
      await expect.poll(bases, { timeout: 6_000 }).toBe(401);
    },
  });
});

test('Users can view and manage Airtable data', { tag: '@frontend.users-can.manage-data' }, async ({
  person,
  api,
  observe,
}) => {
  observe('through', 'api');
  const send = bearer(api, person.token);
  let [table, record] = ['', ''];
  const names = async () => {
    const { records } = (await send('GET', table)) as { records: { fields: { Name: string } }[] };
    return records.map(({ fields }) => fields.Name);
  };
  await flow({
    createsBase: async () => {
      const tables = [{ name: 'Samples', fields: [{ name: 'Name', type: 'singleLineText' }] }];
      const base = await send('POST', '/api/airtable/v0/meta/bases', {
        name: 'Soil',
        workspaceId: 'default',
        tables,
      });
      table = `/api/airtable/v0/${textIn(base, 'id')}/${textIn(base, 'tables', 0, 'id')}`;
    },
    addsRecord: async () => {
      record = textIn(await send('POST', table, { fields: { Name: 'North' } }), 'id');
      expect(await names()).toEqual(['North']);
    },
    changesRecord: async () => {
      await send('PATCH', `${table}/${record}`, { fields: { Name: 'South' } });
      expect(await names()).toEqual(['South']);
    },
    deletesRecord: async () => {
      await send('DELETE', `${table}/${record}`);
      expect(await names()).toEqual([]);
    },
  });
});

test('Users can create and run workflows', { tag: '@frontend.users-can.run-workflows' }, async ({
  person,
  api,
  observe,
}) => {
  observe('through', 'api');
  const send = bearer(api, person.token);
  let [base, table, workflow, execution] = ['', '', '', ''];
  await flow({
    createsWorkflow: async () => {
      const tables = [{ name: 'Effects', fields: [{ name: 'Name', type: 'singleLineText' }] }];
      const made = await send('POST', '/api/airtable/v0/meta/bases', {
        name: 'Effects',
        workspaceId: 'default',
        tables,
      });
      [base, table] = [textIn(made, 'id'), textIn(made, 'tables', 0, 'id')];
      const config = { base_id: base, table, fields: { Name: '{input.key}' } };
      const steps = [{ type: 'airtable_create', config }];
      workflow = textIn(await send('POST', '/api/workflows', { name: 'Add a sample', steps }), 'id');
    },
    runsWorkflow: async () => {
      const started = await send('POST', `/api/workflows/${workflow}/execute`, {
        input: { key: 'Sample 7' },
      });
      execution = textIn(started, 'id');
      const status = async () => (await send('GET', `/api/executions/${execution}`)).status;
      await expect.poll(status, { timeout: 15_000 }).toBe('completed');
    },
    seesEffect: async () => {
      const { records } = (await send('GET', `/api/airtable/v0/${base}/${table}`)) as {
        records: { fields: { Name: string } }[];
      };
      expect(records.map(({ fields }) => fields.Name)).toEqual(['Sample 7']);
    },
  });
});

test('Users can upload and process files', { tag: '@frontend.users-can.process-files' }, async ({
  person,
  api,
  observe,
}) => {
  observe('through', 'api');
  const { token } = person;
  const send = bearer(api, token);
  const content = `name,weight\nnorth,${randomBytes(4).readUInt32BE()}\nsouth,7\n`;
  let file = '';
  await flow({
    uploadsFile: async () => {
      const form = [
        '--part',
        'content-disposition: form-data; name="file"; filename="samples.csv"',
        'content-type: text/csv',
        '',
        content,
        '--part--',
        '',
      ].join('\r\n');
      const headers = { 'content-type': 'multipart/form-data; boundary=part' };
      const upload = await api('POST', '/api/files/upload', { token, body: Buffer.from(form), headers });
      file = textIn(succeeded(upload, 'The upload').json, 'id');
    },
    downloadsIt: async () => {
      const { bytes } = succeeded(await api('GET', `/api/files/${file}/download`, { token }), 'The download');
      const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
      expect(sha(bytes)).toBe(sha(content));
    },
    processesIt: async () => {
      await send('POST', `/api/files/${file}/process`);
      const status = async () => (await api('GET', `/api/files/${file}/extract`, { token })).status;
      await expect.poll(status, { timeout: 20_000 }).toBe(200);
      const { rows } = (await send('GET', `/api/files/${file}/extract`)) as { rows: { name: string }[] };
      expect(rows.map(({ name }) => name)).toEqual(['north', 'south']);
    },
  });
});

test('Users can let tools work on their data', { tag: '@frontend.users-can.use-tools' }, async ({
  person,
  api,
  observe,
}) => {
  observe('through', 'api');
  const send = bearer(api, person.token);
  let base = '';
  await flow({
    makesData: async () => {
      const tables = [{ name: 'Samples', fields: [{ name: 'Name', type: 'singleLineText' }] }];
      const made = await send('POST', '/api/airtable/v0/meta/bases', {
        name: 'Soil',
        workspaceId: 'default',
        tables,
      });
      base = textIn(made, 'id');
    },
    listsTools: async () => {
      const { tools } = (await send('GET', '/api/mcp/tools')) as { tools: { name: string }[] };
      expect(tools.map(({ name }) => name)).toContain('list_tables');
    },
    callsTool: async () => {
      const called = await send('POST', '/api/mcp/tools/call', {
        name: 'list_tables',
        arguments: { base_id: base },
      });
      expect(JSON.stringify(called)).toContain('Samples');
    },
    keepsProfile: async () => {
      await send('PUT', '/api/users/me', { bio: 'Measures soil' });
      expect((await send('GET', '/api/users/me')).bio).toBe('Measures soil');
    },
  });
});
