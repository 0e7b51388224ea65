import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { type ToolName, toolNames } from '../../../platform/contracts/mcp-server/contract.ts';
import { toolArguments } from '../../api/tool-arguments.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';
import { makeWorld, snapshot, type World } from './tenant-world.ts';

/** Arguments of a tool against a world. Its fields have other names than those of the plain base of people. */
function argumentsFor(name: ToolName, world: World): Record<string, unknown> {
  const [kept = '', doomed = ''] = world.personIds;
  const base = { id: world.baseId, tableId: world.peopleId };
  const sound = toolArguments(name, { base, records: { kept, doomed } });
  const fields = { Name: 'taken over' };
  const adapted: Partial<Record<ToolName, Record<string, unknown>>> = {
    get_records: { filter_by_formula: "{Secret} != ''" },
    create_record: { fields },
    update_record: { fields },
    search_records: { query: 'Person' },
    batch_create_records: { records: [fields] },
    batch_update_records: { records: [{ id: kept, fields }] },
    find_duplicates: { fields: ['Secret'] },
  };
  return { ...sound, ...adapted[name] };
}

/** Tools that take the id of a record, which may be foreign while base and table are the caller's own. */
const byRecord = ['update_record', 'delete_record', 'batch_update_records'] as const;

export const foreignTools = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.tools-confined',
  title: 'No tool reaches another tenant’s data, whatever ids a model has been talked into',
  why: 'A model passes on any id that stands in a text it reads. Tools have the rights of whoever they act for, or they are a way around all guards.',
  severity: 'blocker',
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.mcp-server.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  remediation: {
    text: 'Call the airtable-gateway with the caller’s own token from every tool, never with a key of the service, and turn its 404 into an error of the tool.',
    effort: 'days',
  },
  expects: {
    reached: empty(),
    reachedByProtocol: empty(),
    reachedByRecord: empty(),
    leaks: empty(),
    otherChanged: equals(false),
    ownChanged: equals(false),
    refusedToOwner: empty(),
  },
  run: async (context) => {
    const [own, other] = await Promise.all([makeWorld(context), makeWorld(context)]);
    const [ownBefore, otherBefore] = [await snapshot(own), await snapshot(other)];
    const leaks: string[] = [];
    const call = async (world: World, name: ToolName, args: Record<string, unknown>) => {
      const answer = await world.ask('POST', '/api/mcp/tools/call', { name, arguments: args });
      if (world === own && answer.text.includes(other.secret)) leaks.push(name);
      return answer;
    };
    const isRefusal = (json: unknown): boolean =>
      valueAt(json, 'success') === false && typeof valueAt(json, 'error') === 'string';

    const reached: string[] = [];
    const reachedByProtocol: string[] = [];
    for (const name of toolNames) {
      const args = argumentsFor(name, other);
      const answer = await call(own, name, args);
      if (answer.status !== 200 || !isRefusal(answer.json)) reached.push(`${name}: ${summary(answer)}`);
      const rpc = await own.ask('POST', '/api/mcp/rpc', {
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
    // Copying from the other's table into the own one is reading it.
    const copied = await call(own, 'sync_tables', {
      ...argumentsFor('sync_tables', own),
      source_base_id: other.baseId,
      source_table_id: other.peopleId,
    });
    if (!isRefusal(copied.json)) reached.push(`sync_tables from the other: ${summary(copied)}`);
    const reachedByRecord: string[] = [];
    for (const name of byRecord) {
      const args = argumentsFor(name, { ...own, personIds: other.personIds.toReversed() });
      const answer = await call(own, name, args);
      if (!isRefusal(answer.json)) reachedByRecord.push(`${name}: ${summary(answer)}`);
    }
    const ownChanged = (await snapshot(own)) !== ownBefore;
    const otherChanged = (await snapshot(other)) !== otherBefore;
    // The same calls work for who owns the data, so that a tool which never works cannot pass for a safe one.
    const refusedToOwner: string[] = [];
    for (const name of toolNames) {
      const answer = await call(other, name, argumentsFor(name, other));
      if (valueAt(answer.json, 'success') !== true) refusedToOwner.push(`${name}: ${summary(answer)}`);
    }
    return { reached, reachedByProtocol, reachedByRecord, leaks, otherChanged, ownChanged, refusedToOwner };
  },
});
