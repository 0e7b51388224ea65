import packageJson from '../../../package.json' with { type: 'json' };

/** Version of the platform. All services are released together. */
export const platformVersion: string = packageJson.version;
