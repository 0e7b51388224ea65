import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { type ToolName, toolNames } from '../../../platform/contracts/mcp-server/contract.ts';
import { toolArguments } from '../../api/tool-arguments.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { createSampleTenant, type SampleTenant, snapshot } from './sample-tenant.ts';
import { foreignToolBreaks } from './tenant-breaks.ts';

/** Arguments of a tool for a sample tenant, whose fields differ from those of a people base. */
function argumentsFor(name: ToolName, tenant: SampleTenant): Record<string, unknown> {
  const [kept = '', deleted = '', alsoDeleted = ''] = tenant.personIds;
  const base = { id: tenant.baseId, tableId: tenant.peopleId };
  const valid = toolArguments(name, { base, records: { kept, deleted, alsoDeleted } });
  const fields = { Name: 'taken over' };
  const adapted: Partial<Record<ToolName, Record<string, unknown>>> = {
    get_records: { filter_by_formula: "{Secret} != ''" },
    create_record: { fields },
    update_record: { fields },
    search_records: { query: 'Person' },
    batch_create_records: { records: [fields] },
    batch_update_records: { records: [{ id: kept, fields }] },
    upsert_records: { records: [{ ...fields, Name: 'Upserted' }] },
    find_duplicates: { fields: ['Secret'] },
  };
  return { ...valid, ...adapted[name] };
}

/** Tools that accept a record id, which may be foreign while base and table are the caller's own. */
const byRecord = ['update_record', 'delete_record', 'batch_update_records', 'batch_delete_records'] as const;

/** Takes no id that could be foreign; its result is the caller’s own. */
const withoutIds: ToolName = 'list_bases';

export const foreignTools = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.tools-confined',
  users: 2,
  title: 'No tool crosses tenants, even with injected ids',
  why: 'A model forwards every id in a text that it reads. If a tool has more permissions than its caller, it bypasses all access control.',
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.mcp-server.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  remediation: {
    text: 'Every tool must call the airtable-gateway with the caller’s own token, never with a key of the service, and turn its 404 into an error of the tool.',
    effort: 'days',
  },
  expects: {
    reached: empty(),
    reachedByProtocol: empty(),
    reachedByRecord: empty(),
    leaks: empty(),
    otherChanged: equals(false),
    ownChanged: equals(false),
    rejectedForOwner: empty(),
  },
  breaks: foreignToolBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([createSampleTenant(context), createSampleTenant(context)]);
    const [ownBefore, otherBefore] = [await snapshot(own), await snapshot(other)];
    const leaks: string[] = [];
    const isForeignList = (name: ToolName, text: string) =>
      name === withoutIds && text.includes(other.baseId);
    const call = async (tenant: SampleTenant, name: ToolName, args: Record<string, unknown>) => {
      const response = await tenant.send('POST', '/api/mcp/tools/call', { name, arguments: args });
      if (tenant === own && (response.text.includes(other.secret) || isForeignList(name, response.text)))
        leaks.push(name);
      return response;
    };
    const isRejection = (json: unknown): boolean =>
      valueAt(json, 'success') === false && typeof valueAt(json, 'error') === 'string';

    const reached: string[] = [];
    const reachedByProtocol: string[] = [];
    await call(own, withoutIds, {});
    for (const name of toolNames.filter((one) => one !== withoutIds)) {
      const args = argumentsFor(name, other);
      const response = await call(own, name, args);
      if (response.status !== 200 || !isRejection(response.json))
        reached.push(`${name}: ${summary(response)}`);
      const rpc = await own.send('POST', '/api/mcp/rpc', {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: args },
      });
      if (rpc.text.includes(other.secret)) leaks.push(`${name} by rpc`);
      const failed =
        valueAt(rpc.json, 'error') !== undefined || valueAt(rpc.json, 'result', 'isError') === true;
      if (rpc.status !== 200 || !failed) reachedByProtocol.push(`${name}: ${summary(rpc)}`);
    }
    // A copy from the other tenant's table into the caller's own table is a read.
    const copied = await call(own, 'sync_tables', {
      ...argumentsFor('sync_tables', own),
      source_base_id: other.baseId,
      source_table_id: other.peopleId,
    });
    if (!isRejection(copied.json)) reached.push(`sync_tables from the other: ${summary(copied)}`);
    const reachedByRecord: string[] = [];
    for (const name of byRecord) {
      const args = argumentsFor(name, { ...own, personIds: other.personIds.toReversed() });
      const response = await call(own, name, args);
      if (!isRejection(response.json)) reachedByRecord.push(`${name}: ${summary(response)}`);
    }
    const ownChanged = (await snapshot(own)) !== ownBefore;
    const otherChanged = (await snapshot(other)) !== otherBefore;
    // The same calls must work for the owner. A tool that always fails would look safe.
    const rejectedForOwner: string[] = [];
    for (const name of toolNames) {
      const response = await call(other, name, argumentsFor(name, other));
      if (valueAt(response.json, 'success') !== true) rejectedForOwner.push(`${name}: ${summary(response)}`);
    }
    return { reached, reachedByProtocol, reachedByRecord, leaks, otherChanged, ownChanged, rejectedForOwner };
  },
});
