import { afterAll, beforeAll, expect, it } from 'vitest';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { startTemporaryFileService, type TemporaryFileService } from '../testing/temporary-file-service.ts';

let service: TemporaryFileService;
beforeAll(async () => {
  service = await startTemporaryFileService();
});
afterAll(async () => {
  await service?.stop();
});

it('members of the workspace hear of an upload and of the end of its processing', async () => {
  const claims = testClaims();
  const upload = async (filename: string, content: string) => {
    const response = await service.upload(claims, { filename, content }, { auto_process: 'true' });
    expect(response.statusCode).toBe(201);
    await service.processor.idle();
    return response.json();
  };
  const good = await upload('a.csv', 'name\nAda\n');
  const broken = await upload('b.json', '{"name":');
  const about = { userId: claims.user_id, workspaceId: claims.tenant_id };
  const byFile = (id: string) =>
    service.published.filter(({ subject }) => subject === id).map(({ type, data }) => [type, data]);
  expect(service.published.map(({ userId, workspaceId }) => ({ userId, workspaceId }))).toEqual(
    Array.from({ length: 4 }, () => about),
  );
  expect(byFile(good.id)).toEqual([
    ['file.uploaded.v1', { file_id: good.id, filename: 'a.csv', size: good.size }],
    [
      'file.processing_finished.v1',
      { file_id: good.id, filename: 'a.csv', status: 'completed', error: null },
    ],
  ]);
  const { error_message } = (await service.call(claims, 'GET', `/files/${broken.id}`)).json();
  expect(byFile(broken.id)[1]).toEqual([
    'file.processing_finished.v1',
    { file_id: broken.id, filename: 'b.json', status: 'failed', error: error_message },
  ]);
});
