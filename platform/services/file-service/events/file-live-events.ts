import type { FileRecord } from '../../../contracts/file-service/contract.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';

type NamedFile = Pick<FileRecord, 'id' | 'workspace_id' | 'filename'>;

const about = ({ id, workspace_id }: NamedFile, userId: string) => ({
  userId,
  workspaceId: workspace_id,
  subject: id,
});

/** Tells the members of the workspace that a file has been uploaded. */
export function publishUploaded(
  publish: PublishLiveEvent,
  userId: string,
  file: NamedFile & Pick<FileRecord, 'size'>,
): void {
  const { id, filename, size } = file;
  publish('file.uploaded.v1', { ...about(file, userId), data: { file_id: id, filename, size } });
}

/** Tells the members of the workspace how the processing of a file ended. */
export function publishProcessed(
  publish: PublishLiveEvent,
  userId: string,
  file: NamedFile,
  error: string | null,
): void {
  publish('file.processing_finished.v1', {
    ...about(file, userId),
    data: {
      file_id: file.id,
      filename: file.filename,
      status: error === null ? 'completed' : 'failed',
      error,
    },
  });
}
