import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { wayBreaks } from './tool-breaks.ts';
import { toolCheck } from './tool-call.ts';

export const toolsByEveryWay = defineCheck({
  ...toolCheck,
  services: [...toolCheck.services, 'llm-orchestrator'],
  id: 'services.mcp-server.same-tools-by-every-way',
  title: 'A tool gives the same result by every way to call it',
  failureTitle: 'A tool gives another result by one of the ways to call it',
  why: 'Desktop clients, scripts and the chat use different routes to the same tools.',
  remediation: {
    text: 'Routes /tools/call, /rpc and /mcp of mcp-server and /execute-tool of llm-orchestrator all use call-tool.ts.',
    effort: 'hours',
  },
  expects: {
    results: equals({ rest: 2, rpc: 2, oldRpc: 2, protocol: 2, orchestrator: 2 }),
    lists: equals({ rest: true, rpc: true, protocol: true, orchestrator: true }),
  },
  breaks: wayBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('ways'),
      workspaceId: 'default',
      tables: [
        { name: 'One', fields: [{ name: 'Name', type: 'singleLineText' }] },
        { name: 'Two', fields: [{ name: 'Name', type: 'singleLineText' }] },
      ],
    });
    const args = { base_id: textAt(base, 'id') };
    const rpc = async (method: string, params: object) =>
      valueAt((await send('POST', '/api/mcp/rpc', { jsonrpc: '2.0', id: 1, method, params })).json, 'result');
    const protocol = async (method: string, params: object) => {
      const { accessToken, address } = user;
      const response = await context.http.request('gateway', '/api/mcp', {
        method: 'POST',
        token: accessToken,
        from: address,
        headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
        body: { jsonrpc: '2.0', id: 1, method, params },
      });
      return valueAt(response.json, 'result');
    };
    const count = (result: unknown) => {
      const structured = valueAt(result, 'structured') ?? valueAt(result, 'structuredContent');
      return listAt(structured, 'tables').length;
    };
    const list = { name: 'list_tables', arguments: args };
    const names = (result: unknown) =>
      listAt(result, 'tools')
        .map((one) => textAt(one, 'name'))
        .sort()
        .join();
    const restList = names((await send('GET', '/api/mcp/tools')).json);
    const isList = (text: string) => text === restList && text.split(',').length === 17;
    return {
      results: {
        rest: count((await send('POST', '/api/mcp/tools/call', list)).json),
        rpc: count(await rpc('tools/call', list)),
        oldRpc: count(await rpc('call_tool', list)),
        protocol: count(await protocol('tools/call', list)),
        orchestrator: count(
          (await send('POST', '/api/execute-tool', { tool_name: 'list_tables', arguments: args })).json,
        ),
      },
      lists: {
        rest: isList(restList),
        rpc: isList(names(await rpc('tools/list', {}))),
        protocol: isList(names(await protocol('tools/list', {}))),
        orchestrator: isList(names((await send('GET', '/api/tools')).json)),
      },
    };
  },
});
