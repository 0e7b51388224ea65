import type { ContainerRuntimeClient } from 'testcontainers';

/** The engine's own interface. */
export type Docker = ContainerRuntimeClient['container']['dockerode'];
export type DockerContainer = ReturnType<Docker['getContainer']>;
