/** Files: asked for, uploaded, then shared; the bytes stay in memory. */
import { randomBytes } from 'node:crypto';
import type { StoredFile } from './wire';

const MAX_FILE_BYTES = 5 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly declaredLength: number;
  bytes: Buffer | null;
}

export class Files {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly base: () => string) {}

  /** A file id and the address to which its bytes go. */
  begin(name: string, declaredLength: number): { fileId: string; uploadUrl: string } | null {
    if (name === '' || !Number.isInteger(declaredLength) || declaredLength <= 0 || declaredLength > MAX_FILE_BYTES)
      return null;
    const fileId = `F0${randomBytes(5).toString('hex').toUpperCase()}`;
    this.entries.set(fileId, { name, declaredLength, bytes: null });
    return { fileId, uploadUrl: `${this.base()}/upload/${fileId}` };
  }

  /** Takes the bytes; false when there is no such upload. Accepts a raw body or the multipart form of the SDK. */
  async upload(fileId: string, body: Buffer, contentType: string): Promise<boolean> {
    const entry = this.entries.get(fileId);
    if (!entry) return false;
    entry.bytes = contentType.startsWith('multipart/form-data') ? await firstPart(body, contentType) : body;
    return entry.bytes !== null;
  }

  /** The file as shared in a message; null until its bytes have arrived. */
  share(fileId: string, title: string): StoredFile | null {
    const entry = this.entries.get(fileId);
    if (!entry?.bytes) return null;
    const url = `${this.base()}/files/${fileId}/${encodeURIComponent(entry.name)}`;
    return { id: fileId, name: entry.name, title: title || entry.name, size: entry.bytes.length, url };
  }

  read(fileId: string): { name: string; bytes: Buffer } | null {
    const entry = this.entries.get(fileId);
    return entry?.bytes ? { name: entry.name, bytes: entry.bytes } : null;
  }
}

async function firstPart(body: Buffer, contentType: string): Promise<Buffer | null> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  for (const value of form.values()) {
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
  }
  return null;
}
