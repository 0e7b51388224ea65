import type { TemporaryAirtableGateway, TestUser } from './temporary-airtable-gateway.ts';

/** A tenant with one base; ids of its parts. */
export interface TenantBase {
  user: TestUser;
  baseId: string;
  people: string;
  teams: string;
  link: string;
  person: string;
  team: string;
  hook: string;
}

export const watchAll = {
  options: { filters: { dataTypes: ['tableData', 'tableFields', 'tableMetadata'] } },
};

/** Creates the same base with the same data for a new tenant. Only the secret differs. */
export async function makeTenantBase(gateway: TemporaryAirtableGateway, secret: string): Promise<TenantBase> {
  const user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Same name',
    workspaceId: 'default',
    tables: [
      {
        name: 'People',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Secret', type: 'singleLineText' },
        ],
      },
      { name: 'Teams', fields: [{ name: 'Name', type: 'singleLineText' }] },
    ],
  });
  const { id: baseId, tables } = made.body;
  const [people, teams] = tables.map(({ id }: { id: string }) => id);
  const link = await gateway.call(user, 'POST', `/v0/meta/bases/${baseId}/tables/${people}/fields`, {
    name: 'Team',
    type: 'multipleRecordLinks',
    options: { linkedTableId: teams },
  });
  const team = await gateway.call(user, 'POST', `/v0/${baseId}/Teams`, { fields: { Name: 'Engines' } });
  const persons = await gateway.call(user, 'POST', `/v0/${baseId}/People`, {
    records: Array.from({ length: 10 }, (_, index) => ({
      fields: { Name: `Person ${index}`, Secret: secret, Team: [team.body.id] },
    })),
  });
  await gateway.call(user, 'POST', '/sync', { base_id: baseId, sync_type: 'full' });
  const hook = await gateway.call(user, 'POST', `/v0/bases/${baseId}/webhooks`, { specification: watchAll });
  await gateway.call(user, 'PATCH', `/v0/${baseId}/${people}/${persons.body.records[0].id}`, {
    fields: { Name: 'Person 00' },
  });
  await gateway.call(user, 'PATCH', `/v0/${baseId}/${people}/${persons.body.records[0].id}`, {
    fields: { Name: 'Person 0' },
  });
  return {
    user,
    baseId,
    people,
    teams,
    link: link.body.id,
    person: persons.body.records[0].id,
    team: team.body.id,
    hook: hook.body.id,
  };
}
