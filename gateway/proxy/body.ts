/** Reads a statement's text whole, as it may have to be sent more than once. */
import type { Caller } from './caller.ts';

/** The body, or why there is none: `too-large`, or `gone` when the client hung up. */
export function readBody(caller: Caller, limitBytes: number): Promise<Buffer | 'too-large' | 'gone'> {
  const { request } = caller;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) {
        request.pause();
        resolve('too-large');
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => resolve('gone'));
    request.on('error', () => resolve('gone'));
  });
}
