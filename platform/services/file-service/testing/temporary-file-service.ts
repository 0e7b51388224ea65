import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { AccessClaims } from '../../../contracts/identity.ts';
import {
  startTemporaryDatabase,
  type TemporaryDatabase,
} from '../../../database/testing/temporary-database.ts';
import { createTokenVerifier } from '../../../kit/auth/token-verifier.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import { type RecordedLiveEvent, recordLiveEvents } from '../../../kit/testing/recorded-live-events.ts';
import { createTestAuthorities, type TestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { createTestSigner } from '../../../kit/testing/test-signer.ts';
import { buildApp } from '../app.ts';
import { createProcessor } from '../processing/processor.ts';
import type { Quota } from '../store/file-rows.ts';
import { openStorage, type Storage } from '../store/storage.ts';
import { type FormFile, form, formType } from './form.ts';

export interface TemporaryFileService {
  readonly app: FastifyInstance;
  readonly authorities: TestAuthorities;
  readonly database: Database;
  readonly stores: TemporaryDatabase;
  readonly storage: Storage;
  readonly processor: RecurringWork;
  /** Events for people, in their order. */
  readonly published: readonly RecordedLiveEvent[];
  /** Names of all files in the storage folder. */
  storedNames(): Promise<string[]>;
  call(
    claims: AccessClaims,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    headers?: object,
  ): Promise<LightMyRequestResponse>;
  upload(
    claims: AccessClaims,
    file: FormFile | readonly FormFile[],
    fields?: Readonly<Record<string, string>>,
    query?: string,
  ): Promise<LightMyRequestResponse>;
  tokenOf(claims: AccessClaims): Promise<string>;
  stop(): Promise<void>;
}

export const internalKey = 'k'.repeat(32);
const largeQuota: Quota = { files: 1_000, bytes: 1024 ** 3 };

/** The service with its own database and storage folder, without a socket. */
export async function startTemporaryFileService(quota: Quota = largeQuota): Promise<TemporaryFileService> {
  const [stores, folder, signer] = await Promise.all([
    startTemporaryDatabase(),
    mkdtemp(join(tmpdir(), 'file-service-test-')),
    createTestSigner(),
  ]);
  const log = createLog({ service: 'test', level: 'silent' });
  const authorities = createTestAuthorities();
  const database = openDatabase({ url: stores.urlOf('file_service'), log });
  const storage = openStorage(join(folder, 'storage'));
  const { publishLive, published } = recordLiveEvents();
  // It does not poll, so that tests can have processors of their own.
  const processor = createProcessor({ database, storage, log, publishLive, workers: 2 });
  const verifier = createTokenVerifier({
    issuer: 'pyairtable',
    audience: 'pyairtable-api',
    keys: { keyOf: signer.keyOf },
  });
  const app = buildApp({
    config: { INTERNAL_API_KEY: internalKey },
    log,
    database,
    storage,
    quota,
    processor,
    publishLive,
    // Tests of events deliver them themselves.
    events: { wake: () => undefined },
    dependencies: [database.dependency, storage.dependency],
    authenticate: verifier.authenticate,
    authorities,
  });
  const authorization = async (claims: AccessClaims) => `Bearer ${await signer.sign(claims)}`;
  return {
    app,
    authorities,
    database,
    stores,
    storage,
    processor,
    published,
    tokenOf: (claims) => signer.sign(claims),
    async storedNames() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    async call(claims, method, url, headers = {}) {
      return app.inject({ method, url, headers: { authorization: await authorization(claims), ...headers } });
    },
    async upload(claims, file, fields, query = '') {
      return app.inject({
        method: 'POST',
        url: `/files/upload${query}`,
        headers: { authorization: await authorization(claims), 'content-type': formType },
        payload: form([file].flat() as FormFile[], fields),
      });
    },
    async stop() {
      await app.close();
      await processor.close();
      await database.close();
      await stores.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
