/** How a coordinator is told to spool its results into the stub. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How clients fetch segments: from the storage by a signed address, or through the coordinator. */
export type Retrieval = 'STORAGE' | 'COORDINATOR_PROXY';

const BUCKET = 'spool';

/** Lines of config.properties. */
export const spoolingConfig = (retrieval: Retrieval): Readonly<Record<string, string>> => ({
  'protocol.spooling.enabled': 'true',
  'protocol.spooling.shared-secret-key': randomBytes(32).toString('base64'),
  'protocol.spooling.retrieval-mode': retrieval,
  // Small segments, so that a test's results have several.
  'protocol.spooling.initial-segment-size': '256kB',
  'protocol.spooling.max-segment-size': '4MB',
});

/** Writes `etc/spooling-manager.properties`, which Trino looks for in the folder that it runs in. */
export function writeSpoolingManager(runsIn: string, s3Url: string, prefix: string): void {
  const lines = {
    'spooling-manager.name': 'filesystem',
    'fs.s3.enabled': 'true',
    'fs.location': `s3://${BUCKET}/${prefix}/`,
    'fs.segment.encryption': 'false',
    's3.endpoint': s3Url,
    's3.region': 'us-east-1',
    's3.aws-access-key': 'test',
    's3.aws-secret-key': 'test',
    's3.path-style-access': 'true',
  };
  mkdirSync(join(runsIn, 'etc'), { recursive: true });
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(runsIn, 'etc', 'spooling-manager.properties'), text.join(''));
}
