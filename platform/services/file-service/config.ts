import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { fileService } from '../../contracts/file-service/contract.ts';
import { accessConfig, baseConfig, databaseConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('file_service').shape,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  FILE_STORAGE_DIR: z
    .string()
    .regex(/^\//, 'must be an absolute path')
    .default(join(tmpdir(), fileService.name))
    .meta({ example: '/var/lib/pyairtable/files' })
    .describe('Folder of the stored files; created when missing'),
  FILE_QUOTA_BYTES: variables.positiveInt
    .default(5 * 1024 ** 3)
    .meta({ example: '5368709120' })
    .describe('Maximum total size of the files of a tenant, bytes'),
  FILE_QUOTA_FILES: variables.positiveInt
    .default(10_000)
    .meta({ example: '10000' })
    .describe('Maximum number of files of a tenant'),
  FILE_WORKERS: variables.positiveInt
    .max(16, 'must be at most 16')
    .default(2)
    .meta({ example: '2' })
    .describe('Maximum number of files processed at the same time'),
});
export type Config = z.output<typeof configSchema>;
