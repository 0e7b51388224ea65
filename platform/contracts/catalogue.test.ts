import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogue, contractOf } from './catalogue.ts';
import { storesKeys, takesKey } from './idempotency.ts';
import { operationalRoutes } from './operational.ts';
import { resourceMetadataPath } from './protected-resource.ts';
import { gatewayPath, serviceNames } from './service.ts';

const routes = catalogue.flatMap((contract) =>
  Object.entries(contract.routes).map(([key, route]) => ({
    contract,
    key,
    route,
    id: `${contract.name}.${key}`,
  })),
);

describe('the catalogue', () => {
  it('contains every service once, on the ports of the assessment', () => {
    expect(catalogue.map((contract) => contract.name).sort()).toEqual([...serviceNames].sort());
    expect(new Set(catalogue.map((contract) => contract.port)).size).toBe(serviceNames.length);
    expect(serviceNames.map((name) => contractOf(name).name)).toEqual([...serviceNames]);
  });

  it('declares each method and path of a service once', () => {
    for (const contract of catalogue) {
      const all = [...Object.values(operationalRoutes), ...Object.values(contract.routes)];
      const places = all.map((route) => `${route.method} ${route.path.replace(/:\w+/g, ':')}`);
      expect(new Set(places).size, contract.name).toBe(places.length);
    }
  });

  it('gives every route its own method and path at the gateway', () => {
    const places = routes.flatMap(({ contract, route }) => {
      const path = gatewayPath(contract, route);
      return path === undefined ? [] : [`${route.method} ${path.replace(/:\w+/g, ':')}`];
    });
    expect(places.length).toBeGreaterThan(80);
    expect(new Set(places).size).toBe(places.length);
  });

  it('offers all public and user routes at the gateway, except the frontend’s and metadata of one address', () => {
    const hidden = routes
      .filter(
        ({ contract, route }) => route.access !== 'service' && gatewayPath(contract, route) === undefined,
      )
      .filter(({ contract }) => contract.name !== 'frontend')
      // It names the address it is read from, so the gateway has its own.
      .filter(({ route }) => !route.path.startsWith(resourceMetadataPath))
      .map(({ id }) => id);
    expect(hidden).toEqual([]);
  });

  it('has metadata of every resource that a challenge names, at the service and at the gateway', () => {
    const paths = new Set(routes.map(({ route }) => route.path));
    const named = routes.filter(({ route }) => route.hasResourceMetadata);
    expect(named.length).toBeGreaterThan(0);
    for (const { contract, route } of named) {
      for (const path of [route.path, gatewayPath(contract, route)])
        expect(paths).toContain(`${resourceMetadataPath}${path}`);
    }
  });

  it('offers the Airtable Web API and the MCP endpoint where clients expect them', () => {
    const at = (name: 'airtable-gateway' | 'mcp-server', key: string) => {
      const route = contractOf(name).routes[key];
      return route && gatewayPath(contractOf(name), route);
    };
    expect(at('airtable-gateway', 'listRecords')).toBe('/api/airtable/v0/:baseId/:tableIdOrName');
    expect(at('mcp-server', 'streamPost')).toBe('/api/mcp');
    expect(at('mcp-server', 'callTool')).toBe('/api/mcp/tools/call');
  });

  it('declares the rights that every route of access user needs, where they are enforced', () => {
    const missing = routes.filter(({ route }) => route.access === 'user' && route.needs === undefined);
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  it.each(routes.filter(({ route }) => route.needs !== undefined))(
    '$id names the object of its rights by a part of the request that exists',
    ({ route }) => {
      expect(route.access).toBe('user');
      const { needs } = route;
      if (needs === undefined || needs === 'self') return;
      for (const path of Object.values(needs).filter((one) => /^(?:params|query|body)\./.test(one))) {
        const [part, name] = path.split('.') as ['params' | 'query' | 'body', string];
        const schema = route[part] && z.toJSONSchema(route[part], { io: 'input', unrepresentable: 'any' });
        expect(JSON.stringify(schema), path).toContain(`"${name}"`);
      }
    },
  );

  it('stores idempotency keys in services with a database only', () => {
    const withoutDatabase = ['gateway', 'mcp-server', 'frontend'];
    const stored = routes.filter(({ route }) => storesKeys(route));
    expect(stored.length).toBeGreaterThan(60);
    expect(
      stored.filter(({ contract }) => withoutDatabase.includes(contract.name)).map(({ id }) => id),
    ).toEqual([]);
  });

  it('honours a key on every route of a known caller that may change something', () => {
    const ignoring = routes.filter(
      ({ route }) => route.method !== 'GET' && route.access !== 'public' && !takesKey(route),
    );
    // Each of them reads only, or a repetition has no further effect.
    expect(ignoring.map(({ id }) => id).sort()).toEqual([
      'airtable-gateway.erase',
      'airtable-gateway.invalidateCache',
      'airtable-gateway.listRecordsByPost',
      'airtable-gateway.workspaceContents',
      'automation-services.erase',
      'automation-services.grantsInUse',
      'automation-services.validateCron',
      'automation-services.workspaceContents',
      'file-service.erase',
      'file-service.workspaceContents',
      'gateway.socketTicket',
      'llm-orchestrator.erase',
      'llm-orchestrator.estimateCost',
      'llm-orchestrator.workspaceContents',
      'platform-services.deleteOwnAccount',
      'platform-services.deleteUser',
      'platform-services.exchangeToken',
      'platform-services.findMembers',
      'platform-services.logout',
      'platform-services.mintToken',
      'saga-service.erase',
      'saga-service.grantsInUse',
      'saga-service.workspaceContents',
      'user-service.deleteProfile',
      'user-service.erase',
    ]);
  });

  it('ignores a key of an unknown caller on these routes only', () => {
    const unknown = routes.filter(({ route }) => route.method !== 'GET' && route.access === 'public');
    // Pages of the frontend are for browsers: their forms redirect after the change.
    const ofApi = unknown.filter(({ contract }) => contract.name !== 'frontend').map(({ id }) => id);
    // A key would belong to everybody. Registration is unique by its address, the links of mails work once, and a
    // repeated sign-in or refresh must not hand out the same tokens. Messages to webhooks have ids of their own.
    expect(ofApi.sort()).toEqual([
      'automation-services.receiveMessage',
      'platform-services.confirmEmailChange',
      'platform-services.forgotPassword',
      'platform-services.login',
      'platform-services.previewInvitation',
      'platform-services.refresh',
      'platform-services.register',
      'platform-services.resetPassword',
      'platform-services.undoEmailChange',
      'platform-services.validate',
      'platform-services.verifyEmail',
    ]);
    expect(unknown.filter(({ route }) => takesKey(route)).map(({ id }) => id)).toEqual([]);
  });

  it('takes no integer that its column of the database cannot hold', () => {
    const unbounded = routes.flatMap(({ id, route }) =>
      (['params', 'query', 'body'] as const).flatMap((part) => {
        const schema = route[part];
        if (!schema) return [];
        const integers: string[] = [];
        JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), (key, value) => {
          if (value?.type === 'integer' && !(value.maximum <= 2_147_483_647))
            integers.push(`${id} ${part} ${key}`);
          return value;
        });
        return integers;
      }),
    );
    expect(unbounded).toEqual([
      // Their statements take 64 bits.
      'airtable-gateway.listRecords query maxRecords',
      'airtable-gateway.listRecordsByPost body maxRecords',
      'airtable-gateway.listWebhookPayloads query cursor',
      'automation-services.change body version',
    ]);
  });

  it.each(routes)('$id declares exactly the parameters of its path', ({ route }) => {
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
    expect(Object.keys(route.params?.shape ?? {}).sort()).toEqual(inPath.sort());
  });

  it.each(routes)('$id has examples that match its schemas', ({ route }) => {
    if (route.bodyExample !== undefined)
      expect(route.body?.safeParse(route.bodyExample).error).toBeUndefined();
    if (route.success.example !== undefined)
      expect(route.success.schema?.safeParse(route.success.example).error).toBeUndefined();
  });

  it.each(routes)('$id can be described as JSON Schema', ({ route }) => {
    for (const schema of [route.params, route.query, route.body])
      if (schema) expect(z.toJSONSchema(schema, { io: 'input' })).toBeTypeOf('object');
    if (route.success.schema) expect(z.toJSONSchema(route.success.schema)).toBeTypeOf('object');
  });
});
