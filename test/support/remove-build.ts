import { rmSync } from 'node:fs';

export default async function tearDown(): Promise<void> {
  const { BUILT_CUTOVER_IN: folder } = process.env;
  if (folder) rmSync(folder, { recursive: true, force: true });
}
