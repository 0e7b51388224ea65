import type { Fault } from '../fault.ts';
import { closedUrl, source, variablesOf } from './parts.ts';

const green = ['services.platform-services.ready', 'services.user-service.ready'];

/** Faults of records, files and tools. */
export const dataFaults: readonly Fault[] = [
  {
    id: 'files.cut-uploads',
    title: 'Uploads are cut at 64 KiB and stored as complete',
    layer: 'data',
    blockers: ['P5'],
    recorded: 'Files come back shorter than they were',
    cause: 'The upload reads one buffer of the request.',
    fix: 'Store all of the body, and compare its size with what was announced.',
    defaultService: 'file-service',
    symptom: /bytes|shorter|differ/i,
    in: () => ({
      changes: [
        source(
          'services/file-service/store/storage.ts',
          'transform(chunk: Buffer, _encoding, done) {',
          'transform(whole: Buffer, _encoding, done) {\n          const chunk = whole.subarray(0, Math.max(0, 65536 - size));',
        ),
      ],
      bite: {
        kind: 'request',
        signedIn: true,
        before: [{ path: '/api/files/upload', fileOf: 100_000, keep: { id: 'id' } }],
        path: '/api/files/{id}/download',
        shows: /^200 65536: /,
      },
      red: ['security.files.bytes-survive'],
      green,
    }),
  },
  {
    id: 'files.no-room',
    title: 'The file service has no room for uploads',
    layer: 'data',
    blockers: ['P5'],
    recorded: 'File processing 67 % unavailable',
    cause: 'The quota or the disk is full.',
    fix: 'Raise the quota or enlarge the disk, and delete what is outdated.',
    defaultService: 'file-service',
    symptom: /413|quota|507/,
    in: (service) => ({
      changes: [variablesOf(service, { FILE_QUOTA_BYTES: '1' })],
      bite: {
        kind: 'request',
        signedIn: true,
        path: '/api/files/upload',
        fileOf: 100,
        shows: /^(413|507|409|403) /,
      },
      red: ['security.files.bytes-survive'],
      green,
    }),
  },
  {
    id: 'airtable.unreachable',
    title: 'The platform uses an Airtable that it cannot reach, and of another tenant',
    layer: 'data',
    blockers: ['B9', 'P9'],
    recorded: 'Airtable integration 83 % unavailable',
    cause: 'The address of the API is wrong, or outgoing connections are forbidden.',
    fix: 'Correct AIRTABLE_API_URL, and allow the connection.',
    defaultService: 'airtable-gateway',
    symptom: /403|502|could not be reached/i,
    in: (service) => ({
      changes: [
        variablesOf(service, {
          AIRTABLE_UPSTREAM: 'airtable',
          AIRTABLE_API_URL: closedUrl,
          AIRTABLE_TOKEN: 'patOfAnotherBase',
          AIRTABLE_TENANT_ID: '00000000-0000-4000-8000-000000000001',
        }),
      ],
      bite: { kind: 'request', signedIn: true, service, path: '/bases', shows: /^(4|5)\d\d / },
      red: ['services.airtable-gateway.available'],
      green,
    }),
  },
  {
    id: 'airtable.no-identity',
    title: 'The gateway does not tell the Airtable gateway who asks',
    layer: 'gateway',
    blockers: ['B9'],
    recorded: '401 Missing user context',
    cause: 'A proxy between them drops the header Authorization.',
    fix: 'Pass the header on.',
    defaultService: 'airtable-gateway',
    symptom: /401|AUTHENTICATION_REQUIRED/,
    in: (service) => ({
      changes: [
        {
          kind: 'link',
          from: 'gateway',
          to: service,
          does: {
            path: /^\/(?!ready|health|metrics|openapi)/,
            request: ({ headers: { authorization: _dropped, ...headers } }) => ({ headers }),
          },
        },
      ],
      bite: { kind: 'request', signedIn: true, path: '/api/airtable/bases', shows: /^401 / },
      red: ['api.routing.airtable-gateway'],
      green: ['services.airtable-gateway.available'],
    }),
  },
  {
    id: 'tools.batch-contract',
    title: 'The Airtable gateway takes another form of batches than the tools send',
    layer: 'data',
    blockers: ['B23'],
    recorded:
      'batch_create_records gets 422 from the gateway, yet the tool call reports success with "Error: …"',
    cause: 'One side sends an object with records, the other one expects an array.',
    fix: 'Make both from one contract, and report a rejected call as failed.',
    defaultService: 'mcp-server',
    symptom: /422|records/,
    in: (service) => ({
      changes: [
        {
          kind: 'link',
          from: service,
          to: 'airtable-gateway',
          does: {
            method: 'POST',
            path: /^\//,
            response: (_response, { body }) =>
              body.toString().startsWith('{"records"')
                ? {
                    status: 422,
                    headers: { 'content-type': 'application/json' },
                    body: Buffer.from(
                      '{"error":{"type":"INVALID_REQUEST","message":"Input should be a valid list"}}',
                    ),
                  }
                : {},
          },
        },
      ],
      bite: {
        kind: 'through',
        from: service,
        to: 'airtable-gateway',
        request: { path: '/v0/appProbe/Probe', body: { records: [] } },
        shows: /^422 .*valid list/,
      },
      red: ['services.mcp-server.values-of-writing-tools'],
      green: ['services.airtable-gateway.available'],
    }),
  },
];
